"""Tables: forks share rows until one side writes."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from emulator.resources.tables import Table


class Forks(RuleBasedStateMachine):
    """Any number of forks, each compared with a plain dict that was copied."""

    tables = Bundle("tables")

    def __init__(self) -> None:
        super().__init__()
        self.models: dict[int, dict[int, int]] = {}

    @rule(target=tables, count=st.sampled_from([0, 3, 30]))
    def start(self, count: int) -> Table[int, int]:
        rows = {key: -key for key in range(count)}
        table: Table[int, int] = Table(rows.copy())
        self.models[id(table)] = rows
        return table

    @rule(target=tables, table=tables)
    def fork(self, table: Table[int, int]) -> Table[int, int]:
        other = table.fork()
        self.models[id(other)] = dict(self.models[id(table)])
        return other

    @rule(table=tables, key=st.integers(0, 3), value=st.integers())
    def put(self, table: Table[int, int], key: int, value: int) -> None:
        table.put(key, value)
        self.models[id(table)][key] = value

    @rule(table=tables, key=st.integers(0, 3))
    def remove(self, table: Table[int, int], key: int) -> None:
        assert table.remove(key) == self.models[id(table)].pop(key, None)

    @rule(table=tables)
    def read(self, table: Table[int, int]) -> None:
        model = self.models[id(table)]
        assert list(table.items()) == list(model.items())
        assert list(table) == list(model.values())
        assert list(table.keys()) == list(model)
        assert table.newest_first() == list(model.values())[::-1]
        assert list(table.newest_keys()) == list(model)[::-1]
        assert len(table) == len(model)
        assert all(table.get(key) == model.get(key) and (key in table) == (key in model) for key in range(4))
        assert all(table[key] == value for key, value in model.items())


TestForks = Forks.TestCase
