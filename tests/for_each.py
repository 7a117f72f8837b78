"""Many cases in one test: what a case of its own costs, in pytest and in what hands tests to workers, is paid once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

import pytest

#: How much of a name is shown.
_SHOWN = 300


def for_each(
    names: str, cases: Iterable[Any] | Mapping[str, Any], ids: Callable[[Any], str] = repr
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call a test with every case, which it takes as ``pytest.mark.parametrize`` would give it.

    All of them are tried. Those that fail are told together, each with its name: its key where ``cases`` is a mapping,
    what ``ids`` answers, or else how it is written. Fixtures are the same for all; so this is for cases that change
    nothing which the next one sees.
    """
    arguments = [each.strip() for each in names.split(",")]
    given = list(cases.items() if isinstance(cases, Mapping) else ((ids(case)[:_SHOWN], case) for case in cases))
    assert given, "there are no cases"

    def looped(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)

        @wraps(test)
        def run(*self: Any, **fixtures: Any) -> None:
            failures = []
            for name, case in given:
                values = dict(zip(arguments, case if len(arguments) > 1 else [case], strict=True))
                try:
                    test(*self, **values, **fixtures)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"in the case of {names}: {name}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(given)} cases", failures)

        others = [each for name, each in signature.parameters.items() if name not in arguments]
        run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return run

    return looped
