"""How aepp connects, and what it meets where things go wrong: every class, in every way that it can be aimed."""

from __future__ import annotations

from typing import Any

import aepp
import pytest
from aepp.catalog import Catalog
from aepp.customerprofile import Profile
from aepp.dataaccess import DataAccess
from aepp.sandboxes import Sandboxes
from aepp.segmentation import Segmentation

from emulator import Emulator
from tests.clients.conftest import UPS, WORKS_IN_US, Connect, Served
from tests.for_each import for_each

CLASSES = [Segmentation, Profile, Catalog, DataAccess, Sandboxes]


def tokens_issued(served: Served) -> int:
    return sum(each.path.startswith("/ims/") for each in served.emulator.requests)


# -- tokens


@for_each("kind", CLASSES)
def test_an_instance_fetches_one_token_for_all_its_calls(served: Served, connect: Connect, kind: Any) -> None:
    before = tokens_issued(served)
    client = connect(kind)
    for _ in range(3):
        client.connector.getData(f"{served.url}{UPS}/segment/jobs")
    assert tokens_issued(served) == before + 1


def test_under_strict_auth_aepps_own_token_opens_the_services(connect: Connect) -> None:
    emulator = Emulator(strict_auth=True)
    with emulator.serve() as url:
        aepp.config.endpoints["global"] = url
        aepp.config.config_object["oauthTokenEndpointV2"] = f"{url}/ims/token/v3"
        segmentation = connect(Segmentation)
        assert segmentation.getSchedules() == []
        emulator.clock.advance(days=2)
        refused = segmentation.connector.getData(f"{url}{UPS}/segment/jobs")
        assert refused == {"error_code": "401013", "message": "Oauth token is not valid"}


def test_the_way_of_oauth_v1_with_its_look_at_the_sandbox(served: Served, connect: Connect) -> None:
    aepp.configure(
        environment="prod", org_id=served.org, client_id="client", secret="secret", auth_code="code", retry=0
    )
    aepp.config.endpoints["global"] = served.url
    aepp.config.config_object["oauthTokenEndpointV1"] = f"{served.url}/ims/token/v1"
    segmentation = connect(Segmentation)
    assert segmentation.header["x-sandbox-id"] == connect(Sandboxes).getSandboxId("prod")
    assert len(segmentation.getSegments()) > 0


def test_a_connect_object_sends_its_scheme_in_lower_case(served: Served, connect: Connect) -> None:
    connection = aepp.configure(
        environment="support",
        endpoint=served.url,
        org_id=served.org,
        client_id="client",
        secret="secret",
        scopes="openid",
        sandbox="dev",
        retry=0,
        connectInstance=True,
    )
    connection.getConfigObject()["oauthTokenEndpointV2"] = f"{served.url}/ims/token/v3"
    connect(lambda: connection.connect() or connection)
    assert connection.getConfigHeader()["Authorization"].startswith("bearer ")
    answer = connection.getData(f"{served.url}{UPS}/segment/definitions", headers=dict(connection.getConfigHeader()))
    by_class = connect(Segmentation, config=connection)
    assert [each["id"] for each in by_class.getSegments()] == [each["id"] for each in answer["segments"]]
    assert {each["sandbox"]["sandboxName"] for each in answer["segments"]} == {"dev"}


# -- sandboxes


def test_sandboxes_are_isolated(connect: Connect) -> None:
    prod, dev = connect(Segmentation), connect(Segmentation, sandbox="dev")
    ids = [{each["id"] for each in client.getSegments()} for client in (prod, dev)]
    assert min(map(len, ids)) > 0
    assert ids[0].isdisjoint(ids[1])
    assert dev.getSegment(ids[0].pop())["status"] == 404
    assert connect(Catalog, sandbox="dev").getDataSets().keys().isdisjoint(connect(Catalog).getDataSets())


def test_sandboxes_are_listed_and_read(connect: Connect) -> None:
    sandboxes = connect(Sandboxes)
    assert {each["name"] for each in sandboxes.getSandboxes()} == {"prod", "dev"}
    assert sandboxes.getSandbox("prod")["isDefault"] is True
    assert {each["id"] for each in sandboxes.getSandboxTypes()} == {"development", "production"}


# -- faults


@pytest.mark.parametrize(
    ("effect", "made"), [({"respond": 503}, 1), ({"drop": True}, 1), ({"drop_after_work": True}, 2)], ids=str
)
def test_aepps_one_retry_hides_a_fault_and_does_lost_work_twice(
    served: Served, connect: Connect, effect: dict[str, Any], made: int
) -> None:
    aepp.config.config_object["retry"] = 1
    segmentation = connect(Segmentation)
    rule = served.universe.faults.add(operation="createSegmentJob", first=1, **effect)
    job = segmentation.createJob([WORKS_IN_US])
    served.universe.faults.expect(rule, times=1)
    listed = [each["id"] for each in segmentation.getJobs()]
    assert (len(listed), listed[0]) == (made, job["id"])


