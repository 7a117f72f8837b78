"""JSON Patch: RFC 6902's operations, what a resource allows, and any JSON at all."""

import copy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.formats.json_patch import RFC_6902_OPS, PatchError, apply
from tests.for_each import for_each


def patched(document: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    return apply(document, list(operations), ops=None, paths=None)


def refused(
    document: dict[str, Any], patch: object, ops: frozenset[str] | None = None, paths: frozenset[str] | None = None
) -> PatchError:
    before = copy.deepcopy((document, patch))
    with pytest.raises(PatchError) as caught:
        apply(document, patch, ops=ops, paths=paths)
    assert (document, patch) == before
    return caught.value


class TestOperations:
    """The cases of RFC 6902, appendix A, and of its section 4."""

    @for_each(
        "document, operation, expected",
        [
            ({"foo": "bar"}, {"op": "add", "path": "/baz", "value": "qux"}, {"baz": "qux", "foo": "bar"}),
            ({"foo": [1, 3]}, {"op": "add", "path": "/foo/1", "value": 2}, {"foo": [1, 2, 3]}),
            ({"foo": [1]}, {"op": "add", "path": "/foo/-", "value": [2]}, {"foo": [1, [2]]}),
            ({"foo": 1}, {"op": "add", "path": "/foo", "value": None}, {"foo": None}),
            ({"foo": 1}, {"op": "add", "path": "", "value": {"bar": 2}}, {"bar": 2}),
            ({"foo": 1, "bar": 2}, {"op": "remove", "path": "/foo"}, {"bar": 2}),
            ({"foo": [1, 2, 3]}, {"op": "remove", "path": "/foo/1"}, {"foo": [1, 3]}),
            ({"foo": 1}, {"op": "replace", "path": "/foo", "value": {}}, {"foo": {}}),
            ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
            ({"a": [1]}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": [1], "b": [1]}),
            ({"foo": 1}, {"op": "test", "path": "/foo", "value": 1.0}, {"foo": 1}),
            ({"foo": [1, "2"]}, {"op": "test", "path": "/foo", "value": [1, "2"]}, {"foo": [1, "2"]}),
            ({"/": 9, "~1": 10}, {"op": "test", "path": "/~01", "value": 10}, {"/": 9, "~1": 10}),
            ({"a.b": 1}, {"op": "replace", "path": "/a.b", "value": 2}, {"a.b": 2}),
            ({"": 1}, {"op": "replace", "path": "/", "value": 2}, {"": 2}),
            ({"foo": 1}, {"op": "add", "path": "/bar", "value": 2, "xyz": 3}, {"foo": 1, "bar": 2}),
        ],
    )
    def test_do_what_the_rfc_says(
        self, document: dict[str, Any], operation: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        assert patched(document, operation) == expected

    def test_apply_in_order(self) -> None:
        assert patched({}, {"op": "add", "path": "/a", "value": []}, {"op": "add", "path": "/a/0", "value": 1}) == {
            "a": [1]
        }

    def test_may_be_none(self) -> None:
        document = {"a": 1}
        answer = patched(document)
        assert answer == document
        assert answer is not document


class TestIndependence:
    def test_of_the_document(self) -> None:
        document = {"a": {"b": [1]}, "c": 1}
        answer = patched(document, {"op": "add", "path": "/c", "value": 2})
        answer["a"]["b"].append(2)
        assert document == {"a": {"b": [1]}, "c": 1}

    def test_of_the_patch(self) -> None:
        patch = {"op": "add", "path": "/a", "value": []}
        patched({}, patch, {"op": "add", "path": "/a/-", "value": 1})["a"].append(2)
        assert patch["value"] == []

    def test_of_what_is_copied(self) -> None:
        answer = patched(
            {"a": []}, {"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 1}
        )
        assert answer == {"a": [], "b": [1]}

    def test_of_parts_that_were_one_object(self) -> None:
        shared: list[int] = []
        answer = patched({"a": shared, "b": shared}, {"op": "add", "path": "/a/-", "value": 1})
        assert answer == {"a": [1], "b": []}


class TestRefusal:
    @for_each("patch", ['[{"op": "remove", "path": "/a"}]', b"[]", {"op": "remove"}, None, 1, True, ()])
    def test_of_what_is_not_a_list(self, patch: object) -> None:
        error = refused({"a": 1}, patch)
        assert (error.index, error.pointer) == (None, None)
        assert str(error).startswith("a JSON Patch is a list of operations, not ")

    @for_each(
        "operation, message",
        [
            ("remove", "an operation is an object with op, path and value, not a string"),
            (None, "an operation is an object with op, path and value, not null"),
            ({"path": "/a", "value": 1}, "op is missing: use add, copy, move, remove, replace or test"),
            ({"op": "Add", "path": "/a", "value": 1}, "op cannot be 'Add': use add"),
            ({"op": ["add"], "path": "/a", "value": 1}, "op cannot be a list: use add"),
            ({"op": "add", "value": 1}, "path is missing: add needs a JSON Pointer"),
            ({"op": "add", "path": 1, "value": 1}, "path is a number: add needs a JSON Pointer"),
            ({"op": "add", "path": "/a"}, "value is missing: add needs one, and null is one"),
            ({"op": "test", "path": "/a"}, "value is missing"),
            ({"op": "move", "path": "/a"}, "from is missing: move needs a JSON Pointer"),
            ({"op": "copy", "path": "/a", "from": None}, "from is null"),
            ({"op": "replace", "path": "/missing", "value": 1}, "replace does not fit the document"),
            ({"op": "remove", "path": "/missing"}, "remove does not fit the document"),
            ({"op": "remove", "path": ""}, "remove does not fit the document"),
            ({"op": "remove", "path": "/list/-"}, "remove does not fit the document"),
            ({"op": "replace", "path": "/list/-", "value": 1}, "replace does not fit the document"),
            ({"op": "add", "path": "a", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/~2", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/list/3", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/list/-1", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/list/01", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": f"/list/{'9' * 10_000}", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/text/0", "value": 1}, "add does not fit the document"),
            ({"op": "add", "path": "/a/b/c", "value": 1}, "add does not fit the document"),
            ({"op": "move", "from": "/list", "path": "/list/0"}, "move does not fit the document"),
            ({"op": "copy", "from": "/list/7", "path": "/a"}, "copy does not fit the document"),
            ({"op": "add", "path": "", "value": [1]}, "the whole document must stay an object, not become a list"),
            ({"op": "test", "path": "/a", "value": 2}, "the test failed"),
            ({"op": "test", "path": "/a", "value": True}, "the test failed"),
            ({"op": "test", "path": "/missing", "value": None}, "the test failed"),
        ],
    )
    def test_says_what_and_where(self, operation: Any, message: str) -> None:
        document = {"a": 1, "list": [1, 2], "text": "text"}
        error = refused(document, [{"op": "add", "path": "/b", "value": 1}, operation])
        assert error.message.startswith(message)
        assert error.index == 1
        path = operation.get("path") if isinstance(operation, dict) else None
        assert error.pointer == (path if isinstance(path, str) else None)
        assert str(error).startswith("operation 1")
        assert len(str(error)) < 500

    def test_of_another_op_says_which_are_allowed(self) -> None:
        error = refused({"a": 1}, [{"op": "remove", "path": "/a"}], ops=frozenset({"add", "replace"}))
        assert str(error) == "operation 0, '/a': op cannot be 'remove': use add or replace"

    def test_of_another_path_says_which_are_allowed(self) -> None:
        patch = [{"op": "add", "path": "/id", "value": 1}]
        error = refused({}, patch, paths=frozenset({"/state", "/schedule"}))
        assert str(error) == "operation 0, '/id': path cannot be '/id': use /schedule or /state"

    @for_each("path", ["/state/", "/state/0", "/State", "state", ""])
    def test_of_a_path_that_only_resembles_an_allowed_one(self, path: str) -> None:
        patch = [{"op": "add", "path": path, "value": {}}]
        assert refused({"state": {}}, patch, paths=frozenset({"/state"})).message.startswith("path cannot be")

    @pytest.mark.parametrize("op", ["move", "copy"])
    def test_of_a_from_that_is_not_allowed(self, op: str) -> None:
        patch = [{"op": op, "from": "/id", "path": "/state"}]
        assert refused({"id": 1}, patch, paths=frozenset({"/state"})).message.startswith("from cannot be '/id'")

    def test_comes_before_any_operation(self) -> None:
        patch = [{"op": "test", "path": "/a", "value": 2}, {"op": "add"}]
        assert refused({"a": 1}, patch).index == 1

    @pytest.mark.parametrize("place", ["document", "patch"])
    def test_of_json_too_deep_to_copy(self, place: str) -> None:
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        document, value = (deep, 1) if place == "document" else (1, deep)
        with pytest.raises(PatchError, match="nested too deeply"):
            patched({"a": document}, {"op": "add", "path": "/b", "value": value})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/01-", max_size=2), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from(["a", "b", "", "~", "/", "0"]), values, max_size=3)
pointers = st.lists(st.sampled_from(["a", "b", "", "~0", "~1", "0", "1", "-", "-1", "9" * 5_000, "~", "01"])).map(
    lambda tokens: "".join(f"/{token}" for token in tokens)
)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(sorted(RFC_6902_OPS))},
    optional={"path": pointers | values, "from": pointers | values, "value": values},
)


@given(documents, st.lists(operations | values, max_size=4) | values)
@example({"a": "text"}, [{"op": "copy", "from": "/a/0", "path": "/b"}])
@example({"a": [1]}, [{"op": "move", "from": "/a/-", "path": "/b"}])
@example({"a": [1]}, [{"op": "add", "path": "/a/-/b", "value": 1}])
def test_any_json_is_applied_or_refused_without_a_change(document: dict[str, Any], patch: Any) -> None:
    before = repr((document, patch))
    try:
        answer = apply(document, patch, ops=None, paths=None)
    except PatchError as error:
        refused_at = error.index
    else:
        refused_at = None
        assert isinstance(answer, dict)
    assert repr((document, patch)) == before
    assert refused_at is None or 0 <= refused_at < len(patch)


@given(documents, st.sampled_from(["/a", "/b", "/~0", "/~1", "/0", "/"]), values)
def test_what_is_added_is_there_and_nothing_else_changes(document: dict[str, Any], path: str, value: Any) -> None:
    name = path[1:].replace("~1", "/").replace("~0", "~")
    answer = patched(document, {"op": "add", "path": path, "value": value})
    assert repr(answer[name]) == repr(value)
    assert repr({**answer, name: None}) == repr({**document, name: None})
