"""What a job fault makes of a job's course: slower, stuck in a phase, or failed at its end."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.faults.plan import JobFault

#: The code of a failure that was given none; the sample in Adobe's document of 2020 has it.
STANDARD_CODE = "0080000018"


def afflicted(steps: Sequence[tuple[str, int]], fault: JobFault, failed: str = "FAILED") -> list[tuple[str, int]]:
    """Answer the course (status and length in ms) of a job that meets ``fault``."""
    slowed = [(status, round(length * fault.slower)) for status, length in steps]
    for position, (status, _) in enumerate(slowed):
        if status == fault.stuck_in:
            return slowed[: position + 1]
        if status == fault.fail_at:
            return [*slowed[: position + 1], (failed, 0)]
    return slowed


def failure(fault: JobFault) -> tuple[tuple[str, str, str], ...]:
    """Answer the errors (code, message, call stack) of a job that fails by ``fault``; none if it does not fail."""
    if fault.fail_at is None:
        return ()
    given = tuple((each["code"], each["msg"], each.get("callStack", "")) for each in fault.errors)
    return given or ((STANDARD_CODE, f"The job failed in phase {fault.fail_at}.", ""),)
