"""One made-up person: profile fragments and events, as fixture documents. All chance is keyed by seed and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import Any, TypeVar

from emulator.generation.vocabulary import CATEGORIES, COUNTRIES, INTERESTS, TIERS, Country
from emulator.simulation.randomness import draws, integer

T = TypeVar("T")

CUSTOMERS, LOYALTY, WEB = "6a1000000000000000000001", "6a1000000000000000000002", "6a1000000000000000000003"

#: The tenant's own fields live under this name.
TENANT = "_example"

#: How far back events go, in days.
HORIZON = 120

#: The year by which ages are reckoned; a birth date cannot be relative to the start.
_REFERENCE_YEAR = 2026

_MINUTE, _DAY = 60, 86_400

#: How much busier the busiest person can be than the average one.
_BUSIEST = 20

PAGE_VIEW = "web.webpagedetails.pageViews"
VIEW, ADD, PURCHASE = "commerce.productViews", "commerce.productListAdds", "commerce.purchases"

#: From each step of a visit to the next: the chance to go on to the next stage rather than to look around.
_GOES_ON = {PAGE_VIEW: 0.8, VIEW: 0.35, ADD: 0.5, PURCHASE: 1.0}
_NEXT = {PAGE_VIEW: VIEW, VIEW: ADD, ADD: PURCHASE, PURCHASE: PAGE_VIEW}


class Person:
    """A made-up person, the ``number``-th (from 0) of a ``seed``."""

    def __init__(self, seed: int, number: int) -> None:
        self._key = (seed, number)
        self._chance = draws("person", seed, number)
        place, town, first, last = self._chance[:4]
        self.country = _country(place)
        self.town = _pick(self.country.places, town)
        self.first_name, self.last_name = _pick(self.country.first_names, first), _pick(self.country.last_names, last)
        self.crm_id = f"C{number:09d}"
        self.email = f"person.{number}@example.com"

    def fragments(self) -> Iterator[dict[str, Any]]:
        """Answer what the datasets of records know: the customer file of everybody, the programme of its members."""
        _, _, _, _, young, old, day, gender, consent, joined, tier, points, *likes = self._chance
        age = 18 + int(72 * min(young, old) ** 0.9)
        town, region = self.town
        yield {
            "datasetId": CUSTOMERS,
            "identityMap": {"CRMID": [{"id": self.crm_id, "primary": True}], "Email": [{"id": self.email}]},
            "record": {
                "person": {
                    "name": {"firstName": self.first_name, "lastName": self.last_name},
                    "birthDate": f"{_REFERENCE_YEAR - age}-{1 + int(day * 12):02d}-{1 + int(day * 12 % 1 * 28):02d}",
                    "birthYear": _REFERENCE_YEAR - age,
                    "gender": "female" if gender < 0.49 else "male" if gender < 0.98 else "non_specific",
                },
                "homeAddress": {"city": town, "stateProvince": region, "country": self.country.code},
                "personalEmail": {"address": self.email},
                "preferredLanguage": self.country.language,
                "consents": {"marketing": {"email": {"val": "y" if consent < 0.62 else "n"}}},
                TENANT: {"interests": sorted({_pick(INTERESTS, each) for each in likes[:3]})},
            },
            "ingestTime": _before_start(int(joined * 900 * _DAY) + HORIZON * _DAY),
        }
        for name, share, least in TIERS:
            if tier < share:
                yield {
                    "datasetId": LOYALTY,
                    "identityMap": {"Email": [{"id": self.email, "primary": True}]},
                    "record": {"loyalty": {"tier": name, "points": least + int(points * points * (least + 1_000))}},
                    "ingestTime": _before_start(int(joined * HORIZON * _DAY)),
                }
                return
            tier -= share

    def events(self, mean: float) -> Iterator[dict[str, Any]]:
        """Answer what the person did in the last 120 days, about ``mean`` events: many do little, a few do much."""
        remaining = _how_many(mean, *draws("activity", *self._key)[:2])
        device = {
            "ECID": [{"id": f"{integer(10**38, 'device', *self._key):038d}", "primary": True}],
            "CRMID": [{"id": self.crm_id}],
        }
        visit = 0
        while remaining > 0:
            began, length, category, *steps = draws("visit", *self._key, visit)
            stages = _stages(steps[: min(remaining, 1 + int(length * length * 7))])
            at = int(began**1.6 * (HORIZON - 1) * _DAY) + len(stages) * 8 * _MINUTE
            for position, (stage, step) in enumerate(zip(stages, steps, strict=False)):
                yield self._event(f"{visit}-{position}", stage, _pick(CATEGORIES, category), step, at, device)
                at -= _MINUTE + int(step * 7 * _MINUTE)
            remaining -= len(stages)
            visit += 1

    def _event(
        self, id: str, stage: str, category: tuple[str, str, int, int], chance: float, at: int, device: dict[str, Any]
    ) -> dict[str, Any]:
        shelf, sku, cheapest, dearest = category
        record: dict[str, Any] = {"eventType": stage, TENANT: {"category": shelf}}
        if stage == PAGE_VIEW:
            record["web"] = {"webPageDetails": {"name": shelf.capitalize(), "pageViews": {"value": 1}}}
        else:
            item = int(chance * 1_000_000) % 40
            price = cheapest + (dearest - cheapest) * item // 40
            record["productListItems"] = [{"SKU": f"{sku}-{item:02d}", "quantity": 1, "priceTotal": price}]
            measure = stage.partition(".")[2]
            record["commerce"] = {measure: {"value": 1}}
            if stage == PURCHASE:
                record["commerce"]["order"] = {"priceTotal": price, "currencyCode": self.country.currency}
        return {
            "datasetId": WEB,
            "identityMap": device,
            "eventId": f"{self.crm_id}-{id}",
            "timestamp": _before_start(at),
            "record": record,
        }


def _stages(chances: Sequence[float]) -> list[str]:
    """Answer the event types of a visit: from looking at a page to, perhaps, buying."""
    stages = [PAGE_VIEW]
    for chance in chances[1:]:
        now = stages[-1]
        stages.append(_NEXT[now] if chance < _GOES_ON[now] else VIEW)
    return stages


def _how_many(mean: float, chance: float, rounding: float) -> int:
    """Answer a number from an exponential distribution, whole, with its mean kept."""
    return int(min(-mean * log(1 - chance), _BUSIEST * mean) + rounding)


def _country(chance: float) -> Country:
    for country in COUNTRIES:
        if chance < country.share:
            return country
        chance -= country.share
    return COUNTRIES[0]


def _pick(choices: Sequence[T], chance: float) -> T:
    return choices[int(chance * len(choices))]


def _before_start(seconds: int) -> str:
    """Answer the instant so many seconds before the start of the universe."""
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, 60 * _MINUTE)
    minutes, left = divmod(rest, _MINUTE)
    return f"@start-P{days}DT{hours}H{minutes}M{left}S"
