"""The viewer's own organisations: who asks knows their ids and slugs, so nothing has to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from db.models import Entity, Organization
from db.shapes import First, One, Reader, Wanted
from domain.actor import Actor
from domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation as far as it is known without reading it."""

    id: UUID
    slug: str
    model: ClassVar[type[Entity]] = Organization

    @property
    def organization_id(self) -> UUID:
        return self.id


_ATTRIBUTES = frozenset({"id", "slug", "organization_id"})


class OwnById(One[Organization]):
    """Organisations by id; read only where more is wanted than is known."""

    async def load(self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        own = {each.id: each for each in _own(reader.actor)} if _suffices(wanted) else {}
        return _known(own, keys) or await super().load(reader, keys, wanted)


class OwnBySlug(First[Organization]):
    """Organisations by slug; read only where more is wanted than is known."""

    async def load(self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        own = {each.slug: each for each in _own(reader.actor)} if _suffices(wanted) else {}
        return _known(own, keys) or await super().load(reader, keys, wanted)


def _suffices(wanted: Wanted) -> bool:
    return wanted is not None and _ATTRIBUTES.issuperset(wanted)


def _own(actor: Actor) -> list[Known]:
    """Those that `visibility.organizations` shows the actor, as far as their slugs are known."""
    visible = set(actor.organizations_granting(Permission.ORGANIZATION_READ))
    return [Known(id, slug) for slug, id in actor.slugs.items() if id in visible]


def _known(own: Mapping[Any, Known], keys: Sequence[Any]) -> list[Any]:
    """All of them; none where one is not known: it may still be there."""
    return [own[key] for key in keys] if all(key in own for key in keys) else []