# -- errors

Calls = dict[Any, dict[str, tuple[Any, ...]]]


def cases(calls: Calls) -> dict[str, tuple[Any, str, tuple[Any, ...]]]:
    return {
        f"{kind.__name__}.{method}": (kind, method, arguments)
        for kind, methods in calls.items()
        for method, arguments in methods.items()
    }


@for_each("verb", ["getData", "postData", "putData", "patchData", "deleteData"])
@for_each("path", ["/", "/nothing", f"{UPS}/nothing", f"{UPS}/segment", "/data/foundation/catalog/nothing"])
def test_an_unknown_path_is_an_object_that_tells_so(served: Served, connect: Connect, verb: str, path: str) -> None:
    sent = {} if verb in ("getData", "deleteData") else {"data": {"name": "x"}}
    answer = getattr(connect(Segmentation).connector, verb)(served.url + path, **sent)
    assert isinstance(answer, dict), answer
    assert "could not generate" not in str(answer)
    assert served.universe.requests[-1].status == 404


ID = "11111111-2222-4333-8444-555555555555"
PATCH = [{"op": "add", "path": "/name", "value": "x"}]
WHOLE = {"name": "x", "expression": {}, "schema": {}, "ttlInDays": 1}

#: Calls with an id that nothing has, or a body that is wrong, by class and method.
UNKNOWN: Calls = {
    Segmentation: {
        "getSegment": (ID,),
        "deleteSegment": (ID,),
        "updateSegment": (ID, WHOLE),
        "getJob": (ID,),
        "deleteJob": (ID,),
        "createJob": ([ID],),
        "getSchedule": (ID,),
        "deleteSchedule": (ID,),
        "updateSchedule": (ID, PATCH),
        "getExport": (1,),
        "deleteExport": (1,),
        "createExport": ({},),
        "getPreview": (ID,),
        "deletePreview": (ID,),
        "getEstimate": (ID,),
        "createPreview": ("not pql (",),
        "getAudience": (ID,),
        "deleteAudience": (ID,),
        "patchAudience": (ID, PATCH),
        "putAudience": (ID, {}),
        "createAudience": ({},),
    },
    Profile: {
        "getMergePolicy": (ID,),
        "deleteMergePolicy": (ID,),
        "createMergePolicy": ({},),
        "updateMergePolicy": (ID, {}),
        "patchMergePolicy": (ID, PATCH),
        "getEntity": ("_xdm.context.profile", ID),
        "deleteEntity": ("_xdm.context.profile", ID),
        "getEntities": ({},),
        "getExportJob": (1,),
        "deleteExportJob": (1,),
    },
    Catalog: {
        "getDataSet": (ID,),
        "getDataSetViewFiles": (ID, ID),
        "enableDatasetProfile": (ID,),
        "putDataset": (ID, {}),
        "createDataSet": ({},),
        "getBatch": (ID,),
    },
    DataAccess: {
        "getBatchFiles": (ID,),
        "getBatchFailed": (ID,),
        "getBatchMeta": (ID,),
        "getFiles": (ID,),
        "getPreview": (ID,),
    },
    Sandboxes: {"getSandbox": ("nowhere",)},
}


@for_each("kind, method, arguments", cases(UNKNOWN))
def test_what_is_unknown_or_wrong_is_told_in_an_object(
    connect: Connect, served: Served, kind: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    answer = getattr(connect(kind), method)(*arguments)
    assert isinstance(answer, dict), answer
    assert "could not generate" not in str(answer)
    assert served.universe.requests[-1].status in (400, 404, 422)


#: Calls of what is not emulated.
OUT_OF_SCOPE: Calls = {
    Profile: {
        "getComputedAttributes": (),
        "getComputedAttribute": ("x",),
        "deleteComputedAttribute": ("x",),
        "getDestinations": (),
        "deleteDestination": ("x",),
        "getProjections": (),
        "getDeleteSystemJob": ("x",),
        "createDeleteSystemJob": ("x",),
        "getPreviewDataSetOverlap": (),
    },
    Catalog: {"getResources": (), "getDataSetExpiration": ("x",), "getDataSetViews": ("x",)},
    Sandboxes: {
        "createSandbox": ("new", "New"),
        "deleteSandbox": ("dev",),
        "resetSandbox": ("dev",),
        "updateSandbox": ("dev", {"title": "Dev"}),
    },
}


@for_each("kind, method, arguments", cases(OUT_OF_SCOPE))
def test_what_is_out_of_scope_says_so_and_does_no_harm(
    connect: Connect, served: Served, kind: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    answer = getattr(connect(kind), method)(*arguments)
    assert answer == [] or isinstance(answer, dict)
    exchange = served.universe.requests[-1]
    assert exchange.status in (404, 405, 501)
    assert exchange.response.headers["Content-Type"] == "application/json"
