"""Near misses: what a request that got 404 or 400 probably meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.journal import Exchange, Sent
from emulator.web.operations import OPERATIONS
from emulator.web.resemblance import id_like, is_one_slip_apart, operation_like
from tests.for_each import for_each
from tests.services.conftest import EXPORT, UPS, Client

WORKS_IN_US = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
AAM = "4edc8488-2c35-4f6d-b4c6-9075c68d2df4"
IN_DEV = "cd585edf-962d-420d-94ad-3be03e619ac2"
PROFILE = "schema.name=_xdm.context.profile"


def missed(emulator: Emulator, client: Client, method: str, path: str, **options: Any) -> str | None:
    assert client.request(method, path, **options).status_code in (400, 404)
    return emulator.near_miss(emulator.requests[-1])


@for_each(
    "method, path, meant",
    [
        ("GET", f"{UPS}/segment/job", f"GET {UPS}/segment/jobs"),
        ("GET", "/segment/jobs", f"GET {UPS}/segment/jobs"),
        ("GET", "/data/core/segment/jobs/7", f"GET {UPS}/segment/jobs/{{SEGMENT_JOB_ID}}"),
        ("GET", f"{UPS}//segment/jobs", f"GET {UPS}/segment/jobs"),
        ("GET", f"{UPS}/config/mergepolicies", f"GET {UPS}/config/mergePolicies"),
        ("POST", f"{UPS}/segment/definition", f"POST {UPS}/segment/definitions"),
        ("PUT", f"{UPS}/segment/job", f"GET {UPS}/segment/jobs"),
        ("GET", f"{UPS}/segment/jobs/7/status", f"GET {UPS}/segment/jobs/{{SEGMENT_JOB_ID}}"),
        ("GET", "/data/foundation/catalog/datasets/7", "GET /data/foundation/catalog/dataSets/{DATASET_ID}"),
    ],
)
def test_a_path_that_is_nearly_an_operations(
    emulator: Emulator, client: Client, method: str, path: str, meant: str
) -> None:
    assert missed(emulator, client, method, path) == f"no operation at {path}; did you mean {meant}?"


@pytest.mark.parametrize("path", ["/", f"{UPS}/nothing", f"{UPS}/nothing/7", "/favicon.ico", "/api/v1/users"])
def test_a_path_that_is_far_from_all(emulator: Emulator, client: Client, path: str) -> None:
    assert missed(emulator, client, "GET", path) is None


@for_each(
    "path, told",
    [
        (f"config/schedules/{IN_DEV}", "no schedule `{id}` in sandbox `prod`; sandbox `dev` has it"),
        (
            f"segment/jobs/{WORKS_IN_US}",
            "no segment job `{id}` in sandbox `prod`; it is the id of a segment definition",
        ),
        (f"segment/definitions/{AAM}", "no segment definition `{id}` in sandbox `prod`; it is the id of an audience"),
        (
            f"segment/definitions/{WORKS_IN_US.upper()}",
            f"no segment definition `{{id}}` in sandbox `prod`; did you mean `{WORKS_IN_US}`, which differs in case?",
        ),
        (
            f"audiences/{WORKS_IN_US[:-1]}6",
            f"no audience `{{id}}` in sandbox `prod`; did you mean `{WORKS_IN_US}`, which differs in one character?",
        ),
        (
            f"segment/definitions/{WORKS_IN_US[:12]}",
            f"no segment definition `{{id}}` in sandbox `prod`; did you mean `{WORKS_IN_US}`, which goes on?",
        ),
        (
            f'segment/definitions/"{WORKS_IN_US}"',
            f"no segment definition `{{id}}` in sandbox `prod`; did you mean `{WORKS_IN_US}`, "
            "without the quotes or blanks?",
        ),
        (
            "segment/jobs/None",
            "no segment job `None` in sandbox `prod`: that is no id; the client had no value to put there",
        ),
        (
            "config/schedules/{SCHEDULE_ID}",
            "no schedule `{{SCHEDULE_ID}}` in sandbox `prod`: that is no id; the client had no value to put there",
        ),
        ("export/jobs/1", "no export job `1` in sandbox `prod`, which has none"),
        ("segment/definitions/zzz", "no segment definition `zzz` in sandbox `prod`, which has 21 others"),
        (
            "config/mergePolicies/mpid",
            "no merge policy `mpid` in sandbox `prod`; did you mean `mpid1`, which differs in one character?",
        ),
    ],
)
def test_an_id_that_is_not_there(emulator: Emulator, client: Client, path: str, told: str) -> None:
    assert missed(emulator, client, "GET", f"{UPS}/{path}") == told.format(id=path.rpartition("/")[2])


def test_an_id_of_another_organisation(emulator: Emulator, client: Client) -> None:
    other = {"x-gw-ims-org-id": "OTHER@AdobeOrg"}
    job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": WORKS_IN_US}], headers=other).json["id"]
    told = missed(emulator, client, "GET", f"{UPS}/segment/jobs/{job}")
    assert told == f"no segment job `{job}` in sandbox `prod`; organisation `OTHER@AdobeOrg` has it"


def test_an_id_that_was_deleted(emulator: Emulator, client: Client) -> None:
    path = f"{UPS}/segment/definitions/47c7da86-e79e-4152-823d-78d7f30f97df"
    client.get(path)
    assert client.delete(path).status_code == 200
    told = missed(emulator, client, "GET", path)
    assert told is not None
    assert told.endswith("in sandbox `prod`; request 2 deleted it")


def test_ids_in_a_body(emulator: Emulator, client: Client) -> None:
    told = missed(
        emulator,
        client,
        "POST",
        f"{UPS}/segment/jobs",
        json=[{"segmentId": f"{WORKS_IN_US[:-1]}6"}, {"segmentId": WORKS_IN_US}, {"segmentId": AAM}],
    )
    assert told == (
        f"no segment definition `{WORKS_IN_US[:-1]}6` in sandbox `prod`; did you mean `{WORKS_IN_US}`, which differs "
        f"in one character?; no segment definition `{AAM}` in sandbox `prod`; it is the id of an audience"
    )


def test_a_merge_policy_in_a_body_and_in_a_query(emulator: Emulator, client: Client) -> None:
    export = {**EXPORT, "mergePolicy": {"id": "mpid2", "version": 1}}
    told = "no merge policy `mpid2` in sandbox `prod`; did you mean `mpid1`, which differs in one character?"
    assert missed(emulator, client, "POST", f"{UPS}/export/jobs", json=export) == told
    query = f"{PROFILE}&entityId=CRM-10001&entityIdNS=CRMID&mergePolicyId=mpid2"
    assert missed(emulator, client, "GET", f"{UPS}/access/entities?{query}") == told


def test_a_member_that_is_misspelt(emulator: Emulator, client: Client) -> None:
    told = missed(emulator, client, "POST", f"{UPS}/segment/jobs", json=[{"segmentID": WORKS_IN_US}])
    assert told == "the body has `segmentID`; the member is `segmentId`"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-sandbox-name": "prd"}, "no sandbox `prd`; did you mean `prod`?"),
        ({"x-sandbox-name": "stage"}, "no sandbox `stage`; there is `dev`, `prod`"),
        ({"x-sandbox-name": None}, "no header x-sandbox-name"),
        ({"x-sandbox-name": None, "x-sandbox": "prod"}, "no header x-sandbox-name; the request has x-sandbox"),
        ({"x-gw-ims-org-id": None}, "no header x-gw-ims-org-id"),
        (
            {"x-gw-ims-org-id": None, "x-gw-ims-orgid": "A"},
            "no header x-gw-ims-org-id; the request has x-gw-ims-orgid",
        ),
    ],
)
def test_headers_that_are_missing_or_wrong(
    emulator: Emulator, client: Client, headers: dict[str, str | None], told: str
) -> None:
    assert missed(emulator, client, "GET", f"{UPS}/segment/jobs", headers=headers) == told


def test_a_sandbox_that_is_asked_for_itself(emulator: Emulator, client: Client) -> None:
    path = "/data/foundation/sandbox-management/sandboxes/Prod"
    assert missed(emulator, client, "GET", path) == "no sandbox `Prod`; did you mean `prod`?"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("entityId=CRM-10001&entityIdNS=Email", "no profile with Email `CRM-10001` in sandbox `prod`; "
         "there is CRMID `CRM-10001`: that is its namespace"),
        ("entityId=CRM-10001", "no profile with XID `CRM-10001` in sandbox `prod`; "
         "there is CRMID `CRM-10001`: name it in entityIdNS"),
        ("entityId=CRM-1001&entityIdNS=CRMID", "no profile with CRMID `CRM-1001` in sandbox `prod`; "
         "did you mean `CRM-10001`, which differs in one character?"),
        ("entityId=Marguerite.ashdown@example.com&entityIdNS=Email", "no profile with Email "
         "`Marguerite.ashdown@example.com` in sandbox `prod`; "
         "did you mean `marguerite.ashdown@example.com`, which differs in case?"),
        ("entityId=marguerite.ashdown@example.com&entityIdNS=Email&mergePolicyId=mpid1", None),
    ],
)  # fmt: skip
def test_people(emulator: Emulator, client: Client, query: str, told: str | None) -> None:
    answer = client.get(f"{UPS}/access/entities?{PROFILE}&{query}")
    assert answer.status_code == (200 if told is None else 404)
    assert emulator.near_miss(emulator.requests[-1]) == told


@pytest.mark.parametrize("status", [200, 403, 429, 500])
def test_other_statuses_have_none(emulator: Emulator, status: int) -> None:
    asked = Sent((), b"")
    assert (
        emulator.near_miss(Exchange(1, 0, "GET", "/segment/jobs", "", None, status, None, None, asked, asked)) is None
    )


def test_an_organisation_is_not_made_by_asking(emulator: Emulator, client: Client) -> None:
    client.get(f"{UPS}/segment/jobs/x")
    exchange = emulator.requests[-1]
    emulator.reset()
    assert emulator.near_miss(exchange) == "no segment job `x` in sandbox `prod`, which has none"
    assert [each.org for each in emulator.worlds()] == [""]


@pytest.fixture(scope="module")
def shared() -> Emulator:
    return Emulator()


@given(
    operation=st.sampled_from(OPERATIONS),
    variable=st.text(max_size=12),
    query=st.text(max_size=30),
    body=st.text(max_size=40) | st.sampled_from(['{"mergePolicy": {"id": 5}}', '[{"segmentId": [null, {}]}]', "[[[[{"]),
    status=st.sampled_from([400, 404]),
    sandbox=st.none() | st.sampled_from(["prod", "dev", "", "x"]),
)
@example(OPERATIONS[0], "", "mergePolicyId=%ff&entityId", '{"segments": {"id": {}}}', 400, None)
def test_no_request_is_too_strange(
    shared: Emulator, operation: Any, variable: str, query: str, body: str, status: int, sandbox: str | None
) -> None:
    path = "/".join(variable if each.startswith("{") else each for each in operation.path.split("/"))
    fields = () if sandbox is None else ("X-Sandbox-Name", sandbox)
    asked, answered = Sent(fields, body.encode()), Sent((), body.encode())
    exchange = Exchange(1, 0, operation.method, path, query, operation.id, status, "O", sandbox, asked, answered)
    told = shared.near_miss(exchange)
    assert told is None or told


# -- resemblance


@given(st.text(min_size=1, max_size=8), st.integers(0, 7), st.characters())
def test_one_slip(word: str, at: int, letter: str) -> None:
    at %= len(word)
    assert not is_one_slip_apart(word, word)
    for other in (
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    ):
        assert other == word or (is_one_slip_apart(word, other) and is_one_slip_apart(other, word))


@pytest.mark.parametrize(("one", "other"), [("abc", "cba"), ("abc", "a"), ("ab", "cd"), ("abcd", "badc")])
def test_more_than_one_slip(one: str, other: str) -> None:
    assert not is_one_slip_apart(one, other)


def test_ids_that_share_nothing_are_not_alike() -> None:
    assert id_like("abcdefgh-1", ["zyxwvuts-9", "abcdefgh-2xx"]) is None


def test_every_operation_is_most_like_itself() -> None:
    for operation in OPERATIONS:
        found = operation_like(operation.method, operation.path.replace("{", "").replace("}", ""))
        assert found is not None, operation
        assert (found.method, found.path) == (operation.method, operation.path)
