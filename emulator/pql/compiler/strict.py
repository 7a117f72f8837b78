"""Closures of strict functions: those that need no more than the values of their parameters."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply
from emulator.pql.compiler.scope import Eval, Scope

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler

Builder = Callable[["Compiler", Apply, Scope], Eval]
"""How a row of the function table becomes a closure."""


def strict(function: Callable[..., Any]) -> Builder:
    """The builder of a function of values."""

    def build(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
        params = [compiler.value(param, scope) for param in node.params]
        match params:
            case [only]:
                return lambda frame: function(only(frame))
            case [first, second]:
                return lambda frame: function(first(frame), second(frame))
        return lambda frame: function(*[param(frame) for param in params])

    return build
