"""What the contract tests share: the prepared state, made once, and a client of it for every test."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import create_app
from tests.contract.stage import ContractClient, Stage, everything, prepared


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
