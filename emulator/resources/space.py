"""A space: everything that one sandbox of one organisation holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.faults.plan import FaultPlan
from emulator.resources.durations import Durations
from emulator.resources.events import Event
from emulator.resources.job_table import JobTable
from emulator.resources.memberships import SegmentMembers
from emulator.resources.population import Population
from emulator.resources.tables import Table
from emulator.settings import Settings
from emulator.simulation import randomness
from emulator.simulation.agenda import Agenda

if TYPE_CHECKING:
    from emulator.resources.audiences import ExternalAudience
    from emulator.resources.batches import Batch
    from emulator.resources.datasets import Dataset
    from emulator.resources.export_jobs import ExportJob
    from emulator.resources.files import StoredFile
    from emulator.resources.merge_policies import MergePolicy
    from emulator.resources.previews import Preview
    from emulator.resources.queries import Query
    from emulator.resources.schedules import Schedule
    from emulator.resources.segment_definitions import SegmentDefinition
    from emulator.resources.segment_jobs import SegmentJob


class Sandbox(Struct, frozen=True):
    """A sandbox: a name space of its own inside an organisation. ``type`` is production or development."""

    id: str
    name: str
    title: str
    type: str
    region: str
    is_default: bool
    created: int
    state: str = "active"

    def reference(self) -> dict[str, object]:
        """Answer the ``sandbox`` object that UPS resources carry."""
        return {
            "sandboxId": self.id,
            "sandboxName": self.name,
            "type": self.type,
            "default": self.is_default,
        }


class Mint(Struct):
    """Makes the ids of one organisation's sandbox: keyed draws by seed, organisation, sandbox, purpose and ordinal."""

    seed: int
    org: str
    sandbox: str
    ordinals: Table[str, int] = field(default_factory=Table)

    def next_ordinal(self, purpose: str) -> int:
        """Count one more of ``purpose`` and answer its number, from 1."""
        ordinal = (self.ordinals.get(purpose) or 0) + 1
        self.ordinals.put(purpose, ordinal)
        return ordinal

    def uuid(self, purpose: str) -> str:
        """Make a version 4 UUID."""
        return randomness.uuid(self.seed, self.org, self.sandbox, purpose, self.next_ordinal(purpose))

    def hexadecimal(self, digits: int, purpose: str) -> str:
        """Make an id of lower-case hexadecimal digits."""
        return randomness.hexadecimal(digits, self.seed, self.org, self.sandbox, purpose, self.next_ordinal(purpose))

    def request_id(self) -> str:
        """Make a request id: 32 letters and digits."""
        return randomness.alphanumeric(32, self.seed, self.org, self.sandbox, "request", self.next_ordinal("request"))

    def fork(self, org: str | None = None) -> Mint:
        """Answer a mint of its own that goes on from here, for ``org`` if given."""
        return Mint(self.seed, self.org if org is None else org, self.sandbox, self.ordinals.fork())


class Space(Struct):
    """What one sandbox holds, with what its resources need: the organisation's agenda, settings and durations."""

    org: str
    sandbox: Sandbox
    settings: Settings
    durations: Durations
    agenda: Agenda[Event]
    mint: Mint
    faults: FaultPlan
    population: Population = field(default_factory=Population)
    memberships: Table[str, SegmentMembers] = field(default_factory=Table)
    definitions: Table[str, SegmentDefinition] = field(default_factory=Table)
    audiences: Table[str, ExternalAudience] = field(default_factory=Table)
    segment_jobs: JobTable[str, SegmentJob] = field(default_factory=JobTable)
    export_jobs: JobTable[int, ExportJob] = field(default_factory=JobTable)
    schedules: Table[str, Schedule] = field(default_factory=Table)
    merge_policies: Table[tuple[str, int], MergePolicy] = field(default_factory=Table)
    datasets: Table[str, Dataset] = field(default_factory=Table)
    batches: Table[str, Batch] = field(default_factory=Table)
    files: Table[str, StoredFile] = field(default_factory=Table)
    previews: Table[str, Preview] = field(default_factory=Table)
    queries: Table[str, Query] = field(default_factory=Table)

    def plan(self, at: int, type: str, id: str, status: str) -> None:
        """Put an event of this sandbox on the agenda: the thing ``id`` comes to ``status`` at ``at``."""
        self.agenda.add(at, Event(self.sandbox.name, type, id, status))

    def fork(self, org: str, agenda: Agenda[Event], faults: FaultPlan) -> Space:
        """Answer a space of its own for ``org`` with the same content, on another agenda and plan of faults."""
        tables: dict[str, Any] = {
            name: table.fork() for name in self.__struct_fields__ if isinstance(table := getattr(self, name), Table)
        }
        return replace(self, org=org, agenda=agenda, faults=faults, mint=self.mint.fork(org), **tables)
