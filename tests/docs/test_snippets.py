"""Every snippet of README and docs runs as printed, and README's commands print what it says.

A snippet under ``<!-- test file -->`` is a file of tests: ``tests/plugin/test_docs.py`` runs those.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator import Emulator
from tests.docs.blocks import PAGES, ROOT
from tests.for_each import for_each

_FENCE = re.compile(r"(<!-- test file[^>]*-->\n)?^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)

#: The languages of snippets. ``tests/clients/test_how_to.py`` runs JavaScript, ``tests/pql`` sees to pycon and ebnf,
#: ``test_architecture`` to diff.
LANGUAGES = {"python", "sh", "console", "json", "js", "text", "pycon", "ebnf", "diff"}


def snippets(language: str) -> list[tuple[str, str]]:
    """Answer the snippets of a language, but files of tests, with where they stand."""
    pages = [*PAGES, ROOT / "fixtures" / "README.md"]
    return [
        (f"{page.relative_to(ROOT).as_posix()}-{number}", code)
        for page in pages
        for number, (tests, written_in, code) in enumerate(_FENCE.findall(page.read_text(encoding="utf-8")))
        if written_in == language and not tests
    ]


def test_no_snippet_is_in_a_language_that_nobody_runs() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert {language for text in texts for _, language, _ in _FENCE.findall(text)} <= LANGUAGES


@pytest.mark.parametrize("code", [code for _, code in snippets("python")], ids=[name for name, _ in snippets("python")])
def test_python_runs_as_printed(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})


#: The shell's snippets, but README's quick start, which is also held to what it prints.
ELSEWHERE = [(name, code) for name, code in snippets("sh") if not name.startswith("README")]


def run_shell(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a snippet beside a fresh server, in ``folder``."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with Emulator(rate=1).serve() as base:
        script = code.replace("http://127.0.0.1:8080", base)
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            env={**os.environ, "BASE": base, "PATH": path},
            cwd=folder,
            check=False,
        )


@pytest.mark.parametrize("code", [code for _, code in ELSEWHERE], ids=[name for name, _ in ELSEWHERE])
def test_shell_runs_as_printed(code: str, tmp_path: Path) -> None:
    done = run_shell(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"error' not in done.stdout, done.stdout


def test_the_quick_start_prints_what_it_says(tmp_path: Path) -> None:
    text, *_ = [code for page, code in snippets("text") if page.startswith("README")]
    (script,) = [code for page, code in snippets("sh") if page.startswith("README")]
    done = run_shell(script, tmp_path)
    assert done.returncode == 0, done.stderr
    pattern = re.escape(text).replace(re.escape("..."), ".*")
    assert re.fullmatch(pattern, done.stdout), done.stdout


def test_console_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    printed = [line for _, code in snippets("console") for line in code.splitlines()]
    commands = [line.removeprefix("$ ").split("#")[0].split() for line in printed if line.startswith("$ make")]
    assert {("make", "serve"), ("make", "test")} <= {tuple(each) for each in commands}
    assert {each[1] for each in commands} <= targets


@for_each("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = {each for each in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in each}
    assert [each for each in targets if not (page.parent / each).exists()] == []
