"""Asks the advisory database whether what an installation brings along has a known vulnerability.

    make audit

Exits with 1 where it has, and with 2 where nobody could be asked: `make check` lets that pass, and says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct
from packaging.requirements import Requirement


class Findings(Struct, frozen=True):
    """What is known to be vulnerable, a line each, and the packages that nothing could be learned about."""

    vulnerable: list[str]
    unknown: list[str]

    @property
    def status(self) -> int:
        """The exit status: 1 for a known vulnerability, 2 where something was not to be learned."""
        return 1 if self.vulnerable else 2 if self.unknown else 0


def brought_along(name: str = "aep-segmentation-emulator") -> dict[str, str]:
    """Answer the packages that a distribution needs without its extras, and their installed versions."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        for needed in map(Requirement, distribution(waiting.pop()).requires or ()):
            is_wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if is_wanted and needed.name.lower() not in found:
                found[needed.name.lower()] = distribution(needed.name).version
                waiting.append(needed.name)
    return found


def read(answer: str, asked: dict[str, str]) -> Findings:
    """Read what pip-audit printed about the packages ``asked`` for; it prints no JSON where it reached nobody."""
    try:
        told: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        told = []
    vulnerable = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for each in told
        for fault in each.get("vulns", ())
    ]
    looked_at = {each["name"].lower() for each in told if "skip_reason" not in each}
    return Findings(vulnerable, sorted(set(asked) - looked_at))


def main() -> int:
    """Ask, and print what was learned."""
    asked = brought_along()
    with TemporaryDirectory() as folder:
        pinned = Path(folder, "requirements.txt")
        pinned.write_text("".join(f"{name}=={version}\n" for name, version in asked.items()), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "-r", str(pinned)]
        options = ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
        found = read(subprocess.run([*command, *options], capture_output=True, text=True).stdout, asked)
    for line in found.vulnerable:
        print(f"known vulnerability: {line}")
    if found.unknown:
        print(f"NOT audited, the advisory database told nothing of them: {', '.join(found.unknown)}")
    if found.status == 0:
        print(f"no known vulnerability in {', '.join(asked)}")
    return found.status


if __name__ == "__main__":
    raise SystemExit(main())
