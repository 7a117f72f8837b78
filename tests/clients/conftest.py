"""What the tests of real clients share: one emulator on a real socket, and a universe of its own for every test."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aepp
import pytest

from emulator import Emulator
from emulator.universe import Universe
from tests.npm import installed

UPS = "/data/core/ups"

#: The dataset of the bundled data that exports go to.
SEGMENT_EXPORT = "5b020a27e7040801dedba61b"

#: A definition of the bundled data, and how many are in it.
WORKS_IN_US, IN_US = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05", 66


@dataclass(frozen=True, slots=True)
class Served:
    """An emulator that answers at ``url``, and the organisation that is this test's own."""

    emulator: Emulator
    url: str
    org: str

    @property
    def universe(self) -> Universe:
        return self.emulator.org(self.org)

    def advance(self, seconds: float) -> None:
        self.universe.clock.advance(seconds=seconds)

    def asked(self, operation: str) -> int:
        """Count what the organisation asked of an operation."""
        return sum(each.operation == operation for each in self.universe.requests)


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator()
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture
def served(running: tuple[Emulator, str], request: pytest.FixtureRequest) -> Served:
    return Served(*running, org=f"{quote(request.node.nodeid)}@AdobeOrg")


Connect = Callable[..., Any]


@pytest.fixture
def connect(served: Served) -> Iterator[Connect]:
    """Make an aepp class: aimed at the emulator by aepp's own configuration, and without retries, which would sleep."""
    aepp.configure(
        environment="support",
        endpoint=served.url,
        org_id=served.org,
        client_id="client",
        secret="secret",
        scopes="openid,AdobeID",
        sandbox="prod",
        retry=0,
    )
    aepp.config.config_object["oauthTokenEndpointV2"] = f"{served.url}/ims/token/v3"
    made: list[Any] = []

    def make(kind: Callable[..., Any], **options: Any) -> Any:
        client = kind(**options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.connector.session.close()


NODE = Path(__file__).parent / "node"
BUILD = Path(__file__).parents[2] / "build"

RunNode = Callable[[str, Any], Any]


@pytest.fixture(scope="session")
def run_node() -> RunNode:
    """Run a script of the folder ``node`` on the npm packages that it names, JSON in and JSON out."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: clients written in JavaScript are not run")
    packages = installed(NODE / "package.json", BUILD / "node")

    def run(script: str, sent: Any) -> Any:
        environment = {**environ, "NODE_PATH": str(packages)}
        command = ["node", str(NODE / script)]
        done = subprocess.run(command, input=json.dumps(sent), env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
