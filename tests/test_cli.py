"""The command line, in process; that the installed command works is for the packaging tests."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from emulator.cli import main, parser
from emulator.cli.starting import emulator_of
from emulator.settings import BY_NAME, unknown_variables, variable
from tests.for_each import for_each
from tests.serving import serving

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def runner(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runner


def test_cron_prints_fire_times(run: Run) -> None:
    code, out, _ = run("cron", "0 0 1 ? * 1", "--from", "2026-11-22T00:00:00Z", "--count", "2")
    assert (code, out.split()) == (0, ["2026-11-22T01:00:00Z", "2026-11-29T01:00:00Z"])


IN_QUOTES = "aep-emulator: cron: put the text in quotes, so that the shell leaves it whole: '0 0 1 * * ?'\n"
NO_INSTANT = "not an RFC 3339 instant such as 2026-11-22T01:00:00Z: "


@for_each(
    "arguments, code, told",
    [
        (("cron", "0 0 * * * ?"), 1, "more than once in 24 hours"),
        (("cron", "0 0 1 * * MON"), 1, "?"),
        (("cron", "0", "0", "1", "?", "*", "*"), 2, IN_QUOTES),
        (("cron", "0", "0", "1", "docs", "tests", "--count", "2"), 2, IN_QUOTES),
        (("pql", "a = = b"), 1, "line 1, column 5"),
        (("pql", "a = = b"), 1, "^"),
        (("pql", "a", "--profile", "nowhere.json"), 2, "nowhere.json"),
    ],
)
def test_what_a_tool_cannot_do_is_told(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    answered, _, err = run(*arguments)
    assert (answered, told in err) == (code, True)


@pytest.mark.parametrize("text", ["x", "-1", "0", "1.5", "10001"])
def test_cron_wants_a_number_of_fire_times(run: Run, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("cron", "0 0 1 * * ?", f"--count={text}")
    assert f"argument --count: a whole number from 1 to 10000, not '{text}'" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "option"), [("cron", "--from"), ("pql", "--now"), ("serve", "--start")])
def test_an_option_wants_an_instant(capsys: pytest.CaptureFixture[str], command: str, option: str) -> None:
    with pytest.raises(SystemExit):
        main([command, option, "tomorrow"])
    assert f"argument {option}: {NO_INSTANT}'tomorrow'\n" in capsys.readouterr().err


def test_pql_evaluates(run: Run, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text('{"homeAddress": {"country": "SE"}}', encoding="utf-8")
    events = tmp_path / "events.ndjson"
    events.write_text('{"timestamp": "2026-03-01T00:00:00Z"}\n', encoding="utf-8")
    files = ("--profile", str(profile), "--events", str(events))
    assert run("pql", "homeAddress.country", *files) == (0, '"SE"\n', "")
    recent = "xEvent.exists(timestamp occurs <= 2 days before now)"
    assert run("pql", recent, *files, "--now", "2026-03-02T00:00:00Z")[1] == "true\n"
    explained = json.loads(run("pql", recent, *files, "--now", "2026-03-02T00:00:00Z", "--explain")[1])
    assert explained["matches"] is True


def test_pql_says_that_nobody_was_asked_about(run: Run, tmp_path: Path) -> None:
    code, out, err = run("pql", 'homeAddress.country = "SE"')
    assert (code, out) == (0, "false\n")
    assert err == "note: this is of an empty profile; name one with --profile or --events\n"
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    assert run("pql", "a", "--profile", str(tmp_path / "empty.json"))[2] == ""


def test_without_a_command_there_is_help(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err == parser().format_help()


def test_pql_converts(run: Run) -> None:
    _, as_json, _ = run("pql", 'a.b = "c"', "--to", "json")
    assert json.loads(as_json)["nodeType"] == "fnApply"
    assert run("pql", as_json, "--to", "text")[1] == 'a.b = "c"\n'


def test_check_tells_every_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sandboxes.json").write_text('[{"name": 5, "type": "test"}]', encoding="utf-8")
    code, out, err = run("check", str(tmp_path))
    assert code == 1
    assert "sandboxes.json#/0/name" in err
    assert "sandboxes.json#/0/type" in err
    assert out.strip().endswith("2 faults")


@pytest.mark.parametrize(
    ("variables", "arguments", "told"),
    [
        ({}, ("--max-orgs", "x"), "--max-orgs: `max_orgs` is a number from 0, not 'x'"),
        ({"MAX_ORGS": "y"}, ("--max-orgs", "x"), "--max-orgs: `max_orgs` is a number from 0, not 'x'"),
        ({"MAX_ORGS": "y"}, (), "AEP_EMULATOR_MAX_ORGS: `max_orgs` is a number from 0, not 'y'"),
        (
            {"MAX_ORG": "5", "SANDBOXES": "some"},
            (),
            "unknown variable AEP_EMULATOR_MAX_ORG; did you mean AEP_EMULATOR_MAX_ORGS?\n"
            "aep-emulator: AEP_EMULATOR_SANDBOXES: `sandboxes` is one of strict, auto, not 'some'",
        ),
    ],
)
def test_a_wrong_setting_is_told_by_where_it_was_set(
    run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"AEP_EMULATOR_{name}", value)
    assert run("serve", *arguments) == (2, "", f"aep-emulator: {told}\n")


def test_every_variable_of_a_flag_is_known() -> None:
    flags = {action.dest.removeprefix("setting_") for action in serve_parser()._actions}
    assert unknown_variables({variable(flag): "" for flag in flags - {"help"}}) == []
    assert unknown_variables({"AEP_EMULATOR_ZZZZ": "", "AEP_BASE_URL": ""}) == ["unknown variable AEP_EMULATOR_ZZZZ"]


def serve_parser() -> argparse.ArgumentParser:
    (commands,) = (each for each in parser()._actions if each.dest == "command")
    found: argparse.ArgumentParser = commands.choices["serve"]  # type: ignore[index]
    return found


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--strict-auth",), "argument --strict-auth: expected one argument: false | true"),
        (("--progression",), "argument --progression: expected one argument: time | polls | immediate"),
        (("--state",), "argument --state: expected one argument"),
        (("--prt", "80"), "unrecognized arguments: --prt 80; did you mean --port?"),
        (("--max-orgz=7",), "unrecognized arguments: --max-orgz=7; did you mean --max-orgs?"),
        (("--zzz",), "unrecognized arguments: --zzz"),
    ],
)
def test_a_flag_that_is_wrong_says_what_would_be_right(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", *arguments])
    assert capsys.readouterr().err.endswith(f"aep-emulator serve: error: {told}\n")


def another_value(name: str) -> str:
    """Answer a value of a setting that is not its default."""
    setting = BY_NAME[name]
    choices = [each for each in setting.metadata["choices"] if each != str(setting.default)]
    return choices[0] if choices else "true" if setting.default is False else "7"


STARTS = {"seed": "7", "rate": "60", "start": "2030-05-01T00:00:00Z", "scenario": "realistic"}
VALUES = STARTS | {name: another_value(name) for name in BY_NAME}


@pytest.mark.parametrize("name", VALUES)
def test_a_flag_and_its_environment_variable_say_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandboxes = [{"name": "prod", "type": "production", "default": True}]
    (tmp_path / "sandboxes.json").write_text(json.dumps(sandboxes), encoding="utf-8")
    monkeypatch.setenv("AEP_EMULATOR_FIXTURES", str(tmp_path))
    monkeypatch.setenv("AEP_EMULATOR_RATE", "0")

    def started(*arguments: str) -> tuple[object, ...]:
        emulator = emulator_of(parser().parse_args(["serve", *arguments]))
        template = emulator.template
        now = None if template.clock.rate else template.clock.now()
        return emulator.settings, emulator.seed, template.clock.rate, now, template.durations

    by_flag = started(f"--{name.replace('_', '-')}", VALUES[name])
    assert by_flag != started()
    monkeypatch.setenv(f"AEP_EMULATOR_{name.upper()}", VALUES[name])
    assert started() == by_flag


def test_a_flag_goes_before_a_variable_and_both_before_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = tmp_path / "calm.json"
    scenario.write_text(json.dumps({"seed": 2, "settings": {"max_schedules": 2}}), encoding="utf-8")

    def started(*arguments: str) -> tuple[int, int]:
        emulator = emulator_of(parser().parse_args(["serve", "--scenario", str(scenario), *arguments]))
        return emulator.seed, emulator.settings.max_schedules

    assert started() == (2, 2)
    monkeypatch.setenv("AEP_EMULATOR_SEED", "3")
    monkeypatch.setenv("AEP_EMULATOR_MAX_SCHEDULES", "3")
    assert started() == (3, 3)
    assert started("--seed", "4", "--max-schedules", "4") == (4, 4)


def test_serve_answers_and_an_interrupt_stops_it() -> None:
    with serving() as (base, process):
        with urlopen(f"{base}/_emulator/health") as answer:
            assert json.load(answer)["now"] == "2026-01-15T09:00:00Z"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", f"a page to look at: {base}/_emulator/\n")


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    from emulator import Emulator

    with Emulator().serve() as base:
        code, _, err = run("serve", "--port", base.rpartition(":")[2])
    where = base.removeprefix("http://")
    reason = "another program listens there; --port names another port (with make: PORT=...), 0 is any free one"
    assert (code, err) == (2, f"aep-emulator: cannot listen on {where}: {reason}\n")


@pytest.mark.parametrize("command", ["serve", "check", "cron", "pql"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([command, "--help"])
    assert raised.value.code == 0
    assert "usage: aep-emulator" in capsys.readouterr().out
