"""From tree to pql/json, its keys in the order of the format."""

import json
from typing import Any

from emulator.pql import ast

Json = dict[str, Any]


def to_json(tree: ast.Node) -> Json:
    """A tree as a node of pql/json."""
    match tree:
        case ast.Literal():
            return _literal(tree.type, tree.value)
        case ast.TimeWord():
            return _literal("Date", tree.word)
        case ast.Parameter():
            return {"nodeType": "parameterReference", "position": tree.position}
        case ast.Variable():
            return {"nodeType": "varRef", "varName": tree.name}
        case ast.Field():
            return {"nodeType": "fieldLookup", "fieldName": tree.name, "object": to_json(tree.object)}
        case ast.ListOf():
            return _list(tree)
        case ast.ObjectOf():
            return _apply("object", [part for key, value in tree.entries for part in (_string(key), to_json(value))])
        case ast.Apply():
            return _apply(tree.function, [to_json(param) for param in tree.params])
        case ast.Function():
            params = [{"varName": name} for name in tree.params]
            return {"nodeType": "fnCreate", "params": params, "body": to_json(tree.body)}
        case ast.Select():
            return {"nodeType": "select", "variables": [_declaration(each) for each in tree.variables]}
        case ast.Quantified():
            variables = [_declaration(each) for each in tree.variables]
            return {"nodeType": "quantification", "quantifier": tree.quantifier, "variables": variables}
        case ast.Let():
            value, body = to_json(tree.value), to_json(tree.body)
            return {"nodeType": "let", "varName": tree.name, "value": value, "body": body}
        case ast.Occurs():
            return _apply("occurs", [to_json(tree.operand), *_tail(tree.tail)])
        case ast.Chain():
            steps = [_step(step) for step in tree.steps]
            return _apply("chain", [to_json(tree.source), to_json(tree.time), *steps])


def to_json_text(tree: ast.Node) -> str:
    """A tree as compact JSON text."""
    node = to_json(tree)
    text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
        return json.dumps(node, separators=(",", ":"))
    return text


def _apply(name: str, params: list[Json]) -> Json:
    return {"nodeType": "fnApply", "fnName": name, "params": params}


def _literal(literal_type: str, value: Any) -> Json:
    return {"nodeType": "literal", "literalType": literal_type, "value": value}


def _string(value: str) -> Json:
    return _literal("String", value)


def _list(tree: ast.ListOf) -> Json:
    scalars = [item.value for item in tree.items if isinstance(item, ast.Literal) and item.value is not None]
    if len(scalars) == len(tree.items):
        return _literal("List", scalars)
    return _apply("list", [to_json(item) for item in tree.items])


def _declaration(declaration: ast.Declaration) -> Json:
    node = {"nodeType": "varDecl", "varName": declaration.name, "from": to_json(declaration.source)}
    if declaration.condition is not None:
        node["where"] = to_json(declaration.condition)
    return node


def _tail(tail: ast.Tail) -> list[Json]:
    if isinstance(tail, ast.Between):
        return [_string("between"), to_json(tail.start), to_json(tail.end)]
    if isinstance(tail, ast.Window):
        words = [_string(tail.unit), _string(tail.direction)]
        return [_string(tail.comparison), _literal("Integer", tail.amount), *words, to_json(tail.reference)]
    return [_string(tail.relation), to_json(tail.reference)]


def _step(step: ast.Step) -> Json:
    node: Json = {"nodeType": "chainStep", "label": step.label, "what": to_json(step.what)}
    if step.when is not None:
        node["when"] = _tail(step.when)
    if step.count is not None:
        node["count"] = step.count
    if step.where is not None:
        node["where"] = to_json(step.where)
    return node
