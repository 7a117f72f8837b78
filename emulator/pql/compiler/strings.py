"""Closures of the string tests and regular expressions."""

import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from emulator.pql import patterns
from emulator.pql.ast import Apply, Literal
from emulator.pql.compiler.scope import Eval, Frame, Scope, Test
from emulator.pql.values import is_list, project, text_of, whole

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler

TextTest = Callable[[str, str], bool]
Builder = Callable[["Compiler", Apply, Scope], Eval]


def _texts(value: Any) -> list[str]:
    """The texts a value stands for: its own, or those of its elements."""
    found = (text_of(element) for element in value) if is_list(value) else (text_of(value),)
    return [text for text in found if text is not None]


def _any_pair(test: TextTest, value: Any, arguments: Iterable[Any], *, sensitive: bool) -> bool:
    """Whether some text of the value passes the test with some text of the arguments."""
    texts = _texts(value)
    others = [text for argument in arguments for text in _texts(argument)]
    if not sensitive:
        texts, others = [text.lower() for text in texts], [text.lower() for text in others]
    return any(test(text, other) for text in texts for other in others)


def _passes(test: TextTest, value: Any, arguments: list[Any], *, negative: bool, sensitive: bool) -> bool:
    if not negative:
        return _any_pair(test, value, arguments, sensitive=sensitive)
    for operand in (value, *arguments):
        comparable = len(operand) > 0 if is_list(operand) else text_of(operand) is not None
        if not comparable:
            return False
    return not _any_pair(test, value, arguments, sensitive=sensitive)


def _text_test(test: TextTest, *, negative: bool = False) -> Builder:
    """A test of a receiver and one argument, with an optional flag that says whether case matters."""

    def build(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
        value, argument = (compiler.value(param, scope) for param in node.params[:2])
        flag = compiler.value(node.params[2], scope) if len(node.params) == 3 else None

        def run(frame: Frame) -> bool:
            sensitive = flag is None or flag(frame) is not False
            return _passes(test, value(frame), [argument(frame)], negative=negative, sensitive=sensitive)

        if not all(isinstance(param, Literal) for param in node.params[1:]):
            return run
        literals = [param.value for param in node.params[1:] if isinstance(param, Literal)]
        return _with_literal(test, value, literals, negative=negative)

    return build


def _with_literal(test: TextTest, value: Eval, literals: list[Any], *, negative: bool) -> Test:
    """The test against one literal text, for the receiver that is a string as it should be."""
    sensitive = len(literals) == 1 or literals[1] is not False
    literal = text_of(literals[0])
    if literal is None:
        return lambda frame: False
    wanted = literal if sensitive else literal.lower()

    def exact(frame: Frame) -> bool:
        text = value(frame)
        if text.__class__ is str:
            return test(text, wanted) != negative
        return text is not None and _passes(test, text, [wanted], negative=negative, sensitive=True)

    def folded(frame: Frame) -> bool:
        text = value(frame)
        if text.__class__ is str:
            return test(text.lower(), wanted) != negative
        return text is not None and _passes(test, text, [wanted], negative=negative, sensitive=False)

    return exact if sensitive else folded


def _equals(*, negative: bool) -> Builder:
    """``equals`` and ``notEqualTo``: any of several texts; a boolean or null after one says whether case matters."""

    def build(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
        value, *others = (compiler.value(param, scope) for param in node.params)
        literals = [param.value for param in node.params[1:] if isinstance(param, Literal)]
        if len(literals) == len(others) and (
            len(literals) == 1 or (len(literals) == 2 and isinstance(literals[1], bool | None))
        ):
            return _with_literal(operator.eq, value, literals, negative=negative)

        def run(frame: Frame) -> bool:
            arguments = [other(frame) for other in others]
            sensitive = True
            if len(arguments) > 1 and isinstance(arguments[-1], bool | None):
                sensitive = arguments.pop() is not False
            return _passes(operator.eq, value(frame), arguments, negative=negative, sensitive=sensitive)

        return run

    return build


def like(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``s like p``."""
    value, pattern = (compiler.value(param, scope) for param in node.params)
    if isinstance(node.params[1], Literal):
        return _with_literal(_like, value, [node.params[1].value], negative=False)
    return lambda frame: _any_pair(_like, value(frame), [pattern(frame)], sensitive=True)


def _like(text: str, pattern: str) -> bool:
    return patterns.like(pattern)(text)


def matches(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``s.matches(re)``: found anywhere in s."""
    value, pattern = (compiler.value(param, scope) for param in node.params)
    return lambda frame: _any_pair(_found, value(frame), [pattern(frame)], sensitive=True)


def _found(text: str, pattern: str) -> bool:
    return patterns.regex(pattern).search(text) is not None


def regex_group(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``s.regexGroup(re[, n])``: null without a match, and for a group that is not there."""
    value, pattern = (compiler.value(param, scope) for param in node.params[:2])
    number = compiler.value(node.params[2], scope) if len(node.params) == 3 else None

    def run(frame: Frame) -> Any:
        found, wanted = value(frame), text_of(pattern(frame))
        group = 1 if number is None else whole(number(frame))
        if wanted is None or group is None:
            return None
        if is_list(found):
            return project(found, lambda element: _group(element, wanted, group))
        return _group(found, wanted, group)

    return run


def _group(value: Any, pattern: str, group: int) -> str | None:
    text = text_of(value)
    found = None if text is None else patterns.regex(pattern).search(text)
    if found is None or not 0 <= group <= found.re.groups:
        return None
    matched: str | None = found.group(group)
    return matched


STRING_BUILDERS: dict[str, Builder] = {
    "like": like,
    "startsWith": _text_test(str.startswith),
    "doesNotStartWith": _text_test(str.startswith, negative=True),
    "endsWith": _text_test(str.endswith),
    "doesNotEndWith": _text_test(str.endswith, negative=True),
    "contains": _text_test(operator.contains),
    "doesNotContain": _text_test(operator.contains, negative=True),
    "equals": _equals(negative=False),
    "notEqualTo": _equals(negative=True),
    "matches": matches,
    "regexGroup": regex_group,
}
"""String function -> its builder."""
