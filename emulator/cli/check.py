"""``aep-emulator check``: every fault of a fixture folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from emulator.cli.usage import Commands


def register(commands: Commands) -> None:
    """Add the command."""
    check = commands.add_parser(
        "check",
        help="validate a fixture folder",
        description="Name every fault of a fixture folder, with file and JSON pointer.",
    )
    check.add_argument("folder", metavar="DIR", help="holds sandboxes.json and a folder for each sandbox")
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print every fault; answers 1 where there is one."""
    from emulator.fixtures import check_folder

    faults = check_folder(Path(options.folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(faults)
    print(f"{options.folder}: {'no faults' if not count else '1 fault' if count == 1 else f'{count} faults'}")
    return 1 if faults else 0
