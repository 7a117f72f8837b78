"""Handlers, one module a resource: a ``Call`` in, a ``Reply`` out. Validation and lookups; the rules are the domain's."""
