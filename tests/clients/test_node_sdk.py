"""Adobe's Node SDK, @adobe/aio-lib-customer-profile, unmodified: what its methods and its swagger client can do."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.clients.conftest import IN_US, SEGMENT_EXPORT, WORKS_IN_US, RunNode, Served

pytestmark = pytest.mark.e2e

PROFILE = {"name": "_xdm.context.profile"}
MARGUERITE = {"entityId": "marguerite.ashdown@example.com", "entityIdNS": "email"}
PQL = {"type": "PQL", "format": "pql/text", "value": 'workAddress.country = "US"'}


class Sdk:
    """Calls of the SDK, a list at a time."""

    def __init__(self, run_node: RunNode, url: str, org: str) -> None:
        self._run_node = run_node
        self._given = {"url": url, "org": org, "key": "client", "token": "token", "sandbox": "prod"}

    def call(self, *calls: dict[str, Any], **given: str) -> list[dict[str, Any]]:
        """The answers of calls; ``given`` is what else the SDK is initialised with: ``token``, ``key``."""
        answers: list[dict[str, Any]] = self._run_node(
            "customer_profile.js", {**self._given, **given, "calls": list(calls)}
        )
        return answers

    def bodies(self, *calls: dict[str, Any]) -> list[Any]:
        """The bodies of calls that all succeed."""
        answers = self.call(*calls)
        assert all(200 <= each.get("status", 0) < 300 for each in answers), answers
        return [each["body"] for each in answers]


@pytest.fixture
def sdk(run_node: RunNode, served: Served) -> Sdk:
    return Sdk(run_node, served.url, served.org)


def own(name: str, **parameters: Any) -> dict[str, Any]:
    """A call of one of the SDK's own methods."""
    return {"name": name, "parameters": parameters}


