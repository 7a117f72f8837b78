"""What the tests of services share: an emulator with the bundled data on a frozen clock, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from emulator import Emulator, create_app

HEADERS = {
    "Authorization": "Bearer token",
    "x-api-key": "key",
    "x-gw-ims-org-id": "TEST@AdobeOrg",
    "x-sandbox-name": "prod",
}


class Client:
    """A client whose requests carry valid headers; ``headers`` adds to them, None takes one away."""

    def __init__(self, emulator: Emulator, headers: dict[str, str] | None = None) -> None:
        self.headers = headers or dict(HEADERS)
        self._client = create_app(emulator).test_client()

    def request(
        self, method: str, path: str, headers: dict[str, str | None] | None = None, **options: Any
    ) -> TestResponse:
        sent = {**self.headers, **(headers or {})}
        present = {name: value for name, value in sent.items() if value is not None}
        return self._client.open(path, method=method, headers=present, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> TestResponse:
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.request("DELETE", path, **options)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    yield Client(emulator)
