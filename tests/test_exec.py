"""``aep-emulator exec``: a command with a server beside it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.cli import main
from emulator.cli.execute import _forwarded

Run = Callable[..., tuple[int, str, str]]

#: Prints what the clock of the server reads, and exits with 7.
READ_CLOCK = """
import os, sys
from urllib.request import urlopen
print(urlopen(os.environ["AEP_BASE_URL"] + "/_emulator/clock").read().decode())
sys.exit(7)
"""

#: Says that it is there, and exits with 40 + the number of the signal that comes.
AWAIT_SIGNAL = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: sys.exit(40 + number))
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the command in this process, which keeps its own way with signals; answer the code and what was printed."""
    kept = {number: signal.getsignal(number) for number in _forwarded()}

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["exec", *arguments])
        return code, *capfd.readouterr()

    yield run
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_the_command_finds_the_server_and_its_code_is_answered(run: Run) -> None:
    code, out, err = run("--rate", "0", "--start", "2030-05-01T00:00:00Z", "--", sys.executable, "-c", READ_CLOCK)
    assert (code, err) == (7, "")
    assert json.loads(out) == {"now": "2030-05-01T00:00:00Z", "rate": 0}


def test_what_comes_after_the_first_dashes_is_the_commands(run: Run) -> None:
    _, out, _ = run("--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--seed", "--", "x")
    assert out == "['--seed', '--', 'x']\n"


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_handed_on(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "exec", "--", sys.executable, "-c", AWAIT_SIGNAL],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == 40 + number


@POSIX
def test_a_command_that_a_signal_ends_is_told_as_shells_do(run: Run) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run("--", sys.executable, "-c", killed)[0] == 128 + signal.SIGKILL


def test_a_command_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("--", "no-such-command") == (127, "", "aep-emulator: exec: there is no command `no-such-command`\n")
    (tmp_path / "text").write_text("no program", encoding="utf-8")
    code, _, err = run("--", str(tmp_path / "text"))
    assert (code, "cannot run" in err) == (126, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "usage: aep-emulator exec [options] -- CMD"),
        (["--fixtures", "/nowhere", "--", "true"], 1, "no such folder"),
        (["--rate", "-1", "--", "true"], 2, "a rate is a number from 0"),
    ],
)
def test_what_cannot_start_says_why(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        answered: object = main(["exec", *arguments])
    except SystemExit as ended:
        answered = ended.code
    assert answered == code
    assert said in capsys.readouterr().err
