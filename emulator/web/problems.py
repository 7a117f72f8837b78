"""Errors as the services write them: one shape a family, chosen by the path that was asked.

Sources: Adobe's OpenAPI documents and the platform troubleshooting page; where they show no body, the shape of the
family.
"""

from __future__ import annotations

from typing import Any

from emulator.resources.refusals import Refusal, UnknownSandbox
from emulator.web.exchange import Reply

#: The error shape of a service, by the beginning of its paths; the first that fits. OpenAPI's schemas are so named.
_FAMILIES = (
    ("/data/core/ups/access/", "ProfileAccessError"),
    ("/data/core/ups", "SegmentationError"),
    ("/data/foundation/sandbox-management", "SandboxError"),
    ("/data/foundation", "PlatformError"),
    ("/data/core", "PlatformError"),
    ("/ims", "TokenError"),
)

_CATALOG_TITLES = {
    400: "BadRequestError",
    403: "ForbiddenError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    412: "PreconditionFailedError",
    413: "PayloadTooLargeError",
    416: "RangeNotSatisfiableError",
}


#: The header that says what Adobe's words do not.
HINT = "x-emulator-hint"


class GatewayRefusal(Refusal):
    """A request that the gateway in front of the services turned away. The status is the code's first three digits.

    ``hint`` names what is meant where Adobe's ``message`` does not.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(int(code[:3]) if status is None else status, message, code=code)
        self.hint = hint


#: Refusals that have one shape, whichever service was asked.
_WHEREVER = {UnknownSandbox: "SandboxError", GatewayRefusal: "GatewayError"}


def reply_to(refusal: Refusal, path: str, request_id: str) -> Reply:
    """Answer a refusal in the error shape of the service that ``path`` belongs to."""
    body = _body(refusal, path, request_id)
    hint = refusal.hint if isinstance(refusal, GatewayRefusal) else None
    return Reply(body.get("status", refusal.status), body, {} if hint is None else {HINT: hint})


def family(path: str) -> str:
    """Answer the name of the shape in which the service at ``path`` writes its errors; the gateway's for no service."""
    return next((name for prefix, name in _FAMILIES if path.startswith(prefix)), "GatewayError")


def _body(refusal: Refusal, path: str, request_id: str) -> dict[str, Any]:
    match _WHEREVER.get(type(refusal)) or family(path):
        case "ProfileAccessError":
            return profile_access_error(refusal)
        case "SegmentationError":
            return _ups_error(refusal, request_id)
        case "SandboxError":
            return _sandbox_error(refusal)
        case "PlatformError":
            return _catalog_error(refusal)
        case "TokenError":
            return _token_error(refusal)
        case _:
            return {"error_code": refusal.code or f"{refusal.status}000", "message": refusal.reasons[0]}


def _token_error(refusal: Refusal) -> dict[str, Any]:
    """Answer the body of IMS, in the form of RFC 6749 section 5.2."""
    body = {"error": refusal.code or "invalid_request"}
    return body | {"error_description": refusal.reasons[0]} if refusal.reasons[0] else body


def _ups_error(refusal: Refusal, request_id: str) -> dict[str, Any]:
    if refusal.status == 415:
        return {
            "status": 415,
            "title": "HTTP 415 Unsupported Media Type",
            "type": "http://ns.adobe.com/adobecloud/problem/unsupported-media-type",
        }
    return {
        "requestId": request_id,
        "errors": errors(refusal),
        "type": f"https://ns.adobe.com/aep/errors/{_code(refusal)}",
        "title": refusal.reasons[0],
        "status": refusal.status,
    }


def errors(refusal: Refusal) -> dict[str, Any]:
    """Answer the ``errors`` of Segmentation Service: each reason under the status."""
    status = str(refusal.status)
    return {status: [{"code": status, "message": reason} for reason in refusal.reasons]}


def profile_access_error(refusal: Refusal) -> dict[str, Any]:
    """Answer what profile access says, of a request or of one identity among several."""
    if refusal.status == 404 and refusal.code is not None:
        return {"statusCode": "404"}
    return {"message": refusal.reasons[0], "cause": refusal.reasons[-1], "statusCode": str(refusal.status)}


def _catalog_error(refusal: Refusal) -> dict[str, Any]:
    status, detail = refusal.status, " ".join(refusal.reasons)
    if status == 415:
        status, detail = 400, "A valid content-type must be specified"
    title = _CATALOG_TITLES.get(status, "Error")
    return {"type": "/placeholder/type/uri", "status": status, "title": title, "detail": detail}


def _sandbox_error(refusal: Refusal) -> dict[str, Any]:
    return {
        "status": refusal.status,
        "title": refusal.reasons[0],
        "type": f"http://ns.adobe.com/aep/errors/{_code(refusal)}",
    }


def _code(refusal: Refusal) -> str:
    return refusal.code or f"EMULATOR-{refusal.status}000-{refusal.status}"
