"""What a naive emulator does wrong and real clients suffer from: the test that covers each mistake, by name.

What no client's own test covers is proved here.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from emulator import Emulator
from tests.clients.conftest import UPS, WORKS_IN_US
from tests.for_each import for_each
from tests.services.conftest import Client

CLIENTS, SERVICES = "tests.clients.", "tests.services."

COVERED = {
    "HTML or empty bodies of errors, on which aepp goes round for ever": (
        SERVICES + "test_gateway.test_an_unknown_path_is_404_in_the_familys_shape",
        "tests.contract.test_operations.test_another_method_is_405_in_the_shape_of_the_service",
        CLIENTS + "test_aepp_connection.test_an_unknown_path_is_an_object_that_tells_so",
        CLIENTS + "test_aepp_connection.test_what_is_unknown_or_wrong_is_told_in_an_object",
        CLIENTS + "test_node_sdk.test_what_is_not_there_is_told_in_the_sdks_words",
    ),
    "another page size than 100 for definitions": (
        CLIENTS + "test_aepp_segmentation.test_all_definitions_are_listed_once",
    ),
    '`link.next: null`, `_page.next: ""` or null at the end of a list': (
        CLIENTS + "test_aepp_segmentation.test_export_jobs_are_listed_to_the_end",
        CLIENTS + "test_aepp_segmentation.test_all_audiences_are_listed_once",
    ),
    "merge policies without `_links.next`": (CLIENTS + "test_aepp_profile.test_all_merge_policies_are_listed_once",),
    "`_links.href` in a listing": (
        CLIENTS + "test_aepp_segmentation.test_jobs_are_listed_by_status_without_going_round_in_circles",
        CLIENTS + "test_aepp_segmentation.test_a_schedule_is_made_changed_and_deleted",
    ),
    "a dataset without `classification` or `tags`": (
        CLIENTS + "test_aepp_catalog.test_datasets_are_listed_with_all_that_aepp_makes_of_them",
    ),
    "`pageOffset` equal to `totalPages` in an empty search": (
        CLIENTS + "test_aepp_segmentation.test_a_search_that_finds_nothing_comes_to_an_end",
    ),
    "one form of token request, or one version of its path": (
        SERVICES + "test_ims.test_every_form_gets_a_token",
        CLIENTS + "test_ims_forms.test_a_token_is_issued",
        CLIENTS + "test_aepp_connection.test_the_way_of_oauth_v1_with_its_look_at_the_sandbox",
        CLIENTS + "test_newman.test_a_request_has_the_status_that_adobe_documents",
    ),
    "`expires_in` of 500 s or less": (
        CLIENTS + "test_aepp_connection.test_an_instance_fetches_one_token_for_all_its_calls",
    ),
    "insisting on Accept or Content-Type": (
        SERVICES + "test_gateway.test_a_body_that_clients_are_not_told_to_call_json_is_read_as_json",
        CLIENTS + "test_aepp_profile.test_a_person_is_read_under_each_policy",
        CLIENTS + "test_aepp_catalog.test_a_dataset_is_enabled_and_disabled",
    ),
    "strict slashes, or redirects": (
        SERVICES + "test_gateway.test_a_trailing_slash_makes_no_difference",
        CLIENTS + "test_aepp_profile.test_an_export_job_is_made_from_a_list_of_fields",
    ),
    "links to Adobe's own host in data access": (
        CLIENTS + "test_aepp_catalog.test_an_ndjson_export_is_downloaded_by_its_links",
    ),
    "200 for a bulk-get, or for the change of a schedule": (
        CLIENTS + "test_newman.test_a_request_has_the_status_that_adobe_documents",
    ),
    "`totalCount` of the page instead of the filtered list": (
        CLIENTS + "test_naive_mistakes.test_the_total_is_of_the_filtered_list_whatever_the_page",
    ),
    "objects that show in another sandbox": (CLIENTS + "test_aepp_connection.test_sandboxes_are_isolated",),
}


@for_each("test", sorted({test for tests in COVERED.values() for test in tests}))
def test_the_test_that_covers_a_mistake_is_there(test: str) -> None:
    module, _, name = test.rpartition(".")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/segment/jobs", "status=NEW"),
        ("/audiences", "name=kettle"),
        ("/config/mergePolicies", "identityGraph.type=pdg"),
    ],
)
def test_the_total_is_of_the_filtered_list_whatever_the_page(path: str, query: str) -> None:
    emulator = Emulator()
    client = Client(emulator)
    for seconds in (5, 0, 0):
        client.post(f"{UPS}/segment/jobs", json=[{"segmentId": WORKS_IN_US}])
        emulator.clock.advance(seconds=seconds)
    answer = client.get(f"{UPS}{path}?{query}&limit=1").json
    assert (len(answer["children"]), answer["_page"]["totalCount"]) == (1, 2)
