"""Generated blocks of pages, and the tables in them: what is drawn from code and data, so that it cannot drift.

A block stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

_BLOCK = re.compile(r"(<!-- generated: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """Answer a page with its blocks as they ought to be; those that are not among ``blocks`` stay."""
    return _BLOCK.sub(
        lambda match: f"{match[1]}{blocks[match[2]]()}\n{match[3]}" if match[2] in blocks else match[0], text
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Answer a table; a bar in a cell is no border."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
