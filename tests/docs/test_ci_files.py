"""The files to copy into a CI: they parse, and what they run is there as they run it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator import Emulator
from emulator.cli import parser
from emulator.settings import BY_NAME, ENVIRONMENT_PREFIX
from emulator.version import __version__
from tests.docs.blocks import ROOT
from tests.services.conftest import Client

CI = ROOT / "docs" / "how-to" / "ci"


def read(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text(encoding="utf-8"))


def commands() -> list[list[str]]:
    """Answer the commands of all files, in words."""
    workflow = [step["run"] for job in read("workflow.yml")["jobs"].values() for step in job["steps"] if "run" in step]
    dockerfile = (CI / "Dockerfile").read_text(encoding="utf-8")
    ran = re.findall(r"^RUN (.*)$", dockerfile, re.MULTILINE)
    (started,) = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    return [*map(shlex.split, [*workflow, *ran]), yaml.safe_load(started)]


def test_every_command_of_ours_takes_its_options() -> None:
    ours = [words[1:] for words in commands() if words[0] == "aep-emulator"]
    assert {words[0] for words in ours} == {"serve", "exec"}
    for words in ours:
        parser().parse_args(words)


def test_pytest_takes_its_options(pytestconfig: pytest.Config) -> None:
    from emulator import pytest_plugin

    (words,) = [words for words in commands() if words[:3] == ["python", "-m", "pytest"]]
    flags = {word for word in words[3:] if word.startswith("--")}
    assert flags
    assert flags <= set(pytest_plugin._OPTIONS)


def test_what_is_installed_is_this_project_from_a_checkout_of_it() -> None:
    installed = [words for words in commands() if words[:4] == ["python", "-m", "pip", "install"]]
    assert len(installed) == 3
    assert all(any(word.endswith("emulator[all]") for word in words) for words in installed)
    checkouts = [
        step["with"]["path"]
        for job in read("workflow.yml")["jobs"].values()
        for step in job["steps"]
        if "repository" in step.get("with", {})
    ]
    assert checkouts == [".emulator", ".emulator"]


def test_the_service_is_built_from_what_is_there_and_waited_for() -> None:
    services = read("compose.yml")["services"]
    service = services["aep"]
    assert "image" not in service, "nobody published one"
    assert (ROOT / service["build"]["dockerfile"]) == CI / "Dockerfile"
    assert services["tests"]["depends_on"] == {"aep": {"condition": "service_healthy"}}
    settings = {name.lower() for name in BY_NAME}
    assert {name.removeprefix(ENVIRONMENT_PREFIX).lower() for name in service["environment"]} <= settings


def test_the_health_check_runs_against_the_emulator(capfd: pytest.CaptureFixture[str]) -> None:
    _, *words = read("compose.yml")["services"]["aep"]["healthcheck"]["test"]
    assert words[:2] == ["python", "-c"]
    with Emulator().serve() as base:
        exec(words[2].replace("http://127.0.0.1:8080", base), {})
    assert Client(Emulator()).get("/_emulator/health").json["version"] == __version__


def test_the_page_names_every_file() -> None:
    page = (CI.parent / "continuous-integration.md").read_text(encoding="utf-8")
    names: list[Path] = sorted(CI.iterdir())
    assert all(f"](ci/{each.name})" in page for each in names)
