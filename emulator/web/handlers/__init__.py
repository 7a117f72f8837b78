"""Handlers, one module a resource: a ``Call`` in, a ``Reply`` out. Validation and lookups; rules are the domain's."""
