"""The face of the package: ``compile``, what it answers, and conversion between the two formats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from emulator.pql.ast import Apply, Node
from emulator.pql.check import check
from emulator.pql.compiler.core import Compiler
from emulator.pql.compiler.horizon import FOREVER, Horizon
from emulator.pql.compiler.scope import PROFILE, ROOT_SCOPE, ROOTS, Eval, Scope
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.instants import parse_instant
from emulator.pql.json_decode import parse_json
from emulator.pql.json_encode import Json, to_json, to_json_text
from emulator.pql.parser import parse_text
from emulator.pql.text import to_text
from emulator.pql.values import sorted_events

Format = Literal["pql/text", "pql/json"]
Now = int | str | datetime | None
InSegment = Callable[[str], bool]
Event = Mapping[str, Any]
Evaluation = Callable[[Mapping[str, Any], Sequence[Event], int, InSegment | None], Any]
Predicate = Callable[[Mapping[str, Any], Sequence[Event], int, InSegment | None], bool]


class Compiled:
    """A query, ready to be evaluated for any number of profiles, from any number of threads.

    ``predicate(profile, events, now_ms, in_segment)`` is the fast path: no argument is checked or converted, so events
    must be in the order of ``pql.sorted_events`` and ``now_ms`` be epoch milliseconds.

    ``uses_time``, ``uses_events`` and ``uses_membership`` say whether the result may depend on ``now``, on the events,
    on ``segmentMembership`` or ``inSegment``; ``segment_ids`` are the ids that ``inSegment`` asks about, and
    ``reads_memberships`` says whether ``segmentMembership`` itself is read.
    """

    def __init__(self, tree: Node, source: str = "") -> None:
        self.tree = tree
        self._source = source
        self._dependencies = check(tree, source)
        self.uses_time = self._dependencies.clock is not None
        self.uses_events = self._dependencies.events
        self.reads_memberships = self._dependencies.membership_map
        self.segment_ids = self._dependencies.segment_ids
        self.uses_membership = self.reads_memberships or bool(self.segment_ids)
        self.predicate: Predicate = evaluation(tree, truth=True)

    def lasting(
        self, profile: Mapping[str, Any], events: Sequence[Event], now_ms: int, in_segment: InSegment | None
    ) -> tuple[bool, int]:
        """The truth, and the first clock value (epoch ms) at which it may be another for the same profile and events.

        Arguments as for ``predicate``; ``in_segment`` has to answer alike until then. A lower bound: the truth may
        well stay the same for longer.
        """
        holds, horizon = self._lasting
        horizon.until = FOREVER
        return holds(profile, events, now_ms, in_segment), horizon.until

    @cached_property
    def _lasting(self) -> tuple[Evaluation, Horizon]:
        horizon = Horizon()
        return evaluation(self.tree, truth=True, horizon=horizon), horizon

    @property
    def text(self) -> str:
        """The query in pql/text, in its canonical spelling."""
        return to_text(self.tree)

    @property
    def json(self) -> Json:
        """The query as a node of pql/json."""
        return to_json(self.tree)

    @cached_property
    def _evaluate(self) -> Evaluation:
        return evaluation(self.tree, truth=False)

    def matches(
        self,
        profile: Mapping[str, Any],
        events: Iterable[Event] = (),
        now: Now = None,
        in_segment: InSegment | None = None,
    ) -> bool:
        """Whether the result is true: whether the profile qualifies.

        ``events``: ExperienceEvents in storage order. ``now``: epoch milliseconds, RFC 3339 text or an aware datetime;
        it may be left out if the query does not depend on time. ``in_segment``: asked about audiences of which
        ``segmentMembership`` says nothing. Raises PQLTypeError.
        """
        with _stack_guarded():
            return self.predicate(profile, self._events(events), self._now(now), in_segment)

    def value(
        self,
        profile: Mapping[str, Any],
        events: Iterable[Event] = (),
        now: Now = None,
        in_segment: InSegment | None = None,
    ) -> object:
        """The result itself; arguments as for ``matches``. It may share structure with the profile."""
        with _stack_guarded():
            return self._evaluate(profile, self._events(events), self._now(now), in_segment)

    def explain(
        self,
        profile: Mapping[str, Any],
        events: Iterable[Event] = (),
        now: Now = None,
        in_segment: InSegment | None = None,
    ) -> dict[str, Any]:
        """How the result came about, as JSON: the tree with the value at every node; see ``docs/pql.md``.

        Arguments as for ``matches``.
        """
        from emulator.pql.explain import explain

        with _stack_guarded():
            return explain(self.tree, self._source, profile, self._events(events), self._now(now), in_segment)

    def _events(self, events: Iterable[Event]) -> list[Event]:
        return sorted_events(events) if self.uses_events else []

    def _now(self, now: Now) -> int:
        if now is None and self._dependencies.clock is not None:
            message = "the query depends on the time: pass `now`"
            raise PQLTypeError(message, self._source, self._dependencies.clock.at)
        return 0 if now is None else instant(now)

    def __repr__(self) -> str:
        text = self.text
        return f"<Compiled {text if len(text) <= 60 else text[:59] + '…'}>"


def evaluation(tree: Node, *, truth: bool, horizon: Horizon | None = None) -> Evaluation:
    """A checked tree as a function of profile, events, now and resolver; of its truth or its value."""
    compiler = Compiler(horizon=horizon)
    build = compiler.test if truth else compiler.value
    if compiler.free.of(tree) <= {PROFILE}:
        scope = Scope({}, PROFILE)
        if isinstance(tree, Apply) and tree.function == "and" and len(tree.params) == 2:
            first, second = (compiler.test(param, scope) for param in tree.params)
            return lambda profile, events, now_ms, in_segment: first(profile) and second(profile)
        of_profile = build(tree, scope)
        return lambda profile, events, now_ms, in_segment: of_profile(profile)
    of_frame: Eval = build(tree, ROOT_SCOPE)
    variables = [None] * (compiler.size - ROOTS)
    return lambda profile, events, now_ms, in_segment: of_frame([profile, events, now_ms, in_segment, *variables])


@contextmanager
def _stack_guarded() -> Iterator[None]:
    """Turns an exhausted stack into an error of ours: lists may be compared that are nested a thousand levels deep."""
    try:
        yield
    except RecursionError:
        raise PQLTypeError("the profile is nested too deeply for this query") from None


def instant(now: int | str | datetime) -> int:
    """A clock value in epoch milliseconds. Raises PQLTypeError for anything that names no instant."""
    if isinstance(now, int) and not isinstance(now, bool):
        return now
    if isinstance(now, datetime) and now.tzinfo is not None:
        return (now - _EPOCH) // timedelta(milliseconds=1)
    found = parse_instant(now) if isinstance(now, str) else None
    if found is None:
        raise PQLTypeError(f"now must be epoch milliseconds, RFC 3339 text or an aware datetime, not {now!r}")
    return found


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def compile(expression: str | Mapping[str, Any], format: str = "pql/text") -> Compiled:
    """A query ready to be evaluated. pql/json may be given as JSON text or as the object.

    Raises PQLSyntaxError and PQLTypeError for anything that is not a query.
    """
    source = expression if isinstance(expression, str) and format == "pql/text" else ""
    try:
        return Compiled(_decode(expression, format), source)
    except RecursionError:
        raise PQLSyntaxError("the query is nested too deeply") from None


def parse(text: str) -> Node:
    """The tree of a query in pql/text, after all static checks. Raises PQLSyntaxError and PQLTypeError."""
    return compile(text).tree


def convert(value: str | Mapping[str, Any], from_format: str) -> tuple[str, Format]:
    """A query in the other format, and the name of that format; pql/json as compact text.

    Raises PQLSyntaxError and PQLTypeError.
    """
    tree = compile(value, from_format).tree
    return (to_json_text(tree), "pql/json") if from_format == "pql/text" else (to_text(tree), "pql/text")


def _decode(expression: Any, format: str) -> Node:
    if format == "pql/text" and isinstance(expression, str):
        return parse_text(expression)
    if format == "pql/json" and isinstance(expression, str | Mapping):
        return parse_json(expression)
    if format not in ("pql/text", "pql/json"):
        raise PQLTypeError(f"the format must be `pql/text` or `pql/json`, not {format!r}")
    raise PQLTypeError(f"a query in {format} cannot be a {type(expression).__name__}")
