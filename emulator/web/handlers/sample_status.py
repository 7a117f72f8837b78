"""The sample of the profile store over HTTP, reading only: /previewsamplestatus and its reports."""

from __future__ import annotations

from emulator.resources import sample_status
from emulator.resources.refusals import Refusal, invalid
from emulator.resources.sample_status import Sample
from emulator.simulation.instants import DAY, parse_instant
from emulator.web.exchange import Call, Reply

_DATE_LENGTH = len("2024-12-31")


def retrieve_status(call: Call) -> Reply:
    """Answer the status of the last sample."""
    last = sample_status.taken(call.space, call.now)[-1]
    return Reply(200, sample_status.to_wire(sample_status.sample(call.space, last), call.space))


def report_by_dataset(call: Call) -> Reply:
    """Answer the last report by dataset, or the last one of a ``date``."""
    return Reply(200, sample_status.by_dataset_to_wire(_reported(call), call.space))


def report_by_namespace(call: Call) -> Reply:
    """Answer the last report by identity namespace, or the last one of a ``date``."""
    return Reply(200, sample_status.by_namespace_to_wire(_reported(call)))


def _reported(call: Call) -> Sample:
    taken = sample_status.taken(call.space, call.now)
    date = call.query.text("date")
    if date is not None:
        begin = _midnight(date)
        taken = [each for each in taken if begin <= each < begin + DAY]
        if not taken:
            raise Refusal(404, f"There is no report of {date}.")
    return sample_status.sample(call.space, taken[-1])


def _midnight(date: str) -> int:
    try:
        if len(date) == _DATE_LENGTH:
            return parse_instant(date)
    except ValueError:
        pass
    raise invalid(f"The query parameter `date` is a day such as 2024-12-31, not {date[:40]!r}.")
