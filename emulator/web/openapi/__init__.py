"""Our OpenAPI document: what this server answers, operation by operation, with the exact shape of every body.

The JSON files beside are fragments of OpenAPI 3.1, one file a service: what differs from operation to operation.
``document`` adds what follows from the table of operations, and from the gateway that stands in front of all of them.
"""
