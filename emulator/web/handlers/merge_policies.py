"""Merge policies over HTTP: /config/mergePolicies."""

from __future__ import annotations

from functools import partial
from typing import Any

from emulator.resources import merge_policies
from emulator.resources.merge_policies import MergePolicy
from emulator.web import bulk_get as bulk
from emulator.web.exchange import Call, Reply
from emulator.web.listing import Filter, by_sign, in_order, matching
from emulator.web.paging import page

DEFAULT_LIMIT = 20

_FILTERS = ("schema.name", "default", "identityGraph.type", "attributeMerge.type", "version")


def list_policies(call: Call) -> Reply:
    """Answer the newest version of every policy, by name; filters, ``orderBy``, ``start`` and ``limit``.

    With ``version`` it is that version of the policies that have it.
    """
    filters = [(name, value) for name in _FILTERS if (value := call.query.text(name)) is not None]
    wanted = [Filter(name, None, value.lower() if name == "default" else value) for name, value in filters]
    policies = list(call.space.merge_policies) if "version" in dict(filters) else merge_policies.current(call.space)
    order = call.query.text("orderBy") or call.query.text("orderby")
    found = matching((_wire(call, policy) for policy in policies), wanted)
    found = in_order(found, by_sign(order or "name"))
    keeping = [("orderBy", order or ""), *filters]
    shown, about, links = page(call, found, DEFAULT_LIMIT, keeping=keeping, next_as=str)
    about["count"] = len(shown)
    return Reply(200, {"_page": about, "children": shown, "_links": links})


def create_policy(call: Call) -> Reply:
    """Make a policy. Answers 200, not 201."""
    return Reply(200, _wire(call, merge_policies.create(call.space, call.object(), call.now)))


def retrieve_policy(call: Call) -> Reply:
    """Answer the newest version of a policy."""
    return Reply(200, _wire(call, merge_policies.find(call.space, call.id)))


def replace_policy(call: Call) -> Reply:
    """Replace a policy by a new version."""
    return Reply(200, _wire(call, merge_policies.update(call.space, call.id, call.object(), call.now)))


def patch_policy(call: Call) -> Reply:
    """Apply a JSON Patch, as a list or a single operation, as a new version."""
    return Reply(200, _wire(call, merge_policies.patch(call.space, call.id, call.body(), call.now)))


def delete_policy(call: Call) -> Reply:
    """Take a policy away. Answers 200 with an empty body."""
    merge_policies.delete(call.space, call.id)
    return Reply(200)


def bulk_get(call: Call) -> Reply:
    """Answer several policies by id."""
    return bulk.reply(call, partial(merge_policies.newest, call.space), _wire)


def _wire(call: Call, policy: MergePolicy) -> dict[str, Any]:
    return merge_policies.to_wire(policy, call.space)
