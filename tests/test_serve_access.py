"""``serve`` off loopback: a token is made and printed, or taken as given; what is given wrongly is told."""

from __future__ import annotations

import re
import signal
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from emulator.cli import main
from emulator.simulation.entropy import unguessable_token
from tests.for_each import for_each
from tests.serving import serving

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def status(base: str, **headers: str) -> int:
    try:
        with urlopen(Request(f"{base}/_emulator/clock", headers=headers), timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


@needs_signals
def test_off_loopback_a_token_is_made_and_printed() -> None:
    with serving("--host", "0.0.0.0") as (base, process):
        assert process.stderr is not None
        (token,) = re.findall(r"^control token: ([\w-]{43})$", process.stderr.readline())
        assert (status(base), status(base, Authorization=f"Bearer {token}")) == (401, 200)


@needs_signals
def test_a_token_that_is_given_is_not_printed() -> None:
    with serving("--host", "0.0.0.0", "--control-token", "given", "--allowed-host", "aep") as (base, _):
        shown = {"x-emulator-token": "given"}
        assert (status(base), status(base, **shown), status(base, Host="aep:1", **shown)) == (401, 200, 200)
        assert status(base, Host="other", **shown) == 403


@needs_signals
def test_on_loopback_there_is_none_and_a_signal_that_saves_is_told_that_there_is_nothing_to_save_to() -> None:
    with serving() as (base, process):
        assert process.stderr is not None
        assert status(base) == 200
        assert process.stderr.readline().startswith("a page to look at: http://127.0.0.1:")
        process.send_signal(signal.SIGUSR1)
        assert process.stderr.readline() == "aep-emulator: SIGUSR1 saves nothing without --state FILE\n"
        assert status(base) == 200


def test_tokens_are_long_and_never_the_same() -> None:
    made = {unguessable_token() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {43}


@for_each(
    "options, words",
    [
        (("--control-token", "two words"), "printable ASCII characters"),
        (("--allowed-host", "http://aep"), "an allowed host is a name such as"),
        (("--port", "http"), "a whole number from 0 to 65535, not 'http'"),
        (("--port", "65536"), "to 65535"),
        (("--port", "-1"), "to 65535"),
        (("--rate", "fast"), "such as 60 for a minute a second, not 'fast'"),
        (("--rate", "-1"), "a rate is a number from 0 (frozen)"),
        (("--rate", "nan"), "a rate is a number from 0 (frozen)"),
        (("--start", "today"), "argument --start: not an RFC 3339 instant such as 2026-11-22T01:00:00Z: 'today'"),
        (("--seed", "x"), "a seed is a whole number such as 7, not 'x'"),
        (("--host", "no.such.host.invalid"), "cannot listen on"),
    ],
)
def test_what_is_given_wrongly_is_told(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["serve", "--port", "0", *options])
    except SystemExit as error:
        code = int(str(error.code))
    assert (code, words in capsys.readouterr().err) == (2, True)


def test_a_wrong_value_of_the_environment_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AEP_EMULATOR_PORT", "http")
    with pytest.raises(SystemExit):
        main(["serve"])
    assert "a whole number from 0 to 65535" in capsys.readouterr().err
