"""The plan of an organisation: its rules, how often each matched and fired, and what a request or job meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct, convert

from emulator.faults.effects import Connection, Malformed, Respond
from emulator.faults.rules import FaultError, FaultRule, Subject, rule_of
from emulator.simulation.lengths import length_ms
from emulator.simulation.randomness import draw


class Count(NamedTuple):
    """How often a rule matched, and how often it fired."""

    matched: int
    fired: int


class RequestFault(Struct, frozen=True):
    """What a request meets: an answer instead of its own, something about its connection, and by which rules.

    ``without_work``: the request is not carried out.
    """

    rules: tuple[str, ...]
    answer: Respond | Malformed | None
    connection: Connection | None
    without_work: bool


class JobFault(Struct, frozen=True):
    """What a job meets, by the names of effects in rules. ``slower`` multiplies the lengths of its phases."""

    rules: tuple[str, ...] = ()
    fail_at: str | None = None
    errors: tuple[Mapping[str, str], ...] = ()
    stuck_in: str | None = None
    slower: float = 1
    refuse_cancel: bool = False
    only_segments: int | tuple[str, ...] | None = None
    missed: bool = False


class FaultPlan:
    """Rules by id in the order of adding, with their counts. Forks share what neither side has changed.

    ``ordinal`` is how many rules were ever added.
    """

    __slots__ = ("_counts", "_org", "_rules", "_seed", "ordinal")

    def __init__(self, seed: int, org: str) -> None:
        self._seed = seed
        self._org = org
        self._rules: dict[str, FaultRule] = {}
        self._counts: dict[str, Count] = {}
        self.ordinal = 0

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """The rules, first added first."""
        return tuple(self._rules.values())

    def count(self, rule_id: str) -> Count:
        """Answer how often a rule matched and fired since it was added."""
        return self._counts.get(rule_id, Count(0, 0))

    def next_id(self) -> str:
        """Answer the id that the next rule without one would get."""
        ordinal = self.ordinal + 1
        while f"fault-{ordinal}" in self._rules:
            ordinal += 1
        return f"fault-{ordinal}"

    def add(self, rule: FaultRule) -> None:
        """Add a rule, its counts at zero. Raises ``FaultError`` where the id is taken."""
        if rule.id in self._rules:
            raise FaultError(f"there is a rule `{rule.id}` already", "/id")
        self._rules = {**self._rules, rule.id: rule}
        self.ordinal += 1

    def remove(self, rule_id: str) -> bool:
        """Take a rule away with its counts; answers whether there was one."""
        if rule_id not in self._rules:
            return False
        self._rules = {id: rule for id, rule in self._rules.items() if id != rule_id}
        self._counts = {id: count for id, count in self._counts.items() if id != rule_id}
        return True

    def clear(self) -> None:
        """Take all rules away."""
        self._rules = {}
        self._counts = {}

    def restore(self, rules: Mapping[str, FaultRule], counts: Mapping[str, Count], ordinal: int) -> None:
        """Take over rules and counts that were written down before."""
        self._rules, self._counts, self.ordinal = dict(rules), dict(counts), ordinal

    def fork(self, org: str) -> FaultPlan:
        """Answer a plan of its own for ``org``, with the same rules and counts."""
        other = FaultPlan(self._seed, org)
        other._rules, other._counts, other.ordinal = self._rules, self._counts, self.ordinal
        return other

    # -- what is met

    def meet_request(self, subject: Subject, now: int, once: Mapping[str, Any] | None = None) -> RequestFault | None:
        """Count a request against the rules and answer what it meets; ``once`` is a rule for this request alone.

        Raises ``FaultError`` for a ``once`` that is no rule.
        """
        fired = self._fired(subject, now)
        if once is not None:
            fired.append((rule_of(once, "x-emulator-fault"), 1))
        if not fired:
            return None
        answer: Respond | Malformed | None = None
        lengths: dict[str, Any] = {}
        without_work = False
        for rule, ordinal in fired:
            effect = rule.document
            if answer is None:
                answer = _answer(effect)
            without_work |= "drop" in effect or "respond" in effect
            key = (self._seed, self._org, rule.id, ordinal)
            if "delay" in effect:
                lengths["delay_ms"] = lengths.get("delay_ms", 0) + length_ms(effect["delay"], *key, "delay")
            if "slow_body" in effect:
                lengths["slow_ms"] = length_ms(effect["slow_body"], *key, "slow")
            if "truncate" in effect:
                lengths["truncate"] = effect["truncate"]
            if "stall" in effect:
                lengths["stall"] = True
            if "drop" in effect or "drop_after_work" in effect:
                lengths["drop"] = True
        connection = Connection(**lengths) if lengths else None
        return RequestFault(tuple(rule.id for rule, _ in fired), answer, connection, without_work)

    def meet_job(self, kind: str, sandbox: str, now: int) -> JobFault:
        """Count a job of a kind that is planned at ``now`` against the rules, and answer what it meets."""
        fired = self._fired(Subject(self._org, sandbox, job=kind), now)
        if not fired:
            return JobFault()
        merged: dict[str, Any] = {"rules": [rule.id for rule, _ in fired]}
        for rule, _ in reversed(fired):
            merged.update(rule.document)
        return convert(merged, JobFault)

    def _fired(self, subject: Subject, now: int) -> list[tuple[FaultRule, int]]:
        if not self._rules:
            return []
        fired: list[tuple[FaultRule, int]] = []
        counts = dict(self._counts)
        for rule in self._rules.values():
            if rule.concerns(subject):
                known = counts.get(rule.id, Count(0, 0))
                ordinal = known.matched + 1
                fires = rule.fires(ordinal, now, draw(self._seed, self._org, "fault", rule.id, ordinal))
                counts[rule.id] = Count(ordinal, known.fired + fires)
                if fires:
                    fired.append((rule, ordinal))
        self._counts = counts
        return fired


def _answer(effect: Mapping[str, Any]) -> Respond | Malformed | None:
    if "respond" in effect:
        respond = effect["respond"]
        if isinstance(respond, int):
            return Respond(respond)
        return Respond(**respond)
    if "malformed" in effect:
        return Malformed(effect["malformed"])
    return None


def to_wire(rule: FaultRule, count: Count) -> dict[str, Any]:
    """Answer a rule as it was written, with its id and how often it matched and fired."""
    return {**rule.document, "id": rule.id, "matched": count.matched, "fired": count.fired}
