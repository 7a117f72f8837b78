"""The platform's real host names, answered in this process: no socket, and no change of the client's code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from emulator.transport.patches import Patches
from emulator.transport.routing import Route, routes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_P = ParamSpec("_P")
_R = TypeVar("_R")

_CLIENTS = "emulator.transport.clients"

_patches = Patches(
    {
        "http.client": f"{_CLIENTS}.http_client",
        "urllib3": f"{_CLIENTS}.urllib3_client",
        "requests": f"{_CLIENTS}.requests_client",
        "httpx": f"{_CLIENTS}.httpx_client",
        "aiohttp": f"{_CLIENTS}.aiohttp_client",
    }
)

#: Held while routes and patches change together.
_changing = RLock()


class Interception:
    """Answers the platform's hosts with ``app`` while it is active, whichever client or thread asks.

    A context manager, plain and asynchronous; a decorator of functions and coroutine functions; and ``start`` and
    ``stop`` for ``setUp`` and ``tearDown``. Of several that are active, the one started last answers.
    """

    def __init__(self, app: WSGIApplication, *, allow_other_hosts: bool = True) -> None:
        self._route = Route(app, allow_other_hosts)

    def start(self) -> None:
        """Begin to answer. Raises ``RuntimeError`` when this interception has begun already."""
        with _changing:
            if self._route in routes:
                raise RuntimeError("this interception has started already; stop() it first, or make another one")
            routes.append(self._route)
            try:
                _patches.apply()
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Answer no longer. Raises ``RuntimeError`` when this interception is not active."""
        with _changing:
            if self._route not in routes:
                raise RuntimeError("this interception is not active: stop() without a start(), or a second stop()")
            routes.remove(self._route)
            if not routes:
                _patches.restore()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Make a function, or a coroutine function, whose calls are intercepted, each by an interception of its own.

        Raises ``TypeError`` for what only seems to be called: a class, a generator function.
        """
        if inspect.isclass(function) or inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"intercept() decorates functions and coroutine functions, which {function.__qualname__} is not; "
                "use `with emulator.intercept():` inside, or start() in setUp and stop() in tearDown"
            )
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def intercepted_coroutine(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                with self._another():
                    return await function(*args, **kwargs)

            return cast(Callable[_P, _R], intercepted_coroutine)

        @wraps(function)
        def intercepted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with self._another():
                return function(*args, **kwargs)

        return intercepted

    def _another(self) -> Interception:
        return Interception(self._route.app, allow_other_hosts=self._route.allow_other_hosts)
