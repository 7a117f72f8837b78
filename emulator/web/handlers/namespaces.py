"""Identity namespaces over HTTP, reading only: /data/core/idnamespace/identities."""

from __future__ import annotations

from emulator.resources import namespaces
from emulator.web.exchange import Call, Reply


def list_namespaces(call: Call) -> Reply:
    """Answer the namespaces of the sandbox: a bare list."""
    return Reply(200, [namespaces.to_wire(each, call.space) for each in namespaces.known(call.space)])
