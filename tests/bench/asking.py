"""Calls of the application with neither socket nor client: what the emulator itself costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator import Emulator
from emulator.transport.wsgi import Answer, Sent, call, environ_of
from emulator.web.app import create_app

ORG = "BENCH@AdobeOrg"

HEADERS: Mapping[str, str] = {
    "Authorization": "Bearer bench",
    "x-api-key": "bench",
    "x-gw-ims-org-id": ORG,
    "x-sandbox-name": "prod",
}

UPS = "/data/core/ups"


class Caller:
    """Asks the application of one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._app = create_app(emulator)

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request, with a JSON body unless None. Raises ``RuntimeError`` for an answer of 400 or more."""
        sent = b"" if body is None else json.dumps(body).encode()
        headers = list(HEADERS.items())
        if body is not None:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(sent)))]
        answer = call(self._app, environ_of(Sent(method, path, headers, sent), "http", "127.0.0.1"))
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def document(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and answer the document that came back."""
        return json.loads(self.ask(method, path, body).body)
