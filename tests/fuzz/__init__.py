"""Fuzzing: cases by the thousand, drawn from what the documents describe and from what nobody describes.

    python -m tests.fuzz --cases 5000 --seed 0

What has to hold of every case is in ``http`` and ``texts``; a case that breaks it is shrunk and printed.
"""
