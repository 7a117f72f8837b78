"""What the tests of the plugin share: a run of pytest inside pytest, with the plugin as its entry point loads it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import walk_packages
from textwrap import dedent

import aiohttp  # noqa: F401
import httpcore  # noqa: F401  # httpx imports it late
import httpx  # noqa: F401
import pytest
import requests  # noqa: F401

import emulator

# An inner run forgets the modules that it imported itself; those that are left would then meet strangers in place of
# the ones they know. So the clients are here before, and all of ours.
for each in walk_packages(emulator.__path__, "emulator."):
    if each.name != "emulator.__main__" and not each.name.startswith("emulator.transport.clients."):
        import_module(each.name)

#: A project of its own, whose tests are not ours: ``test_downstream`` runs them.
collect_ignore = ["downstream"]

Run = Callable[..., pytest.RunResult]

#: What every test file of an inner run begins with.
PREAMBLE = """
import pytest
import requests

BASE = "https://platform.adobe.io/data/core/ups"
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"

def start_job(headers, base=BASE):
    return requests.post(f"{base}/segment/jobs", headers=headers, json=[{"segmentId": SEGMENT}])
"""


#: The plugin by its entry point, and one for coroutines; nobody else's, whose imports would cost more than the tests.
ALONE = ("-p", "aep", "-p", "anyio", "-p", "no:cacheprovider", "-W", "error")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file, in this process and in the order in which it is written."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def runner(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(PREAMBLE + dedent(code))
        return pytester.runpytest_inprocess(*ALONE, *arguments)

    return runner
