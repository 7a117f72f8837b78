"""The fault rules of some worlds as their users see them: added, counted, expected and taken away together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from emulator.faults.plan import to_wire
from emulator.faults.rules import FaultError, rule_of
from emulator.world import World


class Faults:
    """Fault rules of one organisation, or of all and the template: then counts are summed over them.

    ``held`` answers their worlds, which nobody else acts on until its block ends.
    """

    def __init__(self, held: Callable[[], AbstractContextManager[Sequence[World]]]) -> None:
        self._held = held

    def add(self, rule: Mapping[str, Any] | None = None, /, **members: Any) -> str:
        """Add a rule, its members given as a mapping or as keywords, and answer its id.

        ``faults.add(operation="createSegmentJob", nth=2, respond=429)``. Raises ``FaultError`` that says what would be
        right; then no rule is added anywhere.
        """
        document = {**(rule or {}), **members}
        with self._held() as worlds:
            made = rule_of(document, worlds[0].faults.next_id())
            if any(made.id == known.id for world in worlds for known in world.faults.rules):
                raise FaultError(f"there is a rule `{made.id}` already", "/id")
            for world in worlds:
                world.faults.add(made)
        return made.id

    def remove(self, rule_id: str) -> bool:
        """Take a rule away; answers whether there was one."""
        with self._held() as worlds:
            removed = [world.faults.remove(rule_id) for world in worlds]
        return any(removed)

    def clear(self) -> None:
        """Take all rules away."""
        with self._held() as worlds:
            for world in worlds:
                world.faults.clear()

    def rules(self) -> list[dict[str, Any]]:
        """Answer the rules as they were written, each with ``id``, ``matched`` and ``fired``."""
        found: dict[str, dict[str, Any]] = {}
        with self._held() as worlds:
            for world in worlds:
                for rule in world.faults.rules:
                    wire = to_wire(rule, world.faults.count(rule.id))
                    known = found.setdefault(rule.id, wire)
                    if known is not wire:
                        known["matched"] += wire["matched"]
                        known["fired"] += wire["fired"]
        return list(found.values())

    def fired(self, rule_id: str) -> int:
        """Answer how often a rule fired. Raises ``KeyError`` for a rule that is not there."""
        return int({rule["id"]: rule for rule in self.rules()}[rule_id]["fired"])

    def expect(self, rule_id: str, times: int) -> None:
        """Raise ``AssertionError`` unless a rule fired exactly ``times`` times."""
        rule = {rule["id"]: rule for rule in self.rules()}.get(rule_id)
        if rule is None:
            raise AssertionError(f"there is no fault `{rule_id}`")
        if rule["fired"] != times:
            told = f"fired {rule['fired']} times (of {rule['matched']} matches), {times} expected"
            raise AssertionError(f"fault `{rule_id}` {told}")
