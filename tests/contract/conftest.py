"""What the contract tests share: the prepared state, made once, and a client of it for every test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import create_app
from tests.contract.stage import ContractClient, Stage, everything, prepared

#: Answers a client for a case.
ClientFor = Callable[[object], ContractClient]


@pytest.fixture(scope="session")
def stage() -> Stage:
    """The prepared state. Nobody changes what its own client sees."""
    return prepared()


@pytest.fixture(scope="session")
def _everywhere(stage: Stage) -> ContractClient:
    return ContractClient(create_app(stage.emulator()))


@pytest.fixture(scope="session")
def untouched(stage: Stage) -> list[Any]:
    """All that is to be seen in the prepared state."""
    return everything(stage.client)


@pytest.fixture
def client(_everywhere: ContractClient, request: pytest.FixtureRequest) -> ContractClient:
    """A client of an organisation of its own, which begins in the prepared state."""
    return _everywhere.within(org=f"{request.node.name}@AdobeOrg")


@pytest.fixture
def client_for(client: ContractClient) -> ClientFor:
    """Clients for the cases of one test, each of an organisation of its own."""
    return lambda case: client.within(org=f"{case} in {client.headers['x-gw-ims-org-id']}")
