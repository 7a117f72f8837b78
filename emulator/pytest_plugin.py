"""The pytest plugin: fixtures, marker, ini options, and the requests of a failing test in its report.

pytest imports this module in every session, ours or not, and before coverage starts. So nothing of the emulator is
imported here; ``emulator.testing`` is, when a test first asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.emulator import Emulator
    from emulator.testing.stock import Stock
    from emulator.testing.watch import Watch
    from emulator.transport.server import ServerThread

_OPTIONS = {
    "--aep-fail-on-501": "fail a test when a request got 501: an operation that is known and not emulated",
    "--aep-fail-on-5xx": "fail a test when a request got a status from 500 on that no fault injected",
    "--aep-fail-on-unused-faults": "fail a test when a fault rule never fired",
    "--aep-fail-on-running-jobs": "fail a test that leaves a segment or export job running",
}

_MARKER = (
    "aep(fixtures=None, scenario=None, seed=0, faults=[], start=None, rate=0, **settings): "
    "how the emulator of the fixtures aep and aep_server starts."
)

_TEST_WATCH = pytest.StashKey["Watch"]()
_SESSION_WATCH = pytest.StashKey["Watch"]()
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each off by default, and the ini options."""
    group = parser.getgroup("aep", "Adobe Experience Platform emulator")
    for flag, meaning in _OPTIONS.items():
        group.addoption(flag, action="store_true", help=meaning)
    parser.addini("aep_fixtures", "fixture folder of the emulator, from the root directory; bundled data if absent")
    parser.addini("aep_scenario", "scenario of the emulator: a file, from the root directory, or a bundled one's name")
    parser.addini("aep_seed", "seed of the emulator's ids and draws; 0 if absent")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the session's emulator be watched anew for each test."""
    if (watch := item.session.stash.get(_SESSION_WATCH, None)) is not None:
        item.session.stash[_SESSION_WATCH] = type(watch)(watch.emulator, watch.keywords, watch.fixture)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a failing test's report the requests that it made."""
    report = yield
    if report.failed and not item.stash.get(_HAS_FAILED, False):
        item.stash[_HAS_FAILED] = True
        for title, stash, key in (
            ("aep requests", item.stash, _TEST_WATCH),
            ("aep_session requests", item.session.stash, _SESSION_WATCH),
        ):
            if (watch := stash.get(key, None)) is not None:
                from emulator.testing.report import section

                if text := section(watch):
                    report.sections.append((title, text))
    return report


def _strict(config: pytest.Config, watch: Watch) -> None:
    """Fail when something is not in order that the command line wants in order."""
    asked = [flag for flag in _OPTIONS if config.getoption(flag)]
    if complaints := watch.complaints(asked):
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.fixture(scope="session")
def _aep_stock() -> Stock:
    from emulator.testing.stock import Stock

    return Stock()


def _watched(keywords_of: Callable[[], dict[str, Any]], stock: Stock, fixture: str) -> Watch:
    """Start an emulator and watch it; fail plainly where a marker, an ini option or a fixture folder is wrong."""
    from emulator.testing.watch import Watch

    try:
        keywords = keywords_of()
        return Watch(stock.fresh(keywords), keywords, fixture)
    except ValueError as error:
        told = str(error)
    pytest.fail(f"the emulator cannot start: {told}", pytrace=False)


@pytest.fixture
def _aep_emulator(request: pytest.FixtureRequest, _aep_stock: Stock) -> Iterator[Emulator]:
    from emulator.testing import configuration

    item = request.node
    watch = item.stash[_TEST_WATCH] = _watched(lambda: configuration.of_test(item), _aep_stock, "aep")
    yield watch.emulator
    if not item.stash.get(_HAS_FAILED, False):
        _strict(request.config, watch)


@pytest.fixture
def aep(_aep_emulator: Emulator) -> Iterator[Emulator]:
    """An emulator, fresh and on a frozen clock, that answers for https://platform.adobe.io in this process."""
    with _aep_emulator.intercept():
        yield _aep_emulator


@pytest.fixture(scope="session")
def aep_session(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulator like ``aep`` that lasts for the session: its state goes from test to test."""
    from emulator.testing import configuration
    from emulator.testing.stock import Stock

    whole = _watched(lambda: configuration.of_session(request.config), Stock(), "aep_session")
    request.session.stash[_SESSION_WATCH] = whole
    with whole.emulator.intercept():
        yield whole.emulator
    _strict(request.config, whole)


@pytest.fixture(scope="session")
def _aep_live() -> Iterator[ServerThread]:
    from emulator.transport.server import ServerThread

    with ServerThread(lambda environ, start_response: []) as server:  # each test says what answers
        yield server


@pytest.fixture
def aep_server(_aep_live: ServerThread, _aep_emulator: Emulator) -> str:
    """The base URL of a live server: it answers for the emulator that ``aep`` is, fresh for every test."""
    _aep_live.app = _aep_emulator.application
    return _aep_live.url


@pytest.fixture
def aep_headers(_aep_emulator: Emulator) -> dict[str, str]:
    """Headers with which every operation answers; a dict of the test's own."""
    from emulator.testing.stock import headers

    return headers(_aep_emulator)
