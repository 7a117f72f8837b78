"""What the tests of the plugin share: a run of pytest inside pytest, with the plugin as its entry point loads it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
import requests  # noqa: F401  # an inner run forgets what it imported itself, and the next one would begin from nothing

import emulator.testing.configuration
import emulator.testing.report
import emulator.testing.stock
import emulator.testing.watch  # noqa: F401

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


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run a test file, in this process and in the order in which it is written."""

    def runner(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(PREAMBLE + dedent(code))
        return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-W", "error", *arguments)

    return runner
