"""How fast compiled PQL is, beside the same predicate written by hand in Python.

    python tests/bench/pql_predicates.py [profiles] [rounds]

Prints profiles per second (the best round of several) and the ratio of the two times. Every answer is compared.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from emulator import pql

Profile = Mapping[str, Any]


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


PREDICATES: list[tuple[str, Callable[[Profile], bool]]] = [
    ('homeAddress.country = "US" and age > 30', american_adult),
    ("exists O from orders where O.price > 50", big_order),
    ("orders.exists(price > 50)", big_order),
    ("orders[price > 50]", big_order),
]


def profiles(count: int) -> list[dict[str, Any]]:
    """Nested profiles whose values are spread evenly: one in four is American, orders cost 0 to 60."""
    countries = ("US", "DE", "FR", "JP")
    return [
        {
            "homeAddress": {"country": countries[n % 4], "city": f"city {n % 100}"},
            "age": 18 + n * 7 % 60,
            "orders": [{"price": (n * 13 + k * 17) % 61} for k in range(n % 5)],
        }
        for n in range(count)
    ]


def best(runs: Sequence[Callable[[], None]], rounds: int) -> list[float]:
    """Seconds of the fastest round of each; the runs take turns, so that a busy moment hits them all."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, taken in zip(runs, times, strict=True):
            start = perf_counter()
            run()
            taken.append(perf_counter() - start)
    return [min(taken) for taken in times]


def main(count: int = 200_000, rounds: int = 15) -> None:
    people = profiles(count)
    no_events: Sequence[Profile] = ()
    for expression, by_hand in PREDICATES:
        predicate = pql.compile(expression).predicate
        assert [predicate(person, no_events, 0, None) for person in people] == [by_hand(person) for person in people]

        def run_ours(predicate: Callable[..., bool] = predicate) -> None:
            for person in people:
                predicate(person, no_events, 0, None)

        def run_by_hand(by_hand: Callable[[Profile], bool] = by_hand) -> None:
            for person in people:
                by_hand(person)

        ours, hand = best([run_ours, run_by_hand], rounds)
        rates = f"{count / ours / 1e6:.2f}M/s, by hand {count / hand / 1e6:.2f}M/s"
        print(f"{expression:45} {rates}, {ours / hand:.2f} times its time")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
