"""The union schema over HTTP: it describes what the population holds, and holds for all of it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from emulator import Emulator
from tests.services.conftest import Client

UNIONS = "/data/foundation/schemaregistry/tenant/unions"
UNION = "https://ns.adobe.com/xdm/context/profile__union"
ALTERNATIVE = "_xdm.context.profile__union"
LOOKUP = "/data/core/ups/access/entities"


@pytest.mark.parametrize("schema_id", [quote(UNION, safe=""), ALTERNATIVE])
def test_it_is_found_by_either_id(client: Client, schema_id: str) -> None:
    answer = client.get(f"{UNIONS}/{schema_id}")
    assert answer.status_code == 200
    schema = answer.json
    assert (schema["$id"], schema["meta:altId"], schema["meta:resourceType"]) == (UNION, ALTERNATIVE, "unions")
    assert schema["meta:class"] == "https://ns.adobe.com/xdm/context/profile"


def test_every_profile_and_every_event_satisfies_it(emulator: Emulator, client: Client) -> None:
    from jsonschema_rs import Draft202012Validator

    schema = client.get(f"{UNIONS}/{ALTERNATIVE}").json
    validator = Draft202012Validator(schema)
    population = emulator.world("TEST@AdobeOrg").spaces["prod"].population
    assert len(population.fragments) > 100
    assert len(population.events) > 100
    for fragment in population.fragments:
        assert validator.is_valid(fragment.record)
        assert fragment.record.keys() <= schema["properties"].keys()
    events = schema["properties"]["timeSeriesEvents"]["items"]
    event_validator = Draft202012Validator(events)
    for event in population.events:
        assert event_validator.is_valid(event.document)
        assert event.document.keys() <= events["properties"].keys()
    assert not validator.is_valid({"person": "somebody"})


def test_fields_of_fixtures_turn_up_with_every_type_they_hold(emulator: Emulator, client: Client) -> None:
    identity = {"Email": [{"id": "new@example.com", "primary": True}]}
    records = [{"odd": 1}, {"odd": 1.5}, {"mixed": 1}, {"mixed": {"a": True}}, {"list": [{"x": "y"}, {"z": None}]}]
    profiles = [{"identityMap": identity, "record": record} for record in records]
    emulator.org("TEST@AdobeOrg").load({"profiles": profiles})
    properties = client.get(f"{UNIONS}/{ALTERNATIVE}").json["properties"]
    assert properties["odd"] == {"type": "number"}
    assert properties["mixed"] == {"type": ["integer", "object"], "properties": {"a": {"type": "boolean"}}}
    assert properties["list"] == {
        "type": "array",
        "items": {"type": "object", "properties": {"x": {"type": "string"}, "z": {}}},
    }
    assert "odd" not in client.get(f"{UNIONS}/{ALTERNATIVE}", headers={"x-sandbox-name": "dev"}).json["properties"]
