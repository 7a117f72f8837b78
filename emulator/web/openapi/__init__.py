"""Our OpenAPI document: what this server answers, operation by operation, with the exact shape of every body.

The JSON files beside are fragments of OpenAPI 3.1, one file a service: what differs from operation to operation.
``document`` adds what follows from the table of operations, and from the gateway that stands in front of all of them.

What most bodies have in common is not told of each. The ``schema`` of a response or a request body is that of its JSON,
and a request body is required unless it says otherwise. An object with ``members`` has them all, but for those that are
``optional``, and no other.
"""
