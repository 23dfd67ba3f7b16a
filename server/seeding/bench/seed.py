"""Fills a database with as much as a busy installation has, the same every time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, islice
from random import Random

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from db.models import Membership, Organization, User
from server.errors import OperatorError
from server.seeding.bench import people
from server.seeding.bench.draws import later
from server.seeding.bench.lives import Life, live
from server.seeding.bench.people import Staff
from server.seeding.bench.rows import TABLES, Row, Rows

Progress = Callable[[str, int, int], None]
"""Told what is being written, how many are done, and how many there will be."""

FOUNDED = datetime(2024, 1, 8, 9, tzinfo=UTC)
BEGUN = FOUNDED + timedelta(days=14)
STEPS = (3, 3, 2, 4, 1, 5)
"""Steps of every six approvals: three each on average, exactly so for every even number."""

_BATCH = 500
_HOURS_OF_JOINING = 12 * 24.0
_HOURS_OF_WRITING = 600 * 24.0
_FAME = 1.3
_LOCK = 724_304
_SEED = 20_240_108


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything; an organisation needs twenty users at least."""

    organizations: int
    users: int
    templates: int
    approvals: int
    comments: int


BENCH = Scale(20, 2_000, 20_000, 10_000, 60_000)


class AlreadySeeded(OperatorError):
    """The database holds this data, of whatever scale, already; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "This database holds the bench data already; nothing was changed",
            "Use it as it is, or name an empty database in DATABASE_URL",
        )


async def seed_bench(database_url: str, *, progress: Progress, scale: Scale = BENCH) -> None:
    """Fill a migrated database, in one transaction; raises `AlreadySeeded` the second time.

    Everybody's password is `people.PASSWORD`; `ada.lovelace.1@example.com` is the ADMIN of the
    first organisation, `harbour-books`.
    """
    url = make_url(database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            await _fill(connection, scale, progress)
        await _analyze(connection, progress)
    finally:
        await connection.close()


async def _fill(connection: asyncpg.Connection, scale: Scale, progress: Progress) -> None:
    rng = Random(_SEED)  # noqa: S311 - it must be predictable
    organizations = _organizations(rng, scale)
    await _check_first(connection, organizations[0][0])
    await _write_json(connection)
    staffs = await _people(connection, rng, scale, organizations, progress)
    rows = Rows()
    for done, life in enumerate(_lives(rng, scale, staffs), 1):
        life.into(rows)
        if done % _BATCH == 0 or done == scale.templates:
            await rows.write(connection)
            progress("templates", done, scale.templates)


async def _check_first(connection: asyncpg.Connection, first: Row) -> None:
    # Two that start together come one after the other.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    if await connection.fetchval("SELECT 1 FROM organizations WHERE slug = $1", first["slug"]):
        raise AlreadySeeded


async def _write_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda value: orjson.loads(value[1:]),
        format="binary",
    )


def _organizations(rng: Random, scale: Scale) -> list[tuple[Row, str]]:
    ages = [FOUNDED + timedelta(minutes=index) for index in range(scale.organizations)]
    return [people.organization(rng, index, at) for index, at in enumerate(ages)]


async def _people(
    connection: asyncpg.Connection,
    rng: Random,
    scale: Scale,
    organizations: Sequence[tuple[Row, str]],
    progress: Progress,
) -> list[Staff]:
    """Write the organisations and who belongs to them, as many members each."""
    password = people.password_hash()
    joined = [later(rng, FOUNDED, _HOURS_OF_JOINING) for _ in range(scale.users)]
    users = [people.user(rng, index, password, at) for index, at in enumerate(joined)]
    members: list[list[Row]] = [[] for _ in organizations]
    for index, user in enumerate(users):
        place, home = divmod(index, len(organizations))
        members[home].append(people.membership(rng, organizations[home][0], user, place))
    rows = Rows()
    rows.add(Organization, (organization for organization, _ in organizations))
    rows.add(User, users)
    rows.add(Membership, chain.from_iterable(members))
    await rows.write(connection)
    progress("organizations", scale.organizations, scale.organizations)
    progress("users", scale.users, scale.users)
    return [
        Staff.of(organization, address, staff)
        for (organization, address), staff in zip(organizations, members, strict=True)
    ]


def _lives(rng: Random, scale: Scale, staffs: Sequence[Staff]) -> Iterator[Life]:
    """One template after the other; some are talked about far more than others."""
    every = range(scale.templates)
    reviews = Counter(rng.choices(every, k=scale.approvals))
    fame = [rng.paretovariate(_FAME) for _ in every]
    comments = Counter(rng.choices(every, fame, k=scale.comments))
    sizes = cycle(STEPS)
    pause = _HOURS_OF_WRITING / scale.templates
    for index in every:
        at = later(rng, BEGUN + timedelta(hours=index * pause), pause)
        steps = list(islice(sizes, reviews[index]))
        staff = staffs[index % len(staffs)]
        yield live(rng, staff, at, reviews=steps, comments=comments[index])


async def _analyze(connection: asyncpg.Connection, progress: Progress) -> None:
    """Give the planner its statistics, and index-only scans their visibility map."""
    for done, model in enumerate(TABLES):
        progress("statistics", done, len(TABLES))
        await connection.execute(f"VACUUM (ANALYZE) {model.__tablename__}")
    progress("statistics", len(TABLES), len(TABLES))
