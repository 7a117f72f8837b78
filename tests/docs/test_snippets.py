"""Every snippet of README and docs runs as printed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from emulator import Emulator
from tests.docs.blocks import PAGES, ROOT

_FENCE = re.compile(r"^```(python|sh|console|json|shell)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def snippets(language: str) -> list[tuple[str, str]]:
    """Answer the snippets of a language with where they stand."""
    pages = [*PAGES, ROOT / "fixtures" / "README.md"]
    return [
        (f"{page.name}-{number}", match[2])
        for page in pages
        for number, match in enumerate(_FENCE.finditer(page.read_text(encoding="utf-8")))
        if match[1] == language
    ]


@pytest.mark.parametrize("code", [code for _, code in snippets("python")], ids=[name for name, _ in snippets("python")])
def test_python_runs_as_printed(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("code", [code for _, code in snippets("sh")], ids=[name for name, _ in snippets("sh")])
def test_shell_runs_as_printed(code: str) -> None:
    with Emulator(rate=1).serve() as base:
        script = code.replace("http://127.0.0.1:8080", base)
        environment = {**os.environ, "BASE": base}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, env=environment, check=False
        )
    assert done.returncode == 0, done.stderr
    assert '"error' not in done.stdout, done.stdout


def test_console_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    printed = [line for _, code in snippets("console") for line in code.splitlines()]
    commands = [line.removeprefix("$ ").split("#")[0].split() for line in printed if line.startswith("$ make")]
    assert {("make", "serve"), ("make", "test")} <= {tuple(each) for each in commands}
    assert {each[1] for each in commands} <= targets
