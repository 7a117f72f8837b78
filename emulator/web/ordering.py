"""The order of lists that are asked for by a sign: ``orderBy=-name`` of merge policies and sandboxes."""

from __future__ import annotations


def by_sign(order: str) -> str:
    """Answer ``+a,-b`` as ``a:asc,b:desc``, the form that ``listing.in_order`` reads.

    A plus may come as the space that it stands for in a query string; no sign is ascending.
    """
    parts = order.split(",")
    return ",".join(f"{part[1:]}:desc" if part.startswith("-") else f"{part.lstrip('+ ')}:asc" for part in parts)
