"""Failure as data: rules that say which request or job fails and how, drawn the same way every time."""
