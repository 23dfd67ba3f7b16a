"""A museum whose fields are declared in every way there is, over rows that are not all sound."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Union

import strawberry
from strawberry.schema.config import StrawberryConfig

from engine.connections import Connection
from engine.connections import connected as connected_by
from engine.fields import Open, attribute, computed, facet, related
from engine.operations import answered as answered_by
from engine.types import entity, node, record
from tests.engine import museum_fields as given
from tests.engine import museum_rows as rows
from tests.engine.both import Info, Trouble, both
from tests.engine.listing import later
from tests.engine.museum_fields import CURATOR, FAULTY, KEEPER, required
from tests.engine.shelves import number as nth

connected = partial(connected_by, inputs=given.inputs, description="")
answered = partial(answered_by, inputs=given.inputs)
ANY_WORK = Annotated["Work", strawberry.lazy("tests.engine.museum")]
listed = partial(related, given.paintings_of_room, key="id", description="")


@node("A thing with an id.", access=Open())
class Node:
    pass


@entity("A room.", row=rows.Room, access=Open())
class Room(Node):
    name: str = attribute("")
    floor: int | None = attribute("")
    paintings: list["Painting"] = listed()
    paintings_or_nulls: list[Union["Painting", None]] | None = listed()
    hidden: list["Painting"] | None = listed(access=CURATOR)


@entity("An artist.", row=rows.Artist, access=Open())
class Artist(Node):
    name: str = attribute("")
    born: int | None = attribute("")
    nickname: str | None = attribute("")
    mentor: Union["Artist", None] = related(given.artists, key="mentor_id", description="")
    needed_mentor: "Artist" = required(given.artists, "mentor_id")
    paintings: Connection["Painting"] = connected(
        given.paintings_of_artist, filter=given.TitleFilter, order=given.TitleOrder
    )
    sculptures: Connection["Sculpture"] | None = connected(given.sculptures_of_artist)
    kept: Connection["Painting"] | None = connected(given.paintings_of_artist, access=CURATOR)


@record("Something made.", access=Open(), interface=True)
class Work:
    title: str | None = attribute("")
    artist: Artist | None = related(given.artists, key="artist_id", description="")
    similar: list["Work"] = answered(given.similar, type=list[ANY_WORK])


@record("A frame.", access=Open())
class Frame:
    width: int = attribute("")
    label: str | None = attribute("")
    depth: int | None = attribute("")


@record("What is written on the plate.", access=Open())
class Plate:
    title: str | None = attribute("")
    year: int | None = attribute("")
    artist: Artist = required(given.artists, "artist_id")
    secret: str = attribute("", access=CURATOR)


@entity("A painting.", row=rows.Painting, access=Open())
class Painting(Work, Node):
    needed_title: str = computed(lambda row: row.title, description="", needs=("title",))
    year: int | None = attribute("")
    style: rows.Style | None = attribute("")
    code: given.Code | None = attribute("")
    painted_at: datetime | None = attribute("")
    tags: list[str | None] | None = attribute("")
    words: list[str] = attribute("")
    grid: list[list[int | None] | None] | None = attribute("")
    matrix: list[list[int]] = attribute("")
    frames: list[list[Frame | None] | None] | None = attribute("")
    panels: list[list[Frame]] | None = attribute("")
    fails: str | None = computed(given.fails, description="", needs=("id",))
    must_not_fail: str = computed(given.fails, description="", needs=("id",))
    unsure: str | None = computed(given.unsure, description="", needs=("id", "title"))
    must_be_sure: str = computed(given.unsure, description="", needs=("id", "title"))
    plate: Plate = facet("")
    needed_artist: Artist = required(given.artists, "artist_id")
    room: Room | None = related(given.rooms, key="room_id", description="")
    needed_room: Room = required(given.rooms, "room_id")
    faulty_artist: Artist | None = related(given.faulty_artists, key="artist_id", description="")
    must_have_artist: Artist = required(given.faulty_artists, "artist_id")
    archived: Artist | None = related(given.broken, key="artist_id", description="")
    must_be_archived: Artist = required(given.broken, "artist_id")
    echoed: str | None = answered(given.echoed, type=str | None)
    must_echo: str = answered(given.echoed, type=str)
    note: str | None = attribute("", access=CURATOR)
    needed_note: str = computed(
        lambda row: row.note, description="", needs=("note",), access=CURATOR
    )
    kept_note: str | None = attribute("", access=KEEPER)
    kept_year: int = computed(lambda row: row.year, description="", needs=("year",), access=KEEPER)
    kept_room: Room | None = related(given.rooms, key="room_id", description="", access=KEEPER)
    kept_frames: list[Frame] | None = computed(
        lambda row: row.frames, description="", needs=("frames",), access=KEEPER
    )
    checked_badly: str | None = attribute("", access=FAULTY)

    @strawberry.field
    def plain(self, info: Info, times: int = 1) -> str | None:
        return given.fails(self) * times  # type: ignore[no-any-return]  # a text

    @strawberry.field
    async def awaited(self, info: Info) -> str:
        return await later(given.fails(self))  # type: ignore[no-any-return]  # as above


@entity("A sculpture.", row=rows.Sculpture, access=Open())
class Sculpture(Work, Node):
    weight: float | None = attribute("")
    needed_weight: float = computed(lambda row: row.weight, description="", needs=("weight",))
    parts: list[Painting] = attribute("")
    year: int | None = computed(lambda row: 1800 + row.id.int % 100, description="", needs=("id",))


Found = Annotated[Painting | Sculpture | Artist | Room, strawberry.union("Found")]


@strawberry.type
class Query:
    @strawberry.field
    def paintings(self) -> list[Painting]:
        return rows.PAINTINGS  # type: ignore[return-value]  # the rows that it describes

    @strawberry.field
    def paintings_or_nulls(self) -> list[Painting | None] | None:
        return [None, *rows.PAINTINGS, None]  # type: ignore[list-item]  # as above

    @strawberry.field
    async def painting(self, number: int = 21) -> Painting | None:
        return next((row for row in rows.PAINTINGS if row.id.int % 100 == number), None)  # type: ignore[return-value]  # as above

    @strawberry.field
    def sound(self) -> list[Painting]:
        return rows.PAINTINGS[:2]  # type: ignore[return-value]  # as above

    @strawberry.field
    def walls(self) -> list[list[Painting | None] | None] | None:
        return [[rows.PAINTINGS[0], None], None, [], rows.PAINTINGS[1:]]  # type: ignore[list-item]  # as above

    @strawberry.field
    async def works(self) -> list[Work]:
        return rows.WORKS  # type: ignore[return-value]  # as above

    @strawberry.field
    def works_or_nulls(self) -> list[Work | None]:
        return [None, *rows.WORKS, rows.Forgery(nth(41)), None]  # type: ignore[list-item]  # as above

    @strawberry.field
    def found(self) -> list[Found | None]:
        return [*rows.WORKS, None, *rows.ROOMS, *rows.ARTISTS, rows.Forgery(nth(41))]  # type: ignore[list-item]  # as above

    @strawberry.field
    def nodes(self) -> list[Node | None]:
        return [rows.ROOMS[0], rows.Forgery(nth(41)), None, *rows.WORKS]  # type: ignore[list-item]  # as above

    @strawberry.field
    def artists(self) -> list[Artist]:
        return rows.ARTISTS  # type: ignore[return-value]  # as above

    @strawberry.field
    async def rooms(self) -> list[Room] | None:
        return rows.ROOMS  # type: ignore[return-value]  # as above

    @strawberry.field
    def nothing(self) -> Painting | None:
        return None

    @strawberry.field
    def number(self, value: int = 1) -> int:
        return value


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def show(self, info: Info, number: int) -> Painting | None:
        if not number:
            raise Trouble("Nothing to show.")
        info.context.reads.append((number, []))
        return next((row for row in rows.PAINTINGS if row.id.int % 100 == number), None)  # type: ignore[return-value]  # as above

    @strawberry.mutation
    def shown(self, info: Info) -> list[str]:
        return [str(what) for what, _ in info.context.reads if isinstance(what, int)]

    @strawberry.mutation
    async def must_show(self, number: int) -> Painting:
        return next((row for row in rows.PAINTINGS if row.id.int % 100 == number), None)  # type: ignore[return-value]  # as above


def _written(code: Any) -> str:
    if code == "odd":
        raise Trouble("an odd code")
    return f"<{code}>"


config = StrawberryConfig(
    scalar_map={given.Code: strawberry.scalar(name="Code", serialize=_written)}
)
schema = strawberry.Schema(Query, Mutation, types=[Sculpture], config=config)
museum = both(schema)
