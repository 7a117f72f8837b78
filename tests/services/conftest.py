"""What the tests of services share: an emulator with the bundled data on a frozen clock, and a client of it."""

from __future__ import annotations

from typing import Any, Protocol, cast

import pytest
from werkzeug.datastructures import Headers

from emulator import Emulator, create_app

HEADERS = {
    "Authorization": "Bearer token",
    "x-api-key": "key",
    "x-gw-ims-org-id": "TEST@AdobeOrg",
    "x-sandbox-name": "prod",
}


class Answer(Protocol):
    """What a test reads of a response; ``json`` is whatever it turns out to be."""

    status_code: int
    json: Any
    data: bytes
    text: str
    headers: Headers
    content_type: str | None


class Client:
    """A client whose requests carry valid headers; ``headers`` adds to them, None takes one away."""

    def __init__(self, emulator: Emulator, headers: dict[str, str] | None = None) -> None:
        self.headers = headers or dict(HEADERS)
        self._client = create_app(emulator).test_client()

    def request(self, method: str, path: str, headers: dict[str, str | None] | None = None, **options: Any) -> Answer:
        sent = {**self.headers, **(headers or {})}
        present = {name: value for name, value in sent.items() if value is not None}
        return cast(Answer, self._client.open(path, method=method, headers=present, **options))

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> Answer:
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Answer:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    return Client(emulator)
