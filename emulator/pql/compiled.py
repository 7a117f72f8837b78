"""The face of the package: ``compile``, what it answers, and conversion between the two formats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from emulator.pql.ast import Node
from emulator.pql.check import check
from emulator.pql.compiler.evaluation import Evaluation, Event, InSegment, evaluation
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.instants import parse_instant
from emulator.pql.json_decode import parse_json
from emulator.pql.json_encode import Json, to_json, to_json_text
from emulator.pql.parser import parse_text
from emulator.pql.text import to_text
from emulator.pql.values import sorted_events

if TYPE_CHECKING:
    from emulator.pql.columns.plan import Plan
    from emulator.pql.columns.table import Profiles

Format = Literal["pql/text", "pql/json"]
Now = int | str | datetime | None
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

    @cached_property
    def plan(self) -> "Plan":
        """How the query is asked about many profiles at once, by ``pql.truths``."""
        from emulator.pql.columns.planner import planned

        return planned(self.tree)

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


def truths(queries: Sequence[Compiled], profiles: "Profiles", now_ms: int, members: Mapping[str, bytes]) -> list[bytes]:
    """For each query: of each of many profiles whether it qualifies, 1 or 0, as ``predicate`` says, but sooner.

    ``members``: for each id that inSegment asks about, 1 or 0 for each profile.
    """
    from emulator.pql.columns.plan import asked_of

    return asked_of([query.plan for query in queries], profiles, now_ms, members)


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
