"""How fast compiled PQL is: beside the same predicate written by hand in Python, in JMESPath and in CEL, in one run.

    make bench
    python -m tests.bench.pql_predicates [profiles] [rounds]

Prints profiles per second (the best of several rounds, the contestants taking turns) and the ratio to the predicate by
hand. Every answer is compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from emulator import pql

Profile = Mapping[str, Any]
Predicate = Callable[[Profile], Any]

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


def by_jmespath(expression: str) -> Predicate:
    """Answer the predicate in JMESPath."""
    import jmespath

    compiled = jmespath.compile(expression)
    return lambda profile: compiled.search(profile)


def by_cel(expression: str) -> Predicate:
    """Answer the predicate in the Common Expression Language, over profiles that were made CEL's own beforehand."""
    import celpy

    environment = celpy.Environment()
    program = environment.program(environment.compile(expression))
    return lambda profile: program.evaluate(dict(profile))


def ours(predicate: Callable[..., bool]) -> Predicate:
    """Answer a compiled query as a predicate over profiles alone."""
    return lambda profile: predicate(profile, (), 0, None)


def best(runs: Sequence[Callable[[], None]], rounds: int) -> list[float]:
    """Answer the seconds of the fastest round of each; the runs take turns, so that a busy moment hits them all."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, taken in zip(runs, times, strict=True):
            start = perf_counter()
            run()
            taken.append(perf_counter() - start)
    return [min(taken) for taken in times]


def main(count: int = 200_000, rounds: int = 7) -> None:
    """Measure and print."""
    from celpy.adapter import json_to_cel

    people = profiles(count)
    few = people[: count // PEERS_SHARE]
    of_cel = [json_to_cel(person) for person in few]
    no_events: Sequence[Profile] = ()
    print(f"{'expression':45} {'ours':>9} {'by hand':>9} {'jmespath':>9} {'cel':>9}   ours / by hand (times)")
    for case in CASES:
        predicate = pql.compile(case.pql).predicate
        contestants: list[tuple[Predicate, Sequence[Any]]] = [
            (ours(predicate), people),
            (case.by_hand, people),
            (by_jmespath(case.jmespath), few),
            (by_cel(case.cel), of_cel),
        ]
        answers = [bool(case.by_hand(person)) for person in few]
        for answer, persons in contestants:
            assert [bool(answer(person)) for person in persons[: len(few)]] == answers, case.pql

        def run_ours(predicate: Callable[..., bool] = predicate) -> None:
            for person in people:
                predicate(person, no_events, 0, None)

        def running(answer: Predicate, persons: Sequence[Any]) -> Callable[[], None]:
            def run() -> None:
                for person in persons:
                    answer(person)

            return run

        runs = [run_ours, *(running(answer, persons) for answer, persons in contestants[1:])]
        taken = best(runs[:2], rounds) + best(runs[2:], 1)
        sizes = [len(persons) for _, persons in contestants]
        rates = [size / seconds for size, seconds in zip(sizes, taken, strict=True)]
        shown = " ".join(f"{rate / 1e6:8.2f}M" if rate >= 1e5 else f"{rate / 1e3:8.1f}k" for rate in rates)
        print(f"{case.pql:45} {shown}   {taken[0] / taken[1]:.2f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