def swagger(tag: str, operation: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
    """A call of its swagger client, which it exposes as ``sdk``."""
    headers = {"x-request-id": "mine", "x-profile-instance-id": "ups", "Content-Type": "application/json"}
    return {"tag": tag, "operation": operation, "parameters": {**headers, **parameters}, "body": body}


def test_its_own_methods_read_what_there_is(sdk: Sdk) -> None:
    definitions, definition, policies, policy, jobs, exports, schedules = sdk.bodies(
        own("getSegmentsRoute"),
        own("getSegmentRoute", segmentId=WORKS_IN_US),
        own("getConfigMergePolicies"),
        own("getConfigMergePoliciesMergePolicyId", mergePolicyId="mpid1"),
        own("getSegmentJobs"),
        own("getScanJobsRoute"),
        own("getSchedules"),
    )
    assert definition in definitions["segments"]
    assert policy in policies["children"]
    assert (jobs["children"], exports["records"], schedules["children"]) == ([], [], [])


def test_a_person_and_what_they_did_are_read(sdk: Sdk) -> None:
    related = {"relatedEntityId": MARGUERITE["entityId"], "relatedEntityIdNS": MARGUERITE["entityIdNS"]}
    several = {"schema": PROFILE, "identities": [{"entityId": "nobody", "entityIdNS": {"code": "Email"}}]}
    person, entity, events, people = sdk.bodies(
        own("getProfile", **MARGUERITE),
        own("getAccessEntities", **{"schema.name": PROFILE["name"], **MARGUERITE}),
        own("getExperienceEvents", **related, limit=3),
        swagger("Entities", "post_access_entities", several),
    )
    assert person == entity
    assert len(events["children"]) == 3
    assert [each["entity"] for each in people.values()] == [{}]


def test_its_swagger_client_makes_a_definition_a_job_and_an_export(served: Served, sdk: Sdk) -> None:
    (definition,) = sdk.bodies(
        swagger("Segment definitions", "postSegmentRoute", {"name": "Here", "expression": PQL, "schema": PROFILE})
    )
    job, export, preview, schedule, policy = sdk.bodies(
        swagger("Segment jobs", "postSJRRoute", [{"segmentId": definition["id"]}]),
        swagger("Export jobs", "postScanJobRoute", {"destination": {"datasetId": SEGMENT_EXPORT}, "schema": PROFILE}),
        swagger("Previews", "postSessionlessPreviewRoute", {"predicateExpression": PQL["value"]}),
        swagger(
            "Schedules",
            "createSchedule",
            {
                "name": "every night",
                "type": "batch_segmentation",
                "properties": {"segments": ["*"]},
                "schedule": "0 0 1 * * ?",
            },
        ),
        swagger(
            "Merge policies",
            "post",
            {
                "name": "mine",
                "schema": PROFILE,
                "identityGraph": {"type": "none"},
                "attributeMerge": {"type": "timestampOrdered"},
            },
        ),
    )
    assert job["requestId"] == "mine"
    served.advance(seconds=60)
    preview_id, segment_id = preview["previewId"], definition["id"]
    ended, exported, estimate, converted, changed = sdk.bodies(
        swagger("Segment jobs", "get_segment_jobs__segmentJobId_", segmentJobId=job["id"]),
        own("getScanJobRoute", exportJobId=export["id"]),
        own("getEstimateStatusRoute", previewId=preview_id),
        swagger(
            "PQL conversions",
            "postSegmentConversionRoute",
            {"name": "x", "expression": PQL, "schema": PROFILE},
        ),
        swagger(
            "Segment definitions",
            "patchSegmentRoute",
            {"name": "There", "expression": PQL, "schema": PROFILE},
            segmentId=segment_id,
        ),
    )
    assert ended["metrics"]["segmentedProfileCounter"] == {segment_id: IN_US}
    assert exported["status"] == "SUCCEEDED"
    assert estimate["estimatedSize"] == IN_US
    assert converted["expression"]["format"] == "pql/json"
    assert changed["name"] == "There"
    deleted = sdk.call(
        own("deleteSegmentJobsSegmentJobId", segmentJobId=job["id"]),
        own("deleteSessionLessPreviewStatusRoute", previewId=preview_id),
        own("deleteSchedule", SCHEDULE_ID=schedule["id"]),
        own("deleteConfigMergePoliciesMergePolicyId", mergePolicyId=policy["id"]),
        own("deleteSegmentRoute", segmentId=segment_id),
    )
    assert [each.get("status") for each in deleted] == [204, 200, 204, 200, 200]


def test_what_is_not_there_is_told_in_the_sdks_words(sdk: Sdk) -> None:
    families = {
        "ERROR_SEGMENT_DEFINITIONS": own("getSegmentRoute", segmentId="nobody"),
        "ERROR_ESTIMATES": own("getEstimateStatusRoute", previewId="nobody"),
        "ERROR_EXPORT_JOBS": own("getScanJobRoute", exportJobId=1),
        "ERROR_ENTITIES": own("getProfile", entityId="nobody"),
        "ERROR_COMPUTED_ATTRIBUTES": own("listComputedAttributes"),
        "ERROR_PROFILE_SYSTEM_JOBS": own("listDeleteRequests"),
    }
    for family, answer in zip(families, sdk.call(*families.values()), strict=True):
        assert answer["error"].startswith(f"[CustomerProfileAPISDK:{family}] Error 404 - Not Found ({{")


def test_a_bad_token_and_a_bad_key_are_told_as_its_own_tests_expect(run_node: RunNode) -> None:
    emulator = Emulator(strict_auth=True)
    with emulator.serve() as url:
        sdk = Sdk(run_node, url, "STRICT@AdobeOrg")
        token = issue_token(url)
        (bad_token,) = sdk.call(own("getProfile", **MARGUERITE), token="bad_access_token")
        (bad_key,) = sdk.call(own("getProfile", **MARGUERITE), token=token, key="bad_api_key")
        (good,) = sdk.call(own("getProfile", **MARGUERITE), token=token)
    assert "401" in bad_token["error"]
    assert bad_key["error"] == (
        "[CustomerProfileAPISDK:ERROR_ENTITIES] Error 403 - Forbidden "
        '({"error_code":"403003","message":"Api Key is invalid"})'
    )
    assert good["status"] == 200


def issue_token(url: str) -> str:
    import requests

    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret", "scope": "openid"}
    return str(requests.post(f"{url}/ims/token/v3", data=form, timeout=30).json()["access_token"])
