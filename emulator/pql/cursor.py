"""A place in the tokens of a query, and the names in scope there."""

from typing import NoReturn

from emulator.pql.ast import Node, Parameter, Variable
from emulator.pql.errors import PQLSyntaxError, Span
from emulator.pql.lexer import Token, tokenize
from emulator.pql.names import Names

MAX_FRAMES = 600
"""Python frames that reading may be deep in: a tree of ``MAX_DEPTH`` levels takes at most nine each when printed."""


class Cursor:
    """Tokens with a position, and the scopes open at it.

    ``variables`` are the names bound around the position, ``parameters`` those of a lambda around the whole query, and
    ``implicit`` the elements a bare field may belong to, the profile first.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.variables = Names()
        self.parameters: dict[str, int] = {}
        self.implicit: list[Node] = [Parameter(1)]
        self.generated = 0
        self._names = {token.name for token in self.tokens if token.kind in ("name", "quoted")}
        self._frames = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    def ahead(self, count: int = 1) -> Token:
        """The token ``count`` after the next one."""
        return self.tokens[min(self.position + count, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.position]
        self.position += token.kind != "end"
        return token

    def skip(self, word: str) -> bool:
        """Take the next token if it is this word or symbol."""
        found = self.token.word == word
        self.position += found
        return found

    def expect(self, word: str, where: str) -> Token:
        """Take this word or symbol, or refuse the query."""
        if self.token.word != word:
            self.fail(f"expected `{word}` {where}, found {self.token.shown}")
        return self.advance()

    def name(self, what: str) -> str:
        """Take a name that is being declared."""
        if not self.token.is_name:
            self.fail(f"expected {what}, found {self.token.shown}")
        return self.advance().name

    def span_from(self, start: int) -> Span:
        """The span from a character offset to the end of the last token taken."""
        return start, self.tokens[self.position - 1].span[1]

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Refuse the query at a token, by default the next one."""
        raise PQLSyntaxError(message, self.text, (token or self.token).span)

    def fresh(self) -> Variable:
        """A variable ``_1``, ``_2``, ... for an implicit element; names the query uses itself are skipped."""
        while True:
            self.generated += 1
            name = f"_{self.generated}"
            if name not in self._names:
                return Variable(name)

    def descend(self, frames: int) -> None:
        """Reading goes deeper by this many Python frames; ``ascend`` comes back."""
        self._frames += frames
        if self._frames > MAX_FRAMES:
            self.fail("the query is nested too deeply here")

    def ascend(self, frames: int) -> None:
        """What ``descend`` began has been read."""
        self._frames -= frames
