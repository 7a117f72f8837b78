"""The emulators of a test session: one for each way to start, made once, fresh for every test."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from emulator.emulator import Emulator
from emulator.web import tokens

#: How many ways to start are kept; the one that was not asked for longest goes.
KEPT = 16


class Stock:
    """Emulators by how they start. Loading data takes long, a reset does not."""

    def __init__(self) -> None:
        self._emulators: OrderedDict[str, Emulator] = OrderedDict()

    def fresh(self, keywords: Mapping[str, Any]) -> Emulator:
        """Answer an emulator in the state right after its start.

        ``keywords`` are those of ``Emulator``, and ``faults``: rules to add. Whoever had the same emulator before has
        it no longer: what a late thread of an earlier test still does is forgotten here, on entry. Raises what
        ``Emulator`` raises, and ``FaultError``.
        """
        start = {name: value for name, value in keywords.items() if name != "faults"}
        key = repr(start)
        emulator = self._emulators.pop(key, None) or Emulator(**start)
        self._emulators[key] = emulator
        if len(self._emulators) > KEPT:
            self._emulators.popitem(last=False)
        emulator.reset()
        for rule in keywords.get("faults", ()):
            emulator.faults.add(rule)
        return emulator


def headers(emulator: Emulator) -> dict[str, str]:
    """Answer headers with which every operation answers: under ``strict_auth`` with a token issued here."""
    client, template = "aep-emulator", emulator.template
    token = tokens.issue(client, "openid", template.clock.now()) if emulator.settings.strict_auth else client
    sandboxes = [space.sandbox for space in template.spaces.values()]
    sandbox = next((each for each in sandboxes if each.is_default), sandboxes[0])
    return {
        "Authorization": f"Bearer {token}",
        "x-api-key": client,
        "x-gw-ims-org-id": "TEST@AdobeOrg",
        "x-sandbox-name": sandbox.name,
    }
