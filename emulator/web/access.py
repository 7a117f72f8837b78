"""The door of the control plane: who may call ``/_emulator/...``, and from where.

A browser that visits a foreign page must not be turned against an emulator on the same machine. So a call names a host
that is this emulator's (DNS rebinding), comes from no foreign origin, and what it brings is JSON (both against forged
requests of other sites); answers carry no CORS headers. Off loopback a call shows the control token. Adobe's operations
have credentials of their own and do not pass here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from emulator.web.control_calls import ControlError

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

#: Where the token stands in a request, besides ``Authorization: Bearer``.
HEADER = "x-emulator-token"

#: Where a browser keeps it, once the page was opened with ``?token=``.
COOKIE = "aep_emulator_token"

#: The usual names of this machine.
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_JSON = "application/json"


class Access(Struct, frozen=True):
    """Who may call the control plane.

    ``allowed_hosts`` are names by which it may be called besides its own address and loopback, without a port. With a
    ``token`` every call shows it; without one only callers on this machine pass.
    """

    token: str | None = None
    allowed_hosts: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Access(allowed_hosts={set(self.allowed_hosts)!r})"  # the token is nobody's to read

    def check(self, request: Request) -> None:
        """Raise ``ControlError`` unless a request to the control plane may pass."""
        environ = request.environ
        called = environ.get("HTTP_HOST", "")
        host = host_of(called)
        if not (is_loopback(host) or host in self.allowed_hosts or host == environ.get("SERVER_NAME", "").lower()):
            raise ControlError(
                403,
                f"the control plane is not called {called[:100]!r}: call it by the address it listens on, by localhost,"
                f" or name the host with --allowed-host",
            )
        self._check_origin(request.headers.get("Origin"), called)
        if request.path.rstrip("/") != "/_emulator/health" and not request.path.startswith("/_emulator/static/"):
            self._check_token(request)  # all but whether the emulator is up, and the looks of the page
        self._check_body(request)

    def _check_origin(self, origin: str | None, called: str) -> None:
        if origin is None:
            return
        try:
            split = urlsplit(origin)
            authority, scheme = split.netloc.lower(), split.scheme
        except ValueError:
            authority, scheme = "", ""
        own = {called.lower(), f"{called.lower()}:{'443' if scheme == 'https' else '80'}"}
        if scheme not in ("http", "https") or not (authority in own or host_of(authority) in self.allowed_hosts):
            raise ControlError(
                403, f"the control plane takes no calls from pages of another origin, such as {origin[:100]!r}"
            )

    def _check_token(self, request: Request) -> None:
        if self.token is None:
            peer = request.environ.get("REMOTE_ADDR")
            if peer and not is_loopback(peer):
                raise ControlError(
                    403,
                    "without a token the control plane answers this machine only; start the emulator with one"
                    " (--control-token, AEP_EMULATOR_CONTROL_TOKEN)",
                )
        elif not any(self.is_token(each) for each in _shown(request)):
            raise ControlError(
                401,
                f"the control plane wants its token, as `Authorization: Bearer ...` or in the header {HEADER};"
                " it is --control-token, or was printed at the start",
            )

    def is_token(self, shown: str) -> bool:
        """Answer whether a text is the token, in a time that says nothing about how much of it is right."""
        import hmac

        return self.token is not None and hmac.compare_digest(shown.encode("utf-8", "replace"), self.token.encode())

    def _check_body(self, request: Request) -> None:
        has_body = bool(request.content_length) or "HTTP_TRANSFER_ENCODING" in request.environ
        if not has_body:
            return
        if request.mimetype != _JSON:
            raise ControlError(415, f"the content type is {_JSON}, not {request.mimetype[:100] or 'absent'}")
        encoding = request.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise ControlError(415, f"bodies are read as they are, not decoded: {encoding[:100]}")


def accepting(token: str | None, allowed_hosts: Iterable[str]) -> Access:
    """Answer the access of a ``token`` and of hosts as people write them. Raises ``ValueError`` for what is no host."""
    hosts = set()
    for each in allowed_hosts:
        host = host_of(each.strip())
        if not host or "/" in each:
            raise ValueError(f"an allowed host is a name such as `aep` or `aep.example.com`, not {each!r}")
        hosts.add(host)
    if token is not None and (not token or not token.isascii() or not token.isprintable() or " " in token):
        raise ValueError("a control token is made of printable ASCII characters other than spaces")
    return Access(token, frozenset(hosts))


def host_of(authority: str) -> str:
    """Answer the host of ``host:port``, in lower case and without brackets; empty where there is none."""
    authority = authority.lower()
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.rpartition(":")[0] if authority.count(":") == 1 else authority


def is_loopback(host: str) -> bool:
    """Answer whether a name or an address can only be this machine."""
    if host in _LOOPBACK or host.endswith(".localhost"):
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def wants_a_page(request: Request) -> bool:
    """Answer whether a person with a browser is asking, who can be asked for the token."""
    is_page = request.path in ("/_emulator", "/_emulator/") or request.path.startswith("/_emulator/ui/")
    return request.method == "GET" and is_page and "text/html" in request.headers.get("Accept", "")


def _shown(request: Request) -> Iterable[str]:
    """Answer the texts that may be the token."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()
    if (sent := request.headers.get(HEADER)) is not None:
        yield sent
    if (kept := request.cookies.get(COOKIE)) is not None:
        yield kept
