"""The options that say how an emulator starts, shared by ``serve``, ``exec`` and ``replay``."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import Field
from typing import TYPE_CHECKING, Any

from emulator.cli.usage import UsageError, instant
from emulator.settings import BY_NAME, ENVIRONMENT_PREFIX, SettingError, Settings, unknown_variables, variable

if TYPE_CHECKING:
    from emulator.emulator import Emulator


def default(name: str, fallback: str | None = None) -> str | None:
    """Answer what the environment says of an option."""
    return os.environ.get(variable(name), fallback)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def add_options(command: argparse.ArgumentParser, *, rate: bool = True) -> None:
    """Add data, scenario, start, seed and all settings, and the rate unless the command has its own."""
    command.add_argument(
        "--fixtures", metavar="DIR", default=default("fixtures"), help="the data; bundled demo if absent"
    )
    command.add_argument(
        "--scenario",
        metavar="FILE",
        default=default("scenario"),
        help="durations, faults and settings; a file, or the name of a bundled scenario",
    )
    command.add_argument(
        "--start",
        type=instant,
        metavar="INSTANT",
        default=default("start"),
        help="where time starts, RFC 3339; the wall clock if absent, 2026-01-15T09:00:00Z where time is frozen",
    )
    if rate:
        command.add_argument(
            "--rate",
            type=read_rate,
            metavar="N",
            default=default("rate"),
            help="virtual seconds a second: 0 frozen, 1 real, 60 a minute a second (1)",
        )
    command.add_argument("--seed", type=seed, metavar="N", default=default("seed"), help="seed of ids and draws (0)")
    group = command.add_argument_group(
        "settings", f"each is also read from the environment, as {ENVIRONMENT_PREFIX}NAME"
    )
    for name, setting in BY_NAME.items():
        meaning = f"{setting.metadata['meaning']} ({values_of(setting)})"
        group.add_argument(_flag(name), dest=f"setting_{name}", metavar="VALUE", default=default(name), help=meaning)


def read_rate(text: str) -> float:
    """Read a rate. Raises ``ArgumentTypeError``."""
    from emulator.simulation.clock import MAX_RATE, checked_rate

    try:
        return checked_rate(float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a rate is a number from 0 (frozen) to {MAX_RATE:g}, such as 60 for a minute a second, not {text!r}"
        ) from None


def seed(text: str) -> int:
    """Read a seed. Raises ``ArgumentTypeError``."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a seed is a whole number such as 7, not {text!r}") from None


def values_of(setting: Field[Any]) -> str:
    """Answer which values a setting takes, the default first; of a number the default alone."""
    if isinstance(setting.default, bool):
        return "false | true"
    return " | ".join(setting.metadata["choices"]) or str(setting.default)


def emulator_of(options: argparse.Namespace) -> Emulator:
    """Make the emulator that the options ask for; they go before what a scenario says. Raises ``UsageError``.

    Variables that would be the emulator's and are not are told on stderr.
    """
    from emulator.emulator import Emulator
    from emulator.fixtures import FixtureError
    from emulator.scenarios import Scenario, read_scenario
    from emulator.simulation.clock import wall_clock_ms

    for told in unknown_variables(os.environ):
        print(f"aep-emulator: {told}", file=sys.stderr)
    values = {name: value for name in BY_NAME if (value := getattr(options, f"setting_{name}")) is not None}
    for name, value in values.items():
        try:
            Settings().with_values({name: value})
        except SettingError as error:
            is_flag = default(name) != value
            raise UsageError(f"{_flag(name) if is_flag else variable(name)}: {error}") from None
    try:
        scenario = Scenario() if options.scenario is None else read_scenario(options.scenario)
        rate = next(each for each in (options.rate, scenario.rate, 1) if each is not None)
        start = options.start
        if start is None and scenario.start is None and rate:
            start = wall_clock_ms()
        return Emulator(
            options.fixtures,
            scenario=options.scenario,
            start=start,
            rate=rate,
            seed=options.seed,
            **values,
        )
    except FixtureError as error:
        raise UsageError(str(error), code=1) from None
    except ValueError as error:
        raise UsageError(str(error)) from None
