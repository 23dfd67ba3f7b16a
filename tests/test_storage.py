"""Files are kept under their names, and gone when they are deleted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore, S3Store

from adapters.storage import Storage
from domain.errors import Unavailable
from server.variables import _storage_url


async def listed(storage: Storage, before: datetime) -> list[str]:
    return [name async for names in storage.names("things", before) for name in names]


@pytest.mark.parametrize("scheme", [None, "file"])
async def test_what_is_put_is_there_until_it_is_deleted(tmp_path: Path, scheme: str | None) -> None:
    url = f"file://{tmp_path}/elsewhere" if scheme else None
    storage = Storage.at(url, tmp_path / "files")
    await storage.put("things/one", b"1")
    await storage.put("things/one", b"2")
    assert await storage.get("things/one") == b"2"
    assert (tmp_path / ("elsewhere" if scheme else "files") / "things" / "one").exists()
    await storage.delete(["things/one", "things/none"])
    assert await storage.get("things/one") is await storage.get("things/none") is None


async def test_names_are_told_of_what_is_old_enough(tmp_path: Path) -> None:
    storage = Storage.at(None, tmp_path / "files")
    assert await listed(storage, datetime.now(UTC)) == []
    await storage.put("things/one", b"1")
    await storage.put("others/two", b"2")
    assert await listed(storage, datetime.now(UTC) + timedelta(minutes=1)) == ["things/one"]
    assert await listed(storage, datetime.now(UTC) - timedelta(minutes=1)) == []


async def test_a_store_that_is_out_of_reach_is_unavailable() -> None:
    store = S3Store(
        "bucket",
        config={
            "endpoint": "http://127.0.0.1:9",
            "access_key_id": "a",
            "secret_access_key": "b",
            "region": "eu-central-1",
        },
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(Unavailable):
        await Storage(store).put("things/one", b"1")
    with pytest.raises(Unavailable):
        await Storage(store).get("things/one")


def test_a_url_names_a_cloud_or_a_folder(tmp_path: Path) -> None:
    assert isinstance(Storage.at("s3://bucket/folder", tmp_path)._store, S3Store)
    assert isinstance(Storage.at(None, tmp_path / "files")._store, LocalStore)
    assert _storage_url("gs://bucket") == "gs://bucket"
    for wrong in ("ftp://host/folder", "/folder", "bucket"):
        with pytest.raises(ValueError, match="must begin with"):
            _storage_url(wrong)
