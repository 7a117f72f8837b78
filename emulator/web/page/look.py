"""Looking at one organisation's sandbox from the page: the public endpoints, asked within the process.

A look changes nothing; the page's first paint shows what its scripts would be answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from msgspec import Struct

from emulator.resources.refusals import Refusal
from emulator.transport.wsgi import Sent, call, environ_of
from emulator.web import tokens

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: The client that the page is, as the gateway sees it.
CLIENT = "demo-page"


class Look(Struct, frozen=True):
    """Eyes on one sandbox of one organisation, at an instant of its clock (``now``, epoch ms)."""

    app: WSGIApplication
    org: str
    sandbox: str
    now: int

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Answer the JSON of a GET, of Adobe's operations or the control plane. Raises ``Refusal``."""
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        answer = call(self.app, environ_of(Sent("GET", target, self._headers(), b""), "http", "localhost"))
        try:
            body = json.loads(answer.body) if answer.body else None
        except ValueError:
            raise Refusal(answer.status, f"GET {path} answered what is no JSON") from None
        if answer.status >= 400:
            raise Refusal(answer.status, _reason(body) or f"GET {path} answered {answer.status}")
        return body

    def _headers(self) -> list[tuple[str, str]]:
        return [
            ("Authorization", f"Bearer {tokens.issue(CLIENT, 'page', self.now)}"),
            ("x-api-key", CLIENT),
            ("x-gw-ims-org-id", self.org),
            ("x-sandbox-name", self.sandbox),
            ("x-emulator-observe", "true"),
        ]


def _reason(body: Any) -> str | None:
    """Answer what an error body says, in whichever of the platform's shapes it comes."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or "") or None
    return str(body.get("detail") or body.get("message") or body.get("title") or "") or None
