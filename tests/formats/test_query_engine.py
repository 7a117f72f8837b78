"""SQL: statements read, the engine, and its confinement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.formats import query_engine
from emulator.formats.query_engine import Table
from emulator.formats.sql_statements import QueryError, Statement, names_in, read, with_paths
from tests.for_each import for_each
from tests.resources.population_cases import START

PEOPLE: list[dict[str, Any]] = [
    {"_id": "1", "age": 41, "person": {"name": {"first": "Ann"}, "tags": ["a", "b"]}, "vip": True},
    {"_id": "2", "age": 17, "person": {"name": {"first": "Ben"}}, "vip": False},
    {"_id": "3", "age": None, "city": "Oslo"},
]
TABLES = [Table("people", PEOPLE, ("All People",))]

# -- statements


@for_each(
    "sql, statement",
    [
        ("SELECT 1", Statement("SELECT 1")),
        (" select 1 ; ", Statement("select 1")),
        ("-- why\nWITH x AS (SELECT 1) SELECT * FROM x /* ; */;", Statement("WITH x AS (SELECT 1) SELECT * FROM x")),
        ("(SELECT ';')", Statement("SELECT ';'")),
        ("CREATE TABLE a AS SELECT 1", Statement("SELECT 1", "a", creates=True)),
        ("create table if not exists `a b` as (select 1)", Statement("select 1", "a b", True, if_not_exists=True)),
        (
            "CREATE TABLE \"a\"\"b\" WITH (schema='x', label='PROFILE') AS SELECT (1)",
            Statement("SELECT (1)", 'a"b', creates=True),
        ),
        ("INSERT INTO a SELECT * FROM b", Statement("SELECT * FROM b", "a")),
    ],
)
def test_statements_are_read(sql: str, statement: Statement) -> None:
    assert read(sql) == statement


@for_each(
    "sql, code",
    [
        ("", "42601"),
        (" ; -- nothing", "42601"),
        ("SELECT 1; SELECT 2", "42601"),
        ("DROP TABLE a", "0A000"),
        ("UPDATE a SET b = 1", "0A000"),
        ("ATTACH 'x' AS y", "0A000"),
        ("PRAGMA table_info(a)", "0A000"),
        ("VACUUM INTO 'x'", "0A000"),
        ("CREATE VIEW a AS SELECT 1", "0A000"),
        ("CREATE TABLE a (b INT)", "0A000"),
        ("CREATE TABLE", "42601"),
        ("CREATE TABLE `` AS SELECT 1", "42601"),
        ("INSERT a SELECT 1", "42601"),
        ("INSERT INTO a (b) SELECT 1", "0A000"),
        ("INSERT INTO a DELETE FROM b", "0A000"),
        ("SELECT 1" + " " * 100_000, "53400"),
    ],
)
def test_other_statements_are_refused(sql: str, code: str) -> None:
    with pytest.raises(QueryError) as error:
        read(sql)
    assert error.value.code == code


@given(st.text(alphabet="select from('\";`-/*) \n.a1$é", max_size=60))
def test_any_text_is_read_or_refused(sql: str) -> None:
    try:
        statement = read(sql)
    except QueryError:
        return
    assert statement.select in sql


@for_each(
    "sql, rewritten",
    [
        ("person.name.first", 'json_extract(person, \'$."name"."first"\')'),
        ("p.person.name", "json_extract(p.person, '$.\"name\"')"),
        ("people.person.name", "json_extract(people.person, '$.\"name\"')"),
        ("person.`it's`", "json_extract(person, '$.\"it''s\"')"),
        ("'person.name'", "'person.name'"),
        ("people.age", "people.age"),
        ("person", "person"),
        ("1.5 + age", "1.5 + age"),
        ("/* person.name */ age", "/* person.name */ age"),
        ("table_of.person", "table_of.person"),
    ],
)
def test_dotted_paths_go_into_json_columns(sql: str, rewritten: str) -> None:
    assert with_paths(sql, frozenset({"person"}), frozenset({"people"}))[0] == rewritten


def test_names_are_found_however_they_are_written() -> None:
    assert names_in("SELECT \"A b\", x.`C` FROM D -- e\n WHERE 'f' = 1") >= {"a b", "x", "c", "d"}
    assert not names_in("-- e\n 'f'")


# -- the engine


def ask(sql: str, now: int = START) -> list[Mapping[str, Any]]:
    return list(query_engine.run(sql, TABLES, now).rows)


def refused(sql: str) -> QueryError:
    with pytest.raises(QueryError) as error:
        ask(sql)
    return error.value


def test_rows_come_back_as_they_went_in() -> None:
    assert ask("SELECT _id, age, person, city FROM people WHERE _id <> '2'") == [
        {"_id": "1", "age": 41, "person": PEOPLE[0]["person"], "city": None},
        {"_id": "3", "age": None, "person": None, "city": "Oslo"},
    ]


def test_nested_values_are_reached_by_paths_and_by_functions() -> None:
    assert ask("SELECT p.person.name.first FROM people AS p WHERE p.person.tags IS NULL OR 1") == [
        {"first": "Ann"},
        {"first": "Ben"},
        {"first": None},
    ]
    assert ask("SELECT json_extract(person, '$.tags[1]') AS tag FROM people LIMIT 1") == [{"tag": "b"}]
    assert ask("SELECT each.value FROM people, json_each(person.tags) AS each") == [{"value": "a"}, {"value": "b"}]
    assert ask("SELECT person.name FROM people LIMIT 1") == [{"name": {"first": "Ann"}}]


def test_a_table_without_rows_can_be_counted() -> None:
    assert query_engine.run("SELECT count(*) AS n FROM t", [Table("t", [])], START).rows == ({"n": 0},)


def test_truth_is_a_number() -> None:
    assert ask("SELECT _id FROM people WHERE vip") == [{"_id": "1"}]


def test_a_table_goes_by_its_aliases_too() -> None:
    assert ask('SELECT count(*) AS n FROM "All People" JOIN people USING (_id)') == [{"n": 3}]


def test_columns_of_one_name_are_told_apart() -> None:
    assert ask("SELECT 1 AS a, 2 AS a, 3 AS A") == [{"a": 1, "a:1": 2, "A:2": 3}]
    rows = [{"id": 1}, {"ID": 2}]
    assert query_engine.run("SELECT * FROM t", [Table("t", rows)], START).rows == (
        {"id": 1, "ID:1": None},
        {"id": None, "ID:1": 2},
    )


def test_the_time_is_the_emulators() -> None:
    wanted = {"a": "2026-01-15", "b": "2026-01-15 09:00:00", "c": "2026", "d": 1_768_467_600, "e": "2026-01-14"}
    sql = """SELECT date() AS a, CURRENT_TIMESTAMP AS b, strftime('%Y') AS c, unixepoch('now', 'localtime') AS d,
                    date('now', '-1 day') AS e"""
    assert ask(sql) == [wanted]
    assert ask("SELECT date('2020-02-28', '+2 days') AS a") == [{"a": "2020-03-01"}]


@for_each(
    "sql, code",
    [
        ("SELECT load_extension('x')", "42501"),
        ("SELECT random()", "42501"),
        ("SELECT randomblob(4)", "42501"),
        ("SELECT * FROM pragma_table_info('people')", "42501"),
        ("SELECT * FROM pragma_database_list", "42501"),
        ("WITH x AS (SELECT 1) DELETE FROM people", "42501"),
        ("WITH x AS (SELECT 1) INSERT INTO people SELECT 1", "42501"),
        ("ATTACH 'x.db' AS x", "42501"),
        ("VACUUM INTO 'x.db'", "42501"),
        ("DETACH main", "42501"),
        ("CREATE TABLE x (a)", "42501"),
        ("PRAGMA temp_store_directory = '/'", "42501"),
        ("BEGIN", "42501"),
        ("SELECT readfile('x')", "42883"),
        ("SELECT nope FROM people", "42703"),
        ("SELECT * FROM nobody", "42P01"),
        ("SELECT FROM", "42601"),
        ("SELECT json_extract('{', '$')", "22032"),
        ("-- nothing", "42601"),
    ],
)
def test_a_statement_does_nothing_but_read(sql: str, code: str) -> None:
    assert refused(sql).code == code


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        "WITH RECURSIVE c(x) AS (SELECT 'aaaaaaaaaa' UNION ALL SELECT x || x FROM c) SELECT length(x) FROM c",
        "SELECT zeroblob(2000000)",
    ],
)
def test_work_is_bounded(sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_engine, "MAX_STEPS", 1_000_000)
    assert refused(sql).code == "53400"


def test_the_answer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_engine, "MAX_ROWS", 2)
    assert refused("SELECT * FROM people").code == "53400"
    assert len(ask("SELECT * FROM people LIMIT 2")) == 2
    monkeypatch.setattr(query_engine, "MAX_TEXT", 5)
    assert refused("SELECT 'abcdef'").code == "53400"


def test_what_json_does_not_have_is_answered_as_something_it_has() -> None:
    deep = "[" * 200 + "]" * 200
    assert ask(f"SELECT 9e999 AS a, x'ff00' AS b, '{{\"x\":NaN}}' AS c, '{deep}' AS d, '[1' AS e") == [
        {"a": None, "b": "ff00", "c": '{"x":NaN}', "d": deep, "e": "[1"}
    ]
    rows = [{"n": 1 << 70, "t": "\ud800", 'a"b': 1}]
    assert query_engine.run("SELECT * FROM t", [Table("t", rows)], START).rows == (
        {"n": str(1 << 70), "t": "\\ud800", 'a"b': 1},
    )


JSON = st.recursive(
    st.none()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just("x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc.'\"é", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, min_size=1), min_size=1, max_size=5))
def test_whatever_rows_hold_is_answered_again(rows: list[dict[str, Any]]) -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    answer = query_engine.run("SELECT * FROM t", [Table("t", rows)], START)
    assert [dict(row) for row in answer.rows] == [{name: row.get(name) for name in names} for row in rows]
