"""The status of the profile store's sample, and its reports: how many profiles there are, by dataset and by namespace.

The store is sampled when a sandbox begins, and again at each instant at which what was ingested since has made the
number of profiles differ by more than 5 %. All of this follows from when things were ingested, so nothing is kept but
counts. What was erased from the store has never been in it.

Source: the preview sample status endpoint of Real-Time Customer Profile (Adobe's OpenAPI document and guide).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any

from msgspec import Struct

from emulator.resources.identities import Identity
from emulator.resources.merge_policies import default_for, rule_of
from emulator.resources.namespaces import namespace_id
from emulator.resources.population import MergeRule, Population
from emulator.resources.sampling import sample_of
from emulator.resources.space import Space
from emulator.simulation.instants import format_instant

#: A sample is taken when the number of profiles has changed by more than one part in so many.
_CHANGE = 20


class Count(Struct, frozen=True):
    """How often a dataset or a namespace occurs: in profiles of the store, profiles of the sample, and fragments."""

    profiles: int
    sampled: int
    fragments: int


class Sample(Struct, frozen=True):
    """What was counted at ``taken`` (epoch ms), by dataset id and by namespace code.

    ``documents`` are records and events; ``fragments`` what one dataset knows of one identity; ``profiles`` are merged,
    ``sampled`` of them read.
    """

    taken: int
    documents: int
    fragments: int
    profiles: int
    sampled: int
    by_dataset: dict[str, Count]
    by_namespace: dict[str, Count]


def taken(space: Space, now: int) -> list[int]:
    """Answer when samples were taken up to ``now`` (epoch ms), oldest first; there is always one."""
    begin = space.sandbox.created
    instants = space.population.once(_taken, rule_of(space, None), begin)
    return [instant for instant in instants if instant == begin or instant <= now]


def _taken(population: Population, rule: MergeRule, begin: int) -> list[int]:
    born: dict[Identity, int] = {}
    for key, item in population.taken(rule):
        born[key] = min(item.ingested, born.get(key, item.ingested))
    later = Counter(each for each in born.values() if each > begin)
    counted = size = len(born) - later.total()
    instants = [begin]
    for instant, births in sorted(later.items()):
        size += births
        if (size - counted) * _CHANGE > counted:
            counted = size
            instants.append(instant)
    return instants


def sample(space: Space, at: int) -> Sample:
    """Answer the sample taken at ``at`` (epoch ms)."""
    return space.population.once(_sample, rule_of(space, None), at)


def _sample(population: Population, rule: MergeRule, at: int) -> Sample:
    documents = 0
    profiles: dict[Identity, tuple[set[str], set[str]]] = {}
    fragments: dict[tuple[str, Identity], set[str]] = {}
    for key, item in population.taken(rule):
        if item.ingested > at:
            continue
        documents += 1
        codes = {identity.namespace for identity in item.identities}
        datasets, namespaces = profiles.setdefault(key, (set(), set()))
        datasets.add(item.dataset_id)
        namespaces |= codes
        fragments.setdefault((item.dataset_id, item.identities[0]), set()).update(codes)
    rows = list(profiles.values())
    read = sample_of(rows)
    return Sample(
        taken=at,
        documents=documents,
        fragments=len(fragments),
        profiles=len(rows),
        sampled=len(read),
        by_dataset=_counts((each for each, _ in rows), (each for each, _ in read), ([each] for each, _ in fragments)),
        by_namespace=_counts((each for _, each in rows), (each for _, each in read), fragments.values()),
    )


def _counts(*those: Iterable[Iterable[str]]) -> dict[str, Count]:
    """Answer how often each name occurs among profiles, those of the sample, and fragments, each told by its names."""
    profiles, sampled, fragments = (Counter(chain.from_iterable(each)) for each in those)
    return {each: Count(profiles[each], sampled[each], fragments[each]) for each in sorted(profiles)}


def to_wire(sample: Sample, space: Space) -> dict[str, Any]:
    """Answer the status of the last sample. Counts are texts, some with quotes inside, as the service has them."""
    policy = default_for(space)
    merge, graph = (policy.merge, policy.graph) if policy else ("timestampOrdered", "none")
    sampled_at = _sql_timestamp(sample.taken)
    documents = f'"{sample.documents}"'
    return {
        "numRowsToRead": str(sample.sampled),
        "sampleJobRunning": {"status": False, "submissionTimestamp": sampled_at},
        "docCount": documents,
        "cosmosDocCount": documents,  # its older name
        "totalFragmentCount": sample.fragments,
        "lastSuccessfulBatchTimestamp": '"null"',
        "streamingDriven": '"false"',
        "totalRows": str(sample.profiles),
        "lastBatchId": '"null"',
        "status": "TASK_FINISHED",
        "samplingRatio": _share(sample.sampled, sample.profiles) if sample.profiles else 1.0,
        "mergeStrategy": f"{merge}_{'auto' if graph == 'pdg' else graph}",
        "lastSampledTimestamp": sampled_at,
    }


def by_dataset_to_wire(sample: Sample, space: Space) -> dict[str, Any]:
    """Answer the report of a sample by dataset."""
    timestamp = _report_timestamp(sample)
    rows = []
    for dataset_id, count in sample.by_dataset.items():
        dataset = space.datasets.get(dataset_id)
        about = {"name": "", "description": "", "createdUser": ""}
        if dataset is not None:
            about["name"] = dataset.name
            about["description"] = str(dataset.document.get("description", ""))
            about["createdUser"] = dataset.provenance.to_wire(space)["createdUser"]
        rows.append(
            {
                **_shares(count, sample),
                **about,
                "value": dataset_id,
                "streamingIngestionEnabled": "",
                "reportTimestamp": timestamp,
            }
        )
    return {"data": rows, "reportTimestamp": timestamp}


def by_namespace_to_wire(sample: Sample) -> dict[str, Any]:
    """Answer the report of a sample by identity namespace."""
    timestamp = _report_timestamp(sample)
    rows = [
        {
            **_shares(count, sample),
            "fullIDsFragmentCount": count.fragments,
            "code": code,
            "value": namespace_id(code),
            "reportTimestamp": timestamp,
        }
        for code, count in sample.by_namespace.items()
    ]
    return {"data": rows, "reportTimestamp": timestamp}


def _shares(count: Count, sample: Sample) -> dict[str, Any]:
    return {
        "sampleCount": count.sampled,
        "samplePercentage": _share(count.sampled, sample.sampled),
        "fullIDsCount": count.profiles,
        "fullIDsPercentage": _share(count.profiles, sample.profiles),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _report_timestamp(sample: Sample) -> str:
    return format_instant(sample.taken).removesuffix("Z")


def _sql_timestamp(instant: int) -> str:
    """Write an instant as Java's ``Timestamp`` does: ``2020-08-01 17:57:57.0``."""
    seconds, _, fraction = format_instant(instant).removesuffix("Z").partition(".")
    return f"{seconds.replace('T', ' ')}.{fraction.rstrip('0') or '0'}"
