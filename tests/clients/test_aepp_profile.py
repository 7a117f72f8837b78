"""aepp's Profile class, unmodified: merge policies, profile access, export jobs."""

from __future__ import annotations

from typing import Any

import pytest
from aepp.customerprofile import Profile

from tests.clients.conftest import SEGMENT_EXPORT, Connect, Served
from tests.for_each import for_each

DEFAULT_POLICY = "e161dae9-52f0-4c7f-b264-dc43dd903d56"
MARGUERITE = "marguerite.ashdown@example.com"
POLICY = {
    "name": "mine",
    "schema": {"name": "_xdm.context.profile"},
    "identityGraph": {"type": "none"},
    "attributeMerge": {"type": "timestampOrdered"},
}


@pytest.fixture
def profile(connect: Connect) -> Any:
    return connect(Profile)


def city(entity: Any) -> str:
    (found,) = entity.values()
    return str(found["entity"]["homeAddress"]["city"])


# -- merge policies


@for_each("limit", [1, 2, 3, 100])
def test_all_merge_policies_are_listed_once(profile: Any, limit: int) -> None:
    found = [each["id"] for each in profile.getMergePolicies(limit=limit)]
    assert sorted(found) == [DEFAULT_POLICY, "e5bc94de-cd14-4cdf-a2bc-88b6e8cbfac2", "mpid1"]


def test_a_merge_policy_is_made_changed_and_deleted(profile: Any) -> None:
    made = profile.createMergePolicy(POLICY)
    assert profile.getMergePolicy(made["id"]) == made
    replaced = profile.updateMergePolicy(made["id"], {**made, "name": "renamed"})
    assert (replaced["name"], replaced["version"]) == ("renamed", made["version"] + 1)
    patched = profile.patchMergePolicy(made["id"], [{"op": "add", "path": "/identityGraph.type", "value": "pdg"}])
    assert patched["identityGraph"] == {"type": "pdg"}
    assert profile.deleteMergePolicy(made["id"]) == 200
    assert profile.getMergePolicy(made["id"])["status"] == 404


def test_the_policy_that_is_active_on_edge_is_found(profile: Any) -> None:
    made = profile.createMergePolicy({**POLICY, "isActiveOnEdge": True})
    assert profile.getMergePolicyActiveOnEdge()["id"] == made["id"]


# -- profile access


def test_a_person_is_read_under_each_policy(profile: Any) -> None:
    assert city(profile.getEntity(entityId=MARGUERITE, entityIdNS="email")) == "Astoria"
    assert city(profile.getEntity(entityId=MARGUERITE, entityIdNS="email", mergePolicyId="mpid1")) == "Hood River"
    (found,) = profile.getEntity(entityId=MARGUERITE, entityIdNS="email", fields="person.name.lastName").values()
    assert found["entity"] == {"person": {"name": {"lastName": "Ashdown"}}}


def test_several_people_are_read_at_once(profile: Any) -> None:
    identities = [{"entityId": each, "entityIdNS": {"code": "Email"}} for each in (MARGUERITE, "nobody@example.com")]
    found = profile.getEntities({"schema": {"name": "_xdm.context.profile"}, "identities": identities})
    assert [each["entity"] != {} for each in found.values()] == [True, False]


@for_each("limit", [1, 4, 1000])
def test_all_events_of_a_person_are_read_once(profile: Any, limit: int) -> None:
    everything = profile.getEntityEvents(MARGUERITE, "Email")
    assert len(everything) > 4
    assert len({each["entityId"] for each in everything}) == len(everything)
    assert profile.getEntityEvents(MARGUERITE, "Email", limit=limit) == everything
    by_schema = profile.getEntity("_xdm.context.experienceevent", MARGUERITE, "Email", limit=limit)
    assert by_schema == everything


def test_events_are_filtered_by_time(profile: Any) -> None:
    everything = profile.getEntityEvents(MARGUERITE, "Email")
    begin, end = everything[1]["timestamp"], everything[3]["timestamp"]
    assert profile.getEntityEvents(MARGUERITE, "Email", startTime=begin, endTime=end) == everything[1:3]


def test_a_person_is_erased(profile: Any) -> None:
    assert profile.deleteEntity("_xdm.context.profile", MARGUERITE, "Email") == 202
    assert profile.getEntity(entityId=MARGUERITE, entityIdNS="Email") == {"statusCode": "404"}


# -- export jobs


def test_an_export_job_is_made_from_a_list_of_fields(served: Served, profile: Any) -> None:
    made = profile.createExportJob(
        fields=["identities.id", "homeAddress.city"], mergePolicyId=DEFAULT_POLICY, datasetId=SEGMENT_EXPORT
    )
    assert made["fields"] == "identities.id,homeAddress.city"
    served.advance(seconds=60)
    assert profile.getExportJob(made["id"])["status"] == "SUCCEEDED"
    second = profile.createExportJob({"destination": {"datasetId": SEGMENT_EXPORT}, "schema": POLICY["schema"]})
    assert profile.deleteExportJob(second["id"]) == 200
    listed = profile.getExportJobs(limit=1)
    assert [each["id"] for each in listed["records"]] == [second["id"]]
    assert served.universe.requests[-1].path == "/data/core/ups/export/jobs/"


# -- the sample of the store


def test_the_sample_of_the_store_is_reported(profile: Any) -> None:
    assert profile.getPreviewStatus()["status"] == "TASK_FINISHED"
    by_dataset = {each["name"]: each["sampleCount"] for each in profile.getPreviewDataSet()}
    assert by_dataset["Customers"] == 132
    assert len(profile.getPreviewDataSet(output="df")) == len(by_dataset)
    assert {"CRMID", "Email"} <= {each["code"] for each in profile.getPreviewNamespace()}
