"""Files: in a bucket of somebody's cloud, or in a folder where there is none."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from domain.errors import Unavailable


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise Unavailable("Files are out of reach at the moment: try again later.") from error


class Storage:
    """Keeps bytes under names, which are paths; whoever reads meanwhile sees all of them or none.

    Raises `Unavailable` where the store cannot be reached.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, url: str | None, folder: Path) -> Self:
        """In the bucket of an `s3://`, `gs://` or `az://` URL, the folder of a `file://` one, or
        else in `folder`; what the clouds ask for to sign in they find in their own variables.
        """
        if url is None:
            return cls(LocalStore(folder, mkdir=True))
        return cls(from_url(url, mkdir=True) if url.startswith("file:") else from_url(url))

    async def put(self, name: str, content: bytes) -> None:
        with _reachable():
            await obstore.put_async(self._store, name, content)

    async def get(self, name: str) -> bytes | None:
        """What is kept under the name; None where nothing is."""
        with _reachable(), suppress(FileNotFoundError):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())
        return None

    async def delete(self, names: Collection[str]) -> None:
        """Keep nothing under these names any more; it does no harm where nothing was."""
        for name in names:
            with _reachable(), suppress(FileNotFoundError):
                await obstore.delete_async(self._store, name)

    async def names(self, folder: str, before: datetime) -> AsyncIterator[list[str]]:
        """What has been kept in a folder since before then, some hundred at a time."""
        async for found in obstore.list(self._store, folder, chunk_size=500):
            yield [each["path"] for each in found if each["last_modified"] < before]
