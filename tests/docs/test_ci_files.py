"""The files to copy into a CI: they parse, and what they run is there as they run it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from emulator import Emulator, create_app
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
    assert len(installed) == 4
    assert all(any(word.endswith("emulator[all]") for word in words) for words in installed)
    checkouts = [
        step["with"]["path"]
        for job in read("workflow.yml")["jobs"].values()
        for step in job["steps"]
        if "repository" in step.get("with", {})
    ]
    assert checkouts == [".emulator"] * 3


def test_the_service_is_built_from_what_is_there_and_waited_for() -> None:
    services = read("compose.yml")["services"]
    service = services["aep"]
    assert "image" not in service, "nobody published one"
    assert (ROOT / service["build"]["dockerfile"]) == CI / "Dockerfile"
    assert services["tests"]["depends_on"] == {"aep": {"condition": "service_healthy"}}
    settings = {name.lower() for name in BY_NAME} | {"control_token", "allowed_host"}
    assert {name.removeprefix(ENVIRONMENT_PREFIX).lower() for name in service["environment"]} <= settings


def test_the_tests_beside_the_service_may_call_its_control_plane() -> None:
    """The service listens beyond its own machine: they show its token, and call it by a name that it knows."""
    services = read("compose.yml")["services"]
    service, tests = services["aep"]["environment"], services["tests"]["environment"]
    assert tests["AEP_CONTROL_TOKEN"] == service["AEP_EMULATOR_CONTROL_TOKEN"]
    assert urlsplit(tests["AEP_BASE_URL"]).hostname == service["AEP_EMULATOR_ALLOWED_HOST"] == "aep"
    app = create_app(
        Emulator(),
        control_token=service["AEP_EMULATOR_CONTROL_TOKEN"],
        allowed_hosts=service["AEP_EMULATOR_ALLOWED_HOST"].split(),
    )
    client, elsewhere = app.test_client(), {"REMOTE_ADDR": "172.18.0.3", "SERVER_NAME": "172.18.0.2"}
    called = {"Host": urlsplit(tests["AEP_BASE_URL"]).netloc}
    shown = {**called, "x-emulator-token": tests["AEP_CONTROL_TOKEN"]}
    assert client.post("/_emulator/reset", headers=shown, environ_overrides=elsewhere).status_code == 200
    assert client.post("/_emulator/reset", headers=called, environ_overrides=elsewhere).status_code == 401


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
