"""How fast compiled PQL is: beside the same predicate written by hand in Python, in JMESPath and in CEL, in one run.

Profiles per second (the best of several rounds, the contestants taking turns) and the ratio to the predicate by hand.
Every answer is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from emulator import pql
from tests.bench.findings import Findings, Table, written
from tests.bench.measuring import Scale, in_turn
from tests.bench.processes import is_installed

Profile = Mapping[str, Any]
Predicate = Callable[[Profile], Any]
Language = Callable[["Case", Sequence[Profile]], tuple[Predicate, Sequence[Any]]]

#: The slow peers get this share of the profiles, or a run would take minutes.
PEERS_SHARE = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One predicate in four languages."""

    pql: str
    by_hand: Predicate
    jmespath: str
    cel: str


def american_adult(profile: Profile) -> bool:
    address = profile.get("homeAddress")
    if address is None or address.get("country") != "US":
        return False
    age = profile.get("age")
    return age is not None and age > 30


def big_order(profile: Profile) -> bool:
    for order in profile.get("orders") or ():
        price = order.get("price")
        if price is not None and price > 50:
            return True
    return False


def small_orders(profile: Profile) -> bool:
    for order in profile.get("orders") or ():
        price = order.get("price")
        if price is None or price >= 60:
            return False
    return True


def near(profile: Profile) -> bool:
    address = profile.get("homeAddress")
    return address is not None and address.get("country") in ("US", "DE")


def charitable_or_young(profile: Profile) -> bool:
    email, age = profile.get("email"), profile.get("age")
    return (email is not None and email.endswith(".org")) or (age is not None and age < 25)


def frequent(profile: Profile) -> bool:
    return len(profile.get("orders") or ()) >= 3


CASES = (
    Case(
        'homeAddress.country = "US" and age > 30',
        american_adult,
        "homeAddress.country == 'US' && age > `30`",
        'homeAddress.country == "US" && age > 30',
    ),
    Case(
        "exists O from orders where O.price > 50",
        big_order,
        "length(orders[?price > `50`]) > `0`",
        "orders.exists(o, o.price > 50)",
    ),
    Case(
        "orders.forall(price < 60)",
        small_orders,
        "length(orders[?price >= `60`]) == `0`",
        "orders.all(o, o.price < 60)",
    ),
    Case(
        'homeAddress.country in ["US", "DE"]',
        near,
        "contains(['US', 'DE'], homeAddress.country)",
        'homeAddress.country in ["US", "DE"]',
    ),
    Case(
        'email.endsWith(".org") or age < 25',
        charitable_or_young,
        "ends_with(email, '.org') || age < `25`",
        'email.endsWith(".org") || age < 25',
    ),
    Case("orders.count() >= 3", frequent, "length(orders) >= `3`", "size(orders) >= 3"),
)


def profiles(count: int) -> list[dict[str, Any]]:
    """Answer nested profiles whose values are spread evenly: one in four is American, orders cost 0 to 60."""
    countries = ("US", "DE", "FR", "JP")
    return [
        {
            "homeAddress": {"country": countries[n % 4], "city": f"city {n % 100}"},
            "email": f"p{n}@example.{'org' if n % 5 == 0 else 'com'}",
            "age": 18 + n * 7 % 60,
            "orders": [{"price": (n * 13 + k * 17) % 61} for k in range(n % 5)],
        }
        for n in range(count)
    ]


def by_jmespath(case: Case, few: Sequence[Profile]) -> tuple[Predicate, Sequence[Any]]:
    """Answer the predicate in JMESPath, and the profiles."""
    import jmespath

    compiled = jmespath.compile(case.jmespath)
    return compiled.search, few


def by_cel(case: Case, few: Sequence[Profile]) -> tuple[Predicate, Sequence[Any]]:
    """Answer the predicate in the Common Expression Language, and the profiles made CEL's own beforehand."""
    import celpy
    from celpy.adapter import json_to_cel

    environment = celpy.Environment()
    program = environment.program(environment.compile(case.cel))
    return program.evaluate, [json_to_cel(dict(person)) for person in few]


def ours(predicate: Callable[..., bool]) -> Predicate:
    """Answer a compiled query as a predicate over profiles alone."""
    return lambda profile: predicate(profile, (), 0, None)


def seconds(answer: Predicate, persons: Sequence[Any]) -> float:
    """Answer the seconds that it takes to ask about all of ``persons``."""
    start = perf_counter()
    for person in persons:
        answer(person)
    return perf_counter() - start


def measure(scale: Scale) -> Findings:
    """Measure."""
    people = profiles(scale.of(200_000, 20_000))
    rounds = scale.of(7, 3)
    peers = {
        name: language
        for name, module, language in (("JMESPath", "jmespath", by_jmespath), ("CEL", "celpy", by_cel))
        if is_installed(module)
    }
    few = people[: len(people) // PEERS_SHARE]
    rows = []
    for case in CASES:
        answers = [bool(case.by_hand(person)) for person in few]
        mine = ours(pql.compile(case.pql).predicate)
        turns = in_turn({answer: partial(seconds, answer, people) for answer in (mine, case.by_hand)}, rounds)
        fastest, by_hand = (min(taken) for taken in turns.values())
        rates: list[float | None] = [len(people) / fastest / 1000, len(people) / by_hand / 1000]
        for name in ("JMESPath", "CEL"):
            rates.append(_rate(case, peers[name], few, answers) if name in peers else None)
        rows.append([f"`{case.pql}`", *(written(rate, 1) for rate in rates), f"{fastest / by_hand:.2f}x"])
    return Findings(
        tables=[
            Table(
                "Thousand profiles a second",
                ["predicate", "ours", "by hand in Python", "JMESPath", "CEL", "ours, of the time by hand"],
                rows,
            )
        ]
    )


def _rate(case: Case, language: Language, few: Sequence[Profile], answers: Sequence[bool]) -> float:
    answer, persons = language(case, few)
    assert [bool(answer(person)) for person in persons] == answers, case.pql
    return len(persons) / seconds(answer, persons) / 1000
