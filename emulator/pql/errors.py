"""The errors of PQL: one shallow tree, each with its place in the query and a picture of it."""

Span = tuple[int, int]
"""Half-open range of character offsets in the text of a query."""

At = Span | str | None
"""Where a node came from: a span (pql/text), a JSON pointer (pql/json), or nowhere."""

_CONTEXT = 60  # characters shown on each side of a fault, so a query of a megabyte still gives a readable picture


class PQLError(Exception):
    """A query that is refused, or cannot be evaluated as asked.

    ``message`` says what was wrong and what would be right. ``line`` and ``column`` (1-based) and ``span`` (character
    offsets) say where in the text; ``pointer`` is the JSON pointer (RFC 6901) of the node for pql/json, else None.
    ``picture`` is the line with carets under the fault; ``str()`` gives it all.
    """

    def __init__(self, message: str, text: str = "", at: At = None) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = at if isinstance(at, str) else None
        self.span: Span = at if isinstance(at, tuple) else (0, 0)
        start, end = self.span
        line_start = text.rfind("\n", 0, start) + 1
        self.line = text.count("\n", 0, start) + 1
        self.column = start - line_start + 1
        self.picture = _picture(text, line_start, start, end) if isinstance(at, tuple) else ""

    def __str__(self) -> str:
        if self.pointer is not None:
            return f"{self.message} (at {self.pointer or 'the root'})"
        if not self.picture:
            return self.message
        return f"{self.message} (line {self.line}, column {self.column})\n{self.picture}"


class PQLSyntaxError(PQLError):
    """The text is outside the grammar, or the JSON is not a tree of pql/json nodes."""


class PQLTypeError(PQLError):
    """The form is right but the use is not: an unknown function, a wrong argument, a value that is missing."""


def _picture(text: str, line_start: int, start: int, end: int) -> str:
    line_end = text.find("\n", start)
    if line_end < 0:
        line_end = len(text)
    left = max(line_start, start - _CONTEXT)
    right = min(line_end, max(end, start + 1) + _CONTEXT, start + 2 * _CONTEXT)
    shown = "".join(character if character.isprintable() else " " for character in text[left:right])
    width = max(1, min(end, right) - start)
    return f"  {shown}\n  {' ' * (start - left)}{'^' * width}"
