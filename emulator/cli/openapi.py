"""``aep-emulator openapi``: the document of what is answered."""

from __future__ import annotations

import argparse
import json

from emulator.cli.usage import Commands


def register(commands: Commands) -> None:
    """Add the command."""
    openapi = commands.add_parser(
        "openapi",
        help="print the OpenAPI document of what is answered",
        description="Print the OpenAPI 3.1 document of what is answered, as GET /openapi.json has it.",
    )
    openapi.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the document."""
    from emulator.web.openapi.document import document

    print(json.dumps(document(), indent=2))
    return 0
