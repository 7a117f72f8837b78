"""Every setting, once: name, default, meaning. Command line flags, environment variables and the docs all read this.

A setting ``x_y`` is the flag ``--x-y`` and the environment variable ``AEP_EMULATOR_X_Y``. The switches follow the
quirk register of the contract: each is a point where Adobe's own documents disagree and where a client can see the
difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

ENVIRONMENT_PREFIX = "AEP_EMULATOR_"

#: What an emulator starts with besides its settings, and a server: the other keywords, flags and variables.
_STARTS = ("fixtures", "scenario", "start", "rate", "seed")
_SERVES = ("host", "port", "state", "control_token", "allowed_host")


class SettingError(ValueError):
    """A setting that does not exist, or a value it does not take; the message says which would be right."""


def _setting(default: Any, meaning: str, *choices: str) -> Any:
    return field(default=default, metadata={"meaning": meaning, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an emulator behaves where it has a choice. Immutable; ``with_values`` answers a changed copy."""

    sandboxes: str = _setting("strict", "unknown sandbox names: 404, or made on first use", "strict", "auto")
    sandbox_header: str = _setting(
        "required", "a missing x-sandbox-name: refused, or `prod` is meant", "required", "default-prod"
    )
    strict_auth: bool = _setting(False, "accept only tokens issued here, unexpired, of that client and organisation")
    missing_token_status: int = _setting(403, "status of a call without a token", "403", "401")
    strict_json: bool = _setting(False, "refuse trailing commas in bodies of the Segmentation Service")
    segment_job_delete: str = _setting(
        "204-empty", "answer of DELETE /segment/jobs/{id}: no body, or 200 with one", "204-empty", "200-body"
    )
    export_job_delete: str = _setting("200-body", "answer of DELETE /export/jobs/{id}", "200-body", "204-empty")
    delete_terminal_job: str = _setting(
        "remove", "DELETE of a job that has ended: the record goes, or stays", "remove", "ignore"
    )
    progression: str = _setting(
        "time", "jobs move as time passes, or one phase at each read of them, or at once", "time", "polls", "immediate"
    )
    initial_job_status: str = _setting("NEW", "status in the answer that creates a segment job", "NEW", "PROCESSING")
    ups_start: str = _setting(
        "page", "`start` of jobs, schedules and audiences counts pages, or records", "page", "offset"
    )
    export_dataset_key: str = _setting(
        "seed",
        "spelling in export answers: `dataSetId` with segmentPerBatch and `datasetId` without; or one of them always",
        "seed",
        "datasetId",
        "both",
    )
    membership_namespace_key: str = _setting("ups", "namespace shown in segmentMembership", "ups", "UPS")
    membership_statuses: str = _setting(
        "three", "realized, existing, exited; or the newer two without `existing`", "three", "two"
    )
    star_threshold: int = _setting(1500, "above this many definitions a job shows its segments as `*`")
    max_schedules: int = _setting(1, "schedules a sandbox may hold")
    max_running_jobs: int = _setting(0, "segment jobs that may run at once before 429; 0 is no limit")
    max_merge_policies: int = _setting(
        0, "merge policies a sandbox may hold; 0 is no limit, 5 is the documented maximum"
    )
    flexible_evaluation_limits: bool = _setting(
        False, "hold segment jobs made by hand to 20 audiences, two a day, and 50 or 100 a year (by type of sandbox)"
    )
    max_body_bytes: int = _setting(10_485_760, "largest request body; more is 413")
    max_json_depth: int = _setting(100, "deepest nesting of a JSON body; more is 400")
    journal_size: int = _setting(10_000, "requests that the journal of one organisation keeps")
    journal_bytes: int = _setting(67_108_864, "bytes of bodies that the journal of one organisation keeps")
    max_orgs: int = _setting(10_000, "organisations held at once; one more is refused with 503")

    def with_values(self, values: Mapping[str, object]) -> Settings:
        """Answer a copy with ``values`` (texts or typed) set. Raises ``SettingError``."""
        checked: dict[str, Any] = {name: _checked(name, value) for name, value in values.items()}
        return replace(self, **checked)


#: The settings by name, in the order in which the docs list them.
BY_NAME = {each.name: each for each in fields(Settings)}


def whole_number(text: str, least: int = 0, most: int | None = None) -> int:
    """Read a whole number within bounds, of a flag or a query string. Raises ``ValueError`` saying what is right."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= 18
    if is_number and least <= (number := int(text)) and (most is None or number <= most):
        return number
    bounds = f", {least} or more" if most is None else f" from {least} to {most}"
    raise ValueError(f"a whole number{bounds}, not {text[:40]!r}")


def variable(name: str) -> str:
    """Answer the environment variable of a setting, or of another flag."""
    return ENVIRONMENT_PREFIX + name.upper()


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Answer what is to be said of variables that look like the emulator's and are not."""
    known = (*BY_NAME, *_STARTS, *_SERVES)
    told = []
    for each in environment:
        if each.startswith(ENVIRONMENT_PREFIX) and each not in map(variable, known):
            close = get_close_matches(each.removeprefix(ENVIRONMENT_PREFIX).lower(), known, n=1)
            told.append(f"unknown variable {each}" + (f"; did you mean {variable(close[0])}?" if close else ""))
    return told


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Answer the settings that ``environment`` asks for; other variables are left alone. Raises ``SettingError``."""
    return Settings().with_values(
        {name: environment[key] for name in BY_NAME if (key := variable(name)) in environment}
    )


def _checked(name: str, value: object) -> object:
    if name not in BY_NAME:
        close = get_close_matches(name, (*BY_NAME, *_STARTS), n=1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        raise SettingError(f"no setting `{name}`{hint}")
    setting = BY_NAME[name]
    choices: tuple[str, ...] = setting.metadata["choices"]
    default = setting.default
    if isinstance(default, bool):
        words = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
        if str(value).lower() not in words:
            raise SettingError(f"`{name}` is true or false, not {value!r}")
        return words[str(value).lower()]
    if choices and str(value) not in choices:
        raise SettingError(f"`{name}` is one of {', '.join(choices)}, not {value!r}")
    if isinstance(default, int):
        try:
            return whole_number(str(value))
        except ValueError:
            raise SettingError(f"`{name}` is a number from 0, not {value!r}") from None
    return str(value)
