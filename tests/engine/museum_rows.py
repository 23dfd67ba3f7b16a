"""What hangs in the museum: rows that are whole, rows that lack something, rows that are wrong."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from tests.engine.shelves import number


class Style(Enum):
    CUBIST = "cubist"
    BAROQUE = "baroque"


@dataclass
class Room:
    id: UUID
    name: str
    floor: int | None = None


@dataclass
class Artist:
    id: UUID
    name: str
    born: Any = None
    mentor_id: UUID | None = None
    nickname: Any = None


@dataclass
class Painting:
    id: UUID
    title: Any
    artist_id: UUID
    room_id: UUID | None = None
    year: Any = 1901
    style: Any = Style.CUBIST
    code: Any = "A1"
    painted_at: Any = None
    tags: Any = None
    words: Any = ()
    grid: Any = None
    matrix: Any = ((1, 2), (3,))
    frames: Any = None
    panels: Any = ()
    note: Any = "a note"
    kept_note: Any = "kept"
    secret: Any = None


@dataclass
class Sculpture:
    id: UUID
    title: Any
    artist_id: UUID
    weight: Any = 2.5
    room_id: UUID | None = None
    parts: list[Any] = field(default_factory=list)


@dataclass
class Forgery:
    """What no type of the schema describes."""

    id: UUID
    title: str = "Fake"


def frame(width: Any, label: Any = "oak", depth: Any = None) -> Any:
    return SimpleNamespace(width=width, label=label, depth=depth)


NOON: Final = datetime(2026, 3, 31, 12, tzinfo=UTC)
ROOMS: Final = [Room(number(1), "Blue", 1), Room(number(2), "Red")]
ARTISTS: Final = [
    Artist(number(11), "Ada", 1900),
    Artist(number(12), "Béla", None, number(11), "Bé"),
    Artist(number(13), "Cleo", "unknown", number(12), RuntimeError("no nickname")),
    Artist(number(14), "Dora", 2**31, number(99)),
]
PAINTINGS: Final = [
    Painting(number(21), "Dawn", number(11), number(1), tags=["a", None], words=["x"]),
    Painting(
        number(22), "Dusk", number(11), None, None, Style.BAROQUE, painted_at=NOON, grid=[[1], None]
    ),
    Painting(
        number(23),
        "Noon",
        number(12),
        number(99),
        year="late",
        style="naïve",
        painted_at=NOON.astimezone(timezone(timedelta(hours=2))),
        words=["x", None],
        grid=[[None, 2], []],
        matrix=[[1], None],
        frames=[[frame(1), None], None, []],
        panels=[[frame(2)], [frame(3, depth=4)]],
    ),
    Painting(
        number(24),
        None,
        number(99),
        number(2),
        style=None,
        code="odd",
        painted_at="yesterday",
        tags="abc",
        grid=[["x"], 3],
        matrix=[[1, None]],
        frames=[[frame("wide"), frame(1, None)], RuntimeError("no frames")],
        panels=[[frame(1)], [None]],
    ),
    Painting(
        number(25),
        RuntimeError("no title"),
        number(13),
        number(1),
        2**40,
        code=None,
        painted_at=NOON.replace(tzinfo=None),
        tags=[RuntimeError("no tag"), 3, True],
        words=None,
        matrix=[],
        panels=[[frame(1, depth=RuntimeError("no depth"))], []],
    ),
]
SCULPTURES: Final = [
    Sculpture(number(31), "Mass", number(11), parts=PAINTINGS[:2]),
    Sculpture(number(32), "Void", number(12), "heavy", number(2)),
]
WORKS: Final = [*PAINTINGS[:2], *SCULPTURES, PAINTINGS[2]]
