"""Metrics of audiences: kept of either kind by either id, the last report counts, a faulty one keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import audience_metrics, audiences, segment_definitions
from emulator.resources.audiences import ExternalAudience
from emulator.resources.space import Space
from tests.resources.audience_cases import external, platform, refusal, wire
from tests.resources.population_cases import START, make_space


@pytest.fixture
def space() -> Space:
    return make_space()


def report(audience_id: str, namespace: str, pointer: str = "/metrics/data", **value: Any) -> dict[str, Any]:
    operation = {"op": "add", "path": pointer, "value": value or {"totalProfiles": 11037}}
    return {"audienceId": audience_id, "namespace": namespace, "operations": [operation]}


def reported(*resources: Any, **members: Any) -> dict[str, Any]:
    return {"jobId": "12345", "jobType": "AO", "resources": list(resources), **members}


def test_metrics_are_kept_of_either_kind_by_either_id(space: Space) -> None:
    made = audiences.create(space, platform(), START)
    outside = audiences.create(space, external("origin-id"), START)
    outcomes = audience_metrics.record(
        space,
        reported(
            report(made.id, "AEPSegments"),
            report("origin-id", "AAM"),
            report(outside.id, "aam", "/recordMetrics/data", recordCount=7),
            report("origin-id", "other"),
        ),
        START + 5000,
    )
    assert [refusal and refusal.status for _, refusal in outcomes] == [None, None, None, 404]
    shown = wire(space, audiences.find(space, outside.id))
    assert shown["metrics"] == {
        "type": "AO",
        "jobId": "12345",
        "id": outside.id,
        "data": {"totalProfiles": 11037},
        "createEpoch": START // 1000 + 5,
        "updateEpoch": START // 1000 + 5,
    }
    assert shown["recordMetrics"]["data"] == {"recordCount": 7}
    assert shown["updateTime"] == START
    assert wire(space, audiences.find(space, made.id))["metrics"]["data"] == {"totalProfiles": 11037}


def test_the_last_report_of_an_audience_counts(space: Space) -> None:
    made = audiences.create(space, external("a"), START)
    audience_metrics.record(space, reported(report("a", "aam"), report("a", "aam", totalProfiles=523)), START)
    audience_metrics.record(space, reported(report("a", "aam", totalProfiles=9), jobType="export"), START + 9000)
    metrics = audiences.find(space, made.id).metrics["metrics"]
    assert (metrics["type"], metrics["data"]) == ("export", {"totalProfiles": 9})
    assert (metrics["createEpoch"], metrics["updateEpoch"]) == (START // 1000, START // 1000 + 9)


def test_metrics_outlive_a_change_of_the_audience(space: Space) -> None:
    made = audiences.create(space, platform(), START)
    audience_metrics.record(space, reported(report(made.id, "AEPSegments")), START)
    segment_definitions.overwrite(space, made.id, platform("New", schema={"name": "_xdm.context.profile"}), START)
    assert "metrics" in wire(space, audiences.find(space, made.id))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        reported(),
        reported("a"),
        reported(report("a", "aam"), jobType="import"),
        reported(report("a", "aam"), jobId=5),
        reported(report("a", "aam"), {"audienceId": "a", "namespace": "aam"}),
        reported(report("a", "aam"), report("", "aam")),
        reported(report("a", "aam", "/name")),
        reported(report("a", "aam", totalProfiles="many")),
        reported(report("a", "aam", totalProfiles=True)),
        reported(report("a", "aam", "/recordMetrics/data", totalProfiles=1)),
        reported({"audienceId": "a", "namespace": "aam", "operations": [{"op": "replace"}]}),
        reported({"audienceId": "a", "namespace": "aam", "operations": [{"op": "add", "path": ["/metrics/data"]}]}),
    ],
    ids=str,
)
def test_a_faulty_report_keeps_nothing(space: Space, sent: dict[str, Any]) -> None:
    made = audiences.create(space, external("a"), START)
    assert refusal(audience_metrics.record, space, sent, START).status == 400
    assert audiences.find(space, made.id) is made
    assert isinstance(made, ExternalAudience)
