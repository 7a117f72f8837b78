"""Segment search: audiences as a full-text index has them, by namespace and in folders.

Every audience that lists show is in the index, under its origin's id. Folders are those that external audiences name
(``linkedAudienceRef.audienceFolderId``, or ``audienceMeta.AAMFolderId``); nothing here knows more of them than their
ids, so all lie at the top, under ``root``.

Source: Adobe's guide to the segment search endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from emulator.formats import lucene
from emulator.formats.lucene import Document, Query
from emulator.resources import audiences
from emulator.resources.audiences import Audience, ExternalAudience
from emulator.resources.space import Space

#: The schema of what is searched; there is no other.
SCHEMA = "_xdm.context.segmentdefinition"

#: The parent of what lies in no folder.
ROOT = "root"


class Entity(Struct, frozen=True):
    """A folder or an audience. ``id`` is its origin's, ``source_id`` ours, ``parent_id`` its folder's, or root."""

    id: str
    source_id: str
    namespace: str
    name: str
    description: str | None
    is_folder: bool
    parent_id: str

    def document(self) -> Document:
        """Answer the words of its fields, under their names and the shorter ones that clients use."""
        if self.is_folder:
            texts = {"folderId": self.id, "folderLocation": f"/{ROOT}/{self.id}", "parentFolderId": self.parent_id}
        else:
            description = self.description or ""
            texts = {
                "segmentId": self.id,
                "segmentName": self.name,
                "segmentDescription": description,
                "parentFolderId": self.parent_id,
                "name": self.name,
                "description": description,
            }
        return {field: lucene.words(text) for field, text in texts.items()}


def entities(space: Space) -> list[Entity]:
    """Answer all that is indexed: folders first, then audiences, each by name."""
    found = [_entity(audience) for audience in audiences.listed(space)]
    folders = {
        (each.namespace, each.parent_id): Entity(
            each.parent_id, each.parent_id, each.namespace, each.parent_id, None, True, ROOT
        )
        for each in found
        if each.parent_id != ROOT
    }
    return sorted([*folders.values(), *found], key=lambda each: (not each.is_folder, each.name.casefold(), each.id))


def matching(found: list[Entity], query: Query | None) -> list[Entity]:
    """Answer those that ``query`` finds, in their order; all of them when it is None."""
    return found if query is None else [each for each in found if query.matches(each.document())]


def in_namespace(space: Space, namespace: str) -> list[Entity]:
    """Answer what is indexed of one namespace."""
    return [each for each in entities(space) if each.namespace == namespace]


def in_folder(found: list[Entity], folder_id: str) -> list[Entity] | None:
    """Answer what of ``found`` lies in a folder; None when there is no such folder."""
    if folder_id != ROOT and not any(each.is_folder and each.id == folder_id for each in found):
        return None
    return [each for each in found if each.parent_id == folder_id]


def way_to(found: list[Entity], entity_id: str) -> list[Entity]:
    """Answer the entity with this id, ours or its origin's, after the folders it lies in; nothing if there is none."""
    by_id = {id: each for each in reversed(found) for id in (each.source_id, each.id)}
    way: list[Entity] = []
    entity = by_id.get(entity_id)
    while entity is not None:
        way.insert(0, entity)
        entity = by_id.get(entity.parent_id) if entity.parent_id != ROOT else None
    return way


def _entity(audience: Audience) -> Entity:
    description = audience.document.get("description")
    return Entity(
        id=audience.audience_id,
        source_id=audience.id,
        namespace=audience.namespace,
        name=audience.name,
        description=description if isinstance(description, str) else None,
        is_folder=False,
        parent_id=_folder_id(audience) if isinstance(audience, ExternalAudience) else ROOT,
    )


def _folder_id(audience: ExternalAudience) -> str:
    for member, name in (("linkedAudienceRef", "audienceFolderId"), ("audienceMeta", "AAMFolderId")):
        reference: Mapping[str, object] = audience.document.get(member, {})
        folder_id = reference.get(name)
        if isinstance(folder_id, str) and folder_id:
            return folder_id
    return ROOT
