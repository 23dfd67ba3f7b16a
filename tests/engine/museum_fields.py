"""What the fields of the museum read, compute and ask, and who may see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, NewType

from engine.fields import Related, field
from engine.inputs import Inputs
from engine.types import described
from tests.engine import museum_rows as rows
from tests.engine.both import Trouble, Visit
from tests.engine.listing import later
from tests.engine.shelves import Broken, Faulty, Many, One, Some

Code = NewType("Code", str)
inputs = Inputs({}, rows.Forgery)
described(rows.Style, "How it is painted.", CUBIST="In cubes.", BAROQUE="With gold.")


@dataclass(frozen=True)
class Level:
    """Who may see a field; `reads` are the attributes of the row that this depends on."""

    name: str
    check: Callable[[Any, Any], None] | None
    reads: tuple[str, ...] = ()
    is_personal: bool = False
    description: str = ""
    permission: None = None


def _curator(visit: Visit, row: Any) -> None:
    if "curator" not in visit.roles:
        raise Trouble("Curators only.", {"roles": sorted(visit.roles)})


def _keeper(visit: Visit, row: Any) -> None:
    if row.artist_id not in {each.id for each in rows.ARTISTS[:1]}:
        raise Trouble(f"Not kept by you: {row.artist_id.int % 100}.")


def _faulty(visit: Visit, row: Any) -> None:
    raise RuntimeError("nobody knows")


CURATOR, KEEPER = Level("CURATOR", _curator), Level("KEEPER", _keeper, ("artist_id",))
FAULTY = Level("FAULTY", _faulty)

rooms, artists = One(lambda: rows.ROOMS), One(lambda: rows.ARTISTS)
paintings = One(lambda: rows.PAINTINGS)
faulty_artists = Faulty(lambda: rows.ARTISTS)
broken = Broken(Trouble("The archive is closed."))
paintings_of_room = Some(lambda: rows.PAINTINGS, "room_id")
paintings_of_artist = Many(lambda: rows.PAINTINGS, "artist_id", "paintings")
sculptures_of_artist = Many(lambda: rows.SCULPTURES, "artist_id", "sculptures")


class TitleOrderField(StrEnum):
    YEAR = "YEAR"
    ID = "ID"


described(TitleOrderField, "What to sort by.", YEAR="The year.", ID="The id.")


class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


described(Direction, "Up or down.", ASC="Up.", DESC="Down.")


@dataclass(frozen=True)
class TitleFilter:
    """Which titles."""

    title: Annotated[str | None, "A part of it."] = None


@dataclass(frozen=True)
class TitleOrder:
    """How to sort."""

    field: Annotated[TitleOrderField, "By what."]
    direction: Annotated[Direction, "Whether up or down."] = Direction.ASC


def required(source: Any, key: str, description: str = "", access: Any = None) -> Any:
    """As `related`, of what must be there."""
    return field(description, resolution=Related(source, key, required=True), access=access)


def fails(row: Any) -> Any:
    if row.id.int % 2:
        raise Trouble(f"odd: {row.id.int % 100}")
    return f"even: {row.id.int % 100}"


def unsure(row: Any) -> Any:
    """Sometimes a value, sometimes an exception that is not raised, sometimes a promise."""
    answers: list[Callable[[], Any]] = [
        lambda: row.title,
        lambda: Trouble("unsure"),
        lambda: later("sure"),
        lambda: later(Trouble("not sure")),
        lambda: None,
    ]
    return answers[row.id.int % 5]()


async def similar(
    visit: Visit,
    source: Any,
    limit: Annotated[int, "How many."] = 2,
    word: Annotated[str | None, "In the title."] = None,
) -> Any:
    """Works that are like it."""
    works: Sequence[Any] = rows.WORKS
    found = [each for each in works if each is not source and (word or "") in each.title]
    return found[:limit]


def echoed(visit: Visit, source: Any, value: Annotated[int, "Any."], at: rows.Style | None) -> Any:
    """What was said, where the year is known."""
    if source.year is None:
        raise Trouble(f"No year for {value}.")
    return f"{value} {at}"
