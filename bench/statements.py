"""How many SQL statements a request takes, counted in PostgreSQL's own log."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.data import Data, connect
from bench.load import Client, Job
from bench.measuring import Cell

_STATEMENT: Final = re.compile(rb"LOG:  (?:statement|execute [^:]*): ")
_BATCHES: Final = 2
_REQUESTS: Final = 10


def count(data: Data, client: Client, cells: Sequence[Cell]) -> dict[tuple[str, str], float]:
    """Everything that a client of PostgreSQL executes, BEGIN and COMMIT too.

    The least of a few batches: what a server does in the background comes on top at times.
    """
    with _logging(data):
        return {cell.key: min(_batches(data.log, client, cell)) for cell in cells}


def _batches(log: Path, client: Client, cell: Cell) -> Iterator[float]:
    asked = (cell.requests * _REQUESTS)[:_REQUESTS]
    for _ in range(_BATCHES):
        start = log.stat().st_size
        client.run(Job(cell.server.port, asked, 1, None))
        with log.open("rb") as file:
            file.seek(start)
            yield len(_STATEMENT.findall(file.read())) / len(asked)


@contextmanager
def _logging(data: Data) -> Iterator[None]:
    asyncio.run(_set(data.url, "ALTER SYSTEM SET log_statement = 'all'"))
    try:
        yield
    finally:
        asyncio.run(_set(data.url, "ALTER SYSTEM RESET log_statement"))


async def _set(url: str, command: str) -> None:
    """Returns when backends have had time to take note."""
    connection = await connect(url)
    await connection.execute(command)
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    await asyncio.sleep(0.5)
