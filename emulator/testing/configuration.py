"""How the emulator of a test starts: what the ini file says, and nearer to the test, its markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.settings import BY_NAME, Settings

if TYPE_CHECKING:
    import pytest

#: The keywords of the marker besides the settings.
KEYWORDS = ("fixtures", "scenario", "seed", "faults", "start", "rate")


class ConfigurationError(ValueError):
    """A marker or an ini option that says nothing that can be done; the message says what would be right."""


def of_session(config: pytest.Config) -> dict[str, Any]:
    """Answer the keywords of ``Emulator`` that the ini file asks for. Raises ``ConfigurationError``."""
    keywords: dict[str, Any] = {}
    if fixtures := config.getini("aep_fixtures"):
        keywords["fixtures"] = str(config.rootpath / fixtures)
    if scenario := config.getini("aep_scenario"):
        keywords["scenario"] = _beside(config.rootpath, scenario)
    if seed := config.getini("aep_seed"):
        try:
            keywords["seed"] = int(seed)
        except ValueError:
            raise ConfigurationError(f"the ini option aep_seed is a whole number, not {seed!r}") from None
    return keywords


def of_test(item: pytest.Item) -> dict[str, Any]:
    """Answer the keywords that a test asks for, and ``faults``: of several markers the nearest wins, word by word.

    Raises ``ConfigurationError``.
    """
    keywords = of_session(item.config)
    for marker in reversed(list(item.iter_markers("aep"))):
        keywords.update(_checked(marker, item.path.parent))
    return keywords


def _checked(marker: pytest.Mark, folder: Path) -> dict[str, Any]:
    if marker.args:
        raise ConfigurationError(f"the marker aep takes keywords only, such as seed=7, not {marker.args[0]!r}")
    known = [*KEYWORDS, *BY_NAME]
    for name in marker.kwargs:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(KEYWORDS)} and the settings"
            raise ConfigurationError(f"the marker aep has no keyword `{name}`; {hint}")
    keywords = dict(marker.kwargs)
    if isinstance(keywords.get("fixtures"), str | Path):
        keywords["fixtures"] = str(folder / keywords["fixtures"])
    if isinstance(keywords.get("scenario"), str | Path):
        keywords["scenario"] = _beside(folder, keywords["scenario"])
    faults = keywords.get("faults", [])
    if not isinstance(faults, Iterable) or not all(isinstance(rule, Mapping) for rule in faults):
        raise ConfigurationError(f"`faults` is a list of rules, which are mappings, not {faults!r}")
    Settings().with_values({name: value for name, value in keywords.items() if name in BY_NAME})
    return keywords


def _beside(folder: Path, scenario: str | Path) -> str:
    """Answer the file of a scenario in ``folder``; what is none there may be the name of a bundled one."""
    return str(folder / scenario) if (folder / scenario).is_file() else str(scenario)
