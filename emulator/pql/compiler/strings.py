"""The string tests and regular expressions."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from emulator.pql import patterns
from emulator.pql.compiler.strict import Builder, strict
from emulator.pql.values import is_list, project, text_of, whole

TextTest = Callable[[str, str], bool]


def _texts(value: Any) -> list[str]:
    """The texts a value stands for: its own, or those of its elements."""
    found = (text_of(element) for element in value) if is_list(value) else (text_of(value),)
    return [text for text in found if text is not None]


def _passes(test: TextTest, value: Any, arguments: Sequence[Any], flag: Any, *, negative: bool) -> bool:
    """Whether some text of the value passes the test with some text of the arguments, or for ``negative`` none does.

    Case matters unless ``flag`` is false. What is no text passes neither test.
    """
    texts = _texts(value)
    others = [text for argument in arguments for text in _texts(argument)]
    if flag is False:
        texts, others = [text.lower() for text in texts], [text.lower() for text in others]
    found = any(test(text, other) for text in texts for other in others)
    return not found and all(map(_is_comparable, (value, *arguments))) if negative else found


def _is_comparable(operand: Any) -> bool:
    return len(operand) > 0 if is_list(operand) else text_of(operand) is not None


def _text_test(test: TextTest, *, negative: bool = False) -> Builder:
    """A test of a receiver and one argument, with an optional flag that says whether case matters."""

    def passes(value: Any, argument: Any, flag: Any = True) -> bool:
        if value.__class__ is argument.__class__ is str:
            if flag is False:
                value, argument = value.lower(), argument.lower()
            return test(value, argument) != negative
        return _passes(test, value, [argument], flag, negative=negative)

    return strict(passes)


def _equals(*, negative: bool) -> Builder:
    """``equals`` and ``notEqualTo``: any of several texts; a boolean or null after one says whether case matters."""

    def passes(value: Any, *arguments: Any) -> bool:
        if len(arguments) > 1 and isinstance(arguments[-1], bool | None):
            return _passes(operator.eq, value, arguments[:-1], arguments[-1], negative=negative)
        return _passes(operator.eq, value, arguments, True, negative=negative)

    return strict(passes)


def _like(text: str, pattern: str) -> bool:
    return patterns.like(pattern)(text)


def _matches(text: str, pattern: str) -> bool:
    """Found anywhere in the text."""
    return patterns.regex(pattern).search(text) is not None


def _regex_group(value: Any, pattern: Any, number: Any = 1) -> Any:
    """``s.regexGroup(re[, n])``: null without a match, and for a group that is not there."""
    wanted, group = text_of(pattern), whole(number)
    if wanted is None or group is None:
        return None
    expression = patterns.regex(wanted)

    def found(element: Any) -> Any:
        text = text_of(element)
        match = None if text is None else expression.search(text)
        return match.group(group) if match is not None and 0 <= group <= match.re.groups else None

    return project(value, found) if is_list(value) else found(value)


STRING_BUILDERS: dict[str, Builder] = {
    "like": _text_test(_like),
    "startsWith": _text_test(str.startswith),
    "doesNotStartWith": _text_test(str.startswith, negative=True),
    "endsWith": _text_test(str.endswith),
    "doesNotEndWith": _text_test(str.endswith, negative=True),
    "contains": _text_test(operator.contains),
    "doesNotContain": _text_test(operator.contains, negative=True),
    "equals": _equals(negative=False),
    "notEqualTo": _equals(negative=True),
    "matches": _text_test(_matches),
    "regexGroup": strict(_regex_group),
}
"""String function -> its builder."""
