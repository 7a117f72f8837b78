"""One exchange as the handlers see it: a ``Call`` in, a ``Reply`` out. No Flask in sight."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

from msgspec import Struct, field
from werkzeug.datastructures import MultiDict

from emulator.resources.refusals import Refusal, invalid, unreadable
from emulator.web.json_body import parse_json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.wrappers import Request

    from emulator.resources.courses import J, JobKind
    from emulator.resources.space import Space
    from emulator.web.operations import Operation
    from emulator.world import World


class Headers:
    """The headers of a request, read off its environment (PEP 3333); their names are told apart without case."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    @overload
    def get(self, name: str) -> str | None: ...

    @overload
    def get(self, name: str, default: str) -> str: ...

    def get(self, name: str, default: str | None = None) -> str | None:
        """Answer the value of a header."""
        return self._environ.get(_variable(name), default)

    def items(self) -> list[tuple[str, str]]:
        """Answer names, in the case that is usual, and values of all headers."""
        return [(name, value) for key, value in self._environ.items() if (name := _name(key)) is not None]


@lru_cache(maxsize=64)
def _variable(name: str) -> str:
    """Answer the variable of a header that somebody here asks for."""
    key = name.upper().replace("-", "_")
    return key if key in _UNPREFIXED else f"HTTP_{key}"


@lru_cache(maxsize=1024)
def _name(key: str) -> str | None:
    """Answer the name of a header from its variable (RFC 3875 section 4.1.18); None for other variables."""
    if not key.startswith("HTTP_") and key not in _UNPREFIXED:
        return None
    return key.removeprefix("HTTP_").replace("_", "-").title()


_UNPREFIXED = ("CONTENT_TYPE", "CONTENT_LENGTH")


_NONE: MultiDict[str, str] = MultiDict()


class Query:
    """The parameters of a request's query string. It remembers which were asked for: of the others is warned."""

    def __init__(self, request: Request) -> None:
        self._parameters = request.args if request.query_string else _NONE
        self._asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """Answer the first value of a parameter; an empty one counts as absent."""
        self._asked.add(name)
        return self._parameters.get(name) or None

    def all(self, name: str) -> list[str]:
        """Answer all values of a parameter that are not empty."""
        self._asked.add(name)
        return [value for value in self._parameters.getlist(name) if value]

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Answer a whole number. Raises ``Refusal`` (400) for anything else, or one out of range.

        ``most`` is a cap: more than that answers ``most``.
        """
        text = self.text(name)
        if text is None:
            return default
        try:
            number = int(text) if len(text) <= 18 and text.isascii() else least - 1
        except ValueError:
            number = least - 1
        if number < least:
            raise invalid(f"The query parameter `{name}` is a whole number from {least}, not {text[:40]!r}.")
        return number if most is None else min(number, most)

    def flag(self, name: str) -> bool | None:
        """Answer true or false, None when absent. Raises ``Refusal`` (400) for anything else."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise invalid(f"The query parameter `{name}` is true or false, not {text[:40]!r}.")
        return text.lower() == "true"

    def items(self) -> list[tuple[str, str]]:
        """Answer all parameters as sent, and count them as asked for."""
        self._asked.update(self._parameters)
        return list(self._parameters.items(multi=True))

    def ignored(self) -> list[str]:
        """Answer the names of parameters that nobody asked for."""
        return [name for name in self._parameters if name not in self._asked]


class Call(Struct):
    """A request at one instant (``now``, epoch ms): who asks what of which sandbox.

    ``operation`` is a refusal where path or method are unknown; ``sandbox`` is there once the gateway let it pass. One
    that ``observes`` changes nothing: a job that moves when it is read stays where it is.
    """

    world: World
    request: Request
    headers: Headers
    operation: Operation | Refusal
    arguments: Mapping[str, str]
    raw: bytes
    now: int
    request_id: str
    query: Query
    sandbox: Space | None = None
    warnings: list[str] = field(default_factory=list)
    observes: bool = False

    @property
    def operation_id(self) -> str | None:
        """The id of the operation; None where there is none."""
        return None if isinstance(self.operation, Refusal) else self.operation.id

    @property
    def path(self) -> str:
        """The path of the operation, its variables in braces."""
        assert not isinstance(self.operation, Refusal)
        return self.operation.path

    @property
    def id(self) -> str:
        """What the path names: its first variable."""
        return next(iter(self.arguments.values()))

    @property
    def client(self) -> str:
        """Who calls: the API key."""
        return self.headers.get("x-api-key", "")

    @property
    def origin(self) -> str:
        """Scheme and host as the client called them: what absolute links begin with."""
        return self.request.host_url.rstrip("/")

    @property
    def space(self) -> Space:
        """What the sandbox asked for holds; only for operations that name one."""
        assert self.sandbox is not None
        return self.sandbox

    def job(self, kind: JobKind[J]) -> J:
        """Answer the job that the path names, as it is read now. Raises ``Refusal`` (404)."""
        return kind.find(self.space, self.id) if self.observes else kind.poll(self.space, self.id, self.now)

    def body(self) -> Any:
        """Answer the JSON body. Raises ``Refusal`` (400) when it is not JSON, is absent or too deep."""
        settings = self.world.settings
        tolerant = self.path.startswith("/data/core/ups") and not settings.strict_json
        value, repaired = parse_json(self.raw, tolerant=tolerant, max_depth=settings.max_json_depth)
        if repaired:
            self.warnings.append("the body has a trailing comma, which is not JSON; accepted (setting strict_json)")
        return value

    def object(self) -> dict[str, Any]:
        """Answer the JSON body, which has to be an object. Raises ``Refusal`` (400)."""
        value = self.body()
        if not isinstance(value, dict):
            raise unreadable("The body has to be a JSON object.")
        return value


class Reply(Struct):
    """An answer: a JSON-able ``body`` (None for an empty one) or ``content`` bytes with their type."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = "application/json"
