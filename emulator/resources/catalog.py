"""What Catalog objects have in common: who wrote them when, how what a client may write is checked and changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from emulator.formats import json_patch
from emulator.resources.refusals import invalid

if TYPE_CHECKING:
    from emulator.resources.space import Space

#: The client under whose name the emulator itself writes: fixtures, exports, query results.
SERVICE = "aep-segmentation-emulator"


class Provenance(Struct, frozen=True):
    """Who made a Catalog object and who changed it last. Times are epoch ms, clients are API keys."""

    created: int
    updated: int
    created_client: str
    updated_client: str
    revision: int = 0

    @classmethod
    def begun(cls, at: int, client: str) -> Provenance:
        """Answer the provenance of an object that ``client`` makes at ``at``."""
        return cls(at, at, client, client)

    def changed(self, at: int, client: str) -> Provenance:
        """Answer the provenance after one more change."""
        return replace(self, updated=at, updated_client=client, revision=self.revision + 1)

    def to_wire(self, space: Space) -> dict[str, Any]:
        """Answer the members that every Catalog object carries; each change raises ``version``."""
        return {
            "version": f"1.0.{self.revision}",
            "imsOrg": space.org,
            "sandboxId": space.sandbox.id,
            "created": self.created,
            "updated": self.updated,
            "createdClient": self.created_client,
            "createdUser": f"{self.created_client}@techacct.adobe.com",
            "updatedUser": f"{self.updated_client}@techacct.adobe.com",
        }


class Member(NamedTuple):
    """A member that a client may write: what it takes, as a test and in words."""

    takes: Callable[[Any], bool]
    wanted: str


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_tags(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(each, list) and all(isinstance(text, str) for text in each) for each in value.values()
    )


TEXT = Member(lambda value: isinstance(value, str), "a text")
FLAG = Member(lambda value: isinstance(value, bool), "true or false")
WHOLE = Member(_is_whole, "a whole number")
OBJECT = Member(lambda value: isinstance(value, Mapping), "an object")
LIST_OF_OBJECTS = Member(
    lambda value: isinstance(value, list) and all(isinstance(each, Mapping) for each in value), "a list of objects"
)
TAGS = Member(_is_tags, "an object of lists of texts")


def check_members(document: Mapping[str, Any], members: Mapping[str, Member], within: str = "") -> None:
    """Raise ``Refusal`` (400) for the first member of ``document`` whose value is of the wrong type."""
    for name, member in members.items():
        if name in document and not member.takes(document[name]):
            raise invalid(f"`{within}{name}` is {member.wanted}.")


def shallow_merge(document: Mapping[str, Any], partial: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``document`` with the members of ``partial`` in place of its own; a null takes the member away."""
    return {name: value for name, value in {**document, **partial}.items() if value is not None}


def json_patched(
    document: Mapping[str, Any], patch: object, ops: Collection[str] | None = None, paths: Collection[str] | None = None
) -> dict[str, Any]:
    """Answer ``document`` after a JSON Patch, of ``ops`` and ``paths`` only if given. Raises ``Refusal`` (400)."""
    try:
        return json_patch.apply(document, patch, ops=ops, paths=paths)
    except json_patch.PatchError as error:
        raise invalid(f"The JSON Patch cannot be applied: {error}") from None


def deep_merge(document: Mapping[str, Any], partial: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``document`` with ``partial`` merged into it, object by object; a null takes the member away.

    Source: RFC 7396, JSON Merge Patch.
    """
    result = dict(document)
    for name, value in partial.items():
        present = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            result[name] = deep_merge(present if isinstance(present, Mapping) else {}, value)
        else:
            result[name] = value
    return result
