"""From text to tokens, in one pass and linear time."""

import re
from dataclasses import dataclass

from emulator.pql.ast import Scalar
from emulator.pql.errors import PQLSyntaxError, Span

MAX_LENGTH = 131_072
"""Characters a query in pql/text may have."""

RESERVED = frozenset(
    "and or not in notin like occurs true false null now today yesterday tomorrow".split(" ")  # noqa: SIM905
)
"""Words, in lower case, that are never a field name where an expression may start."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<name>[^\W\d]\w*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')
    |(?P<quoted>`(?:[^`]|``)*`)
    |(?P<parameter>\$[0-9]+)
    |(?P<symbol>==|&&|\|\||<>|=>|<=|>=|!=|[()\[\]{},.:^+\-*/%=<>!])
    |(?P<illegal>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "/": "/", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_FOREIGN = {"==": "=", "<>": "!=", "&&": "and", "||": "or"}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: name, quoted, literal, parameter, symbol or end.

    ``word``: a name in lower case, or a symbol, else empty; ``value``: that of a literal, a name without its quotes, or
    the number of a parameter.
    """

    kind: str
    text: str
    span: Span
    word: str = ""
    value: Scalar = None

    @property
    def is_name(self) -> bool:
        """Whether it can be a variable: a backquoted name, or a name that is not reserved."""
        return self.kind == "quoted" or (self.kind == "name" and self.word not in RESERVED)

    @property
    def name(self) -> str:
        """The name a token of kind name or quoted stands for."""
        return str(self.value)

    @property
    def shown(self) -> str:
        """The token as an error names it."""
        if self.kind == "end":
            return "the end"
        return f"`{self.text if len(self.text) <= 30 else self.text[:29] + '…'}`"


def tokenize(text: str) -> list[Token]:
    """The tokens of a query, closed by one of kind ``end``. Raises PQLSyntaxError."""
    if len(text) > MAX_LENGTH:
        raise PQLSyntaxError(f"the query has {len(text)} characters; {MAX_LENGTH} are allowed")
    tokens = [
        _token(text, str(found.lastgroup), found.group(), found.span())
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "space"
    ]
    return [*tokens, Token("end", "", (len(text), len(text)))]


def _token(text: str, kind: str, found: str, span: Span) -> Token:
    match kind:
        case "name":
            return Token("name", found, span, found.lower(), found)
        case "number":
            return Token("literal", found, span, value=_number(text, found, span))
        case "string":
            return Token("literal", found, span, value=_unescape(text, found[1:-1], span[0] + 1))
        case "quoted":
            return Token("quoted", found, span, value=found[1:-1].replace("``", "`"))
        case "parameter":
            if len(found) > 10:
                raise PQLSyntaxError("a query has no such parameter", text, span)
            return Token("parameter", found, span, value=int(found[1:]))
        case "illegal":
            raise _illegal(text, found, span)
    if found in _FOREIGN:
        raise PQLSyntaxError(f"`{found}` is not an operator; use `{_FOREIGN[found]}`", text, span)
    return Token("symbol", found, span, found)


def _number(text: str, digits: str, span: Span) -> int | float:
    following = text[span[1] : span[1] + 1]
    if following.isalnum() or following == "_":
        raise PQLSyntaxError(f"a number cannot be followed by `{following}`", text, (span[0], span[1] + 1))
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise PQLSyntaxError("the number is too large", text, span)
    return int(digits.lstrip("0") or "0") if digits.isdigit() else value


def _unescape(text: str, body: str, offset: int) -> str:
    if "\\" not in body:
        return body

    def replace(found: re.Match[str]) -> str:
        escape = found.group(1)
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPES:
            start = offset + found.start()
            hint = "`\\u` needs four hexadecimal digits" if escape == "u" else f"write `\\\\{escape}` for a backslash"
            raise PQLSyntaxError(f"`\\{escape}` is not an escape; {hint}", text, (start, start + 2))
        return _ESCAPES[escape]

    value = _ESCAPE.sub(replace, body)
    return _SURROGATES.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), value)


def _illegal(text: str, character: str, span: Span) -> PQLSyntaxError:
    if character in "\"'`":
        return PQLSyntaxError(f"the {character} opened here is never closed", text, span)
    if character == "$":
        return PQLSyntaxError("`$` must be followed by the number of a parameter, as in `$1`", text, span)
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    return PQLSyntaxError(f"{shown} has no meaning in PQL", text, span)
