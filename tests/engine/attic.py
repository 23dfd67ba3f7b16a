"""An attic full of things that are not what they should be, among things that are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Union

import strawberry
from strawberry.scalars import JSON

from engine.connections import Connection, connected
from engine.fields import Open, attribute, computed, facet, related
from engine.operations import answered
from engine.types import record
from tests.engine import museum_rows as rows
from tests.engine.both import Info, Trouble, Visit, both
from tests.engine.listing import later
from tests.engine.museum_fields import CURATOR, KEEPER, inputs, required
from tests.engine.shelves import Many, One, number


@dataclass(frozen=True, eq=False)
class Uncountable(Many):
    """A list of which nobody knows how long it is, nor what lies before a page."""

    async def counts(self, *_: Any) -> list[int]:
        raise Trouble("It cannot be counted.")

    async def preceded(self, *_: Any) -> list[bool]:
        raise Trouble("It is too dark to look back.")


@dataclass(frozen=True, eq=False)
class Unreadable(Many):
    """A list that can be counted, but not read."""

    async def pages(self, *_: Any) -> list[list[Any]]:
        raise Trouble("It cannot be read.")


@dataclass(frozen=True, eq=False)
class Patient(One):
    """The row of an id, after some time."""

    async def load(self, reader: Any, keys: Sequence[Any], wanted: Any = None) -> list[Any]:
        for _ in range(9):
            await asyncio.sleep(0)
        return await super().load(reader, keys, wanted)


class Chest(SimpleNamespace):
    """A source of which some attributes are missing, and some are broken."""

    @property
    def jammed(self) -> Any:
        raise RuntimeError(f"jammed: {self.label}")


def boxes() -> list[Any]:
    """Sound boxes with unsound ones among them."""
    sound = {"inside": None, "owner_id": number(11), "key": number(11), "data": {"a": [1, None]}}
    return [
        Chest(label="one", **sound),
        Chest(label="two", **{**sound, "owner_id": number(12), "data": 2**70}),
        Chest(label="three", inside=RuntimeError("empty"), key=[], data="text"),
        Chest(label=None, inside=Chest(label="inner", **sound), owner_id=None, key=None, data=None),
        Chest(inside=[], owner_id=number(99), key={}, data=RuntimeError("no data")),
    ]


artists = One(lambda: rows.ARTISTS)
patient = Patient(lambda: rows.ARTISTS)
uncountable = Uncountable(lambda: rows.PAINTINGS, "artist_id", "uncountable")
unreadable = Unreadable(lambda: rows.PAINTINGS, "artist_id", "unreadable")


async def taken(visit: Visit, source: Any, what: Any = None) -> Any:
    """Takes what is given, and what is in it."""
    what["taken"] = [*what.get("taken", []), source.label]
    return what


@record("An artist, seen from the attic.", access=Open())
class Owner:
    name: str = attribute("")
    lost: Connection["Piece"] | None = connected(uncountable, inputs=inputs, description="")
    shut: Connection["Piece"] | None = connected(unreadable, inputs=inputs, description="")


@record("A painting, seen from the attic.", access=Open())
class Piece:
    title: str | None = attribute("")


@record("What a box says.", access=Open())
class Tag:
    label: str | None = attribute("")
    needed: str = computed(lambda row: row.label, description="", needs=("label",))
    owner: Owner | None = related(artists, key="owner_id", description="")


@record("A box.", access=Open())
class Box:
    label: str | None = attribute("")
    jammed: str | None = attribute("")
    inside: Union["Box", None] = attribute("")
    needed_inside: "Box" = computed(lambda row: row.inside, description="", needs=("inside",))
    tag: Tag = facet("")
    guarded_tag: Tag | None = facet("", access=CURATOR)
    owner: Owner | None = related(artists, key="owner_id", description="")
    needed_owner: Owner = required(artists, "owner_id")
    opened: Owner | None = related(artists, key="key", description="")
    stuck: Owner | None = related(artists, key="jammed", description="")
    kept: Owner | None = related(artists, key="owner_id", description="", access=KEEPER)
    kept_label: str | None = computed(lambda row: row.label, description="", access=KEEPER)
    patient: Owner | None = related(patient, key="owner_id", description="")
    data: JSON | None = attribute("")
    taken: JSON | None = answered(taken, type=JSON | None, inputs=inputs)

    @strawberry.field
    def where(self, info: Info) -> str:
        return f"{info.path.as_list()} {info.field_name} {info.python_name}"

    @strawberry.field
    async def asked(self, info: Info) -> str:
        return " ".join(str(each) for each in info.selected_fields)

    @strawberry.field
    def emptied(self, what: JSON) -> JSON:
        given: Any = what
        given["emptied"] = given.get("emptied", 0) + 1
        return what

    @strawberry.field
    async def must_fail(self) -> str:
        raise Trouble("It must.")


@strawberry.type
class Query:
    @strawberry.field
    def boxes(self) -> list[Box | None]:
        return boxes()

    @strawberry.field
    def box(self, info: Info, at: int = 0) -> Box | None:
        return boxes()[at]  # type: ignore[no-any-return]  # a source of a box

    @strawberry.field
    def sound(self) -> list[Box]:
        return boxes()[:2]

    @strawberry.field
    def wrong(self) -> list[Box | None]:
        return [boxes()[0], RuntimeError("no box"), 3, "text", None, boxes()[1]]

    @strawberry.field
    def promised(self) -> list[Box | None]:
        made = [later(each) for each in (boxes()[0], RuntimeError("no box"), None)]
        return [*made, boxes()[1]]

    @strawberry.field
    def nested(self) -> list[list[Box | None] | None] | None:
        return [boxes()[:1], RuntimeError("no list"), [RuntimeError("no box"), *boxes()[1:2]], None]  # type: ignore[list-item]  # as above

    @strawberry.field
    async def anything(self) -> JSON | None:
        found: Any = {"big": 2**70, "at": [1.0, 1, True, None, {"x": "\u2028"}]}
        return found  # type: ignore[no-any-return]  # JSON

    @strawberry.field
    def moment(self) -> datetime:
        return rows.NOON


attic = both(strawberry.Schema(Query))
