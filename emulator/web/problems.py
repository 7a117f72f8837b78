"""Errors as the services write them: one shape a family, chosen by the path that was asked.

Sources: Adobe's OpenAPI documents and the platform troubleshooting page; where they show no body, the shape of the
family.
"""

from __future__ import annotations

from typing import Any

from emulator.resources.refusals import Refusal, UnknownSandbox
from emulator.web.exchange import Reply

_CATALOG_TITLES = {
    400: "BadRequestError",
    403: "ForbiddenError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    412: "PreconditionFailedError",
    413: "PayloadTooLargeError",
    416: "RangeNotSatisfiableError",
}


class GatewayRefusal(Exception):
    """A request that the gateway in front of the services turned away. The status is the code's first three digits."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = int(code[:3]) if status is None else status

    def reply(self) -> Reply:
        """Answer the two-key body of the gateway."""
        return Reply(self.status, {"error_code": self.code, "message": self.message})


class TokenRefusal(Exception):
    """A token request that IMS turned away, in the form of RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(description or error)
        self.error = error
        self.description = description

    def reply(self) -> Reply:
        """Answer the body of IMS."""
        body = {"error": self.error}
        if self.description is not None:
            body["error_description"] = self.description
        return Reply(400, body)


def reply_to(refusal: Refusal, path: str, request_id: str) -> Reply:
    """Answer a refusal in the error shape of the service that ``path`` belongs to."""
    body = _body(refusal, path, request_id)
    status = body.get("status", refusal.status)
    return Reply(status if isinstance(status, int) else refusal.status, body)


def _body(refusal: Refusal, path: str, request_id: str) -> dict[str, Any]:
    if isinstance(refusal, UnknownSandbox):
        return _sandbox_error(refusal)
    if path.startswith("/data/core/ups/access/"):
        return _profile_access_error(refusal)
    if path.startswith("/data/core/ups"):
        return _ups_error(refusal, request_id)
    if path.startswith("/data/foundation/sandbox-management"):
        return _sandbox_error(refusal)
    if path.startswith(("/data/foundation", "/data/core")):
        return _catalog_error(refusal)
    if path.startswith("/ims"):
        return {"error": "invalid_request", "error_description": refusal.reasons[0]}
    return {"error_code": f"{refusal.status}000", "message": refusal.reasons[0]}


def _ups_error(refusal: Refusal, request_id: str) -> dict[str, Any]:
    if refusal.status == 415:
        return {
            "status": 415,
            "title": "HTTP 415 Unsupported Media Type",
            "type": "http://ns.adobe.com/adobecloud/problem/unsupported-media-type",
        }
    status = str(refusal.status)
    code = refusal.code or f"EMULATOR-{status}000-{status}"
    return {
        "requestId": request_id,
        "errors": {status: [{"code": status, "message": reason} for reason in refusal.reasons]},
        "type": f"https://ns.adobe.com/aep/errors/{code}",
        "title": refusal.reasons[0],
        "status": refusal.status,
    }


def _profile_access_error(refusal: Refusal) -> dict[str, Any]:
    status = str(refusal.status)
    if refusal.status == 404 and refusal.code is not None:
        return {"statusCode": "404"}
    return {"message": refusal.reasons[0], "cause": refusal.reasons[-1], "statusCode": status}


def _catalog_error(refusal: Refusal) -> dict[str, Any]:
    title = _CATALOG_TITLES.get(refusal.status, "Error")
    detail = " ".join(refusal.reasons)
    if refusal.status == 415:
        detail = "A valid content-type must be specified"
        return {"type": "/placeholder/type/uri", "status": 400, "title": "BadRequestError", "detail": detail}
    return {"type": "/placeholder/type/uri", "status": refusal.status, "title": title, "detail": detail}


def _sandbox_error(refusal: Refusal) -> dict[str, Any]:
    code = refusal.code or f"EMULATOR-{refusal.status}000-{refusal.status}"
    return {
        "status": refusal.status,
        "title": refusal.reasons[0],
        "type": f"http://ns.adobe.com/aep/errors/{code}",
    }
