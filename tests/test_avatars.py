"""The pictures that people show themselves by: kept in storage, and gone when they are replaced."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from db.models import User
from domain import avatars as rules
from domain.avatars import LARGEST_FILE
from domain.events import EventKind
from engine.uploads import Upload
from resolvers import avatars
from server.settings import Settings
from tests.editorial import error_of, history, problems_of
from tests.jobs import run_jobs
from tests.pictures import encoded, noisy, picture
from tests.rows import one
from tests.world import Person, World, uuid_of

UPLOAD = """
mutation ($input: UploadAvatarInput!) {
  uploadAvatar(input: $input) {
    viewer { version avatar { small medium large } } errors { __typename code message path }
  }
}
"""
REMOVE = """
mutation ($input: RemoveAvatarInput!) {
  removeAvatar(input: $input) {
    viewer { version avatar { small } } errors { __typename code message path }
  }
}
"""


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir / "files" / rules.FOLDER


def files_of(folder: Path, person: Person) -> list[str]:
    return sorted(each.name for each in folder.glob(f"{uuid_of(person.id).hex}*"))


async def uploaded(world: World, person: Person, **given: Any) -> dict[str, Any]:
    payload = await world.done(UPLOAD, person, file=Upload.of(picture()), **given)
    return dict(payload["viewer"]["avatar"])


async def avatar_of(world: World, person: Person) -> str | None:
    row = await one(world, select(User).where(User.id == uuid_of(person.id)))
    return str(row.avatar) if row.avatar else None


async def test_a_picture_is_kept_in_three_sizes_and_shown_to_others(
    world: World, folder: Path
) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    shown = await uploaded(world, admin)
    names = {size: shown[size].removeprefix(f"{rules.PLACE}/") for size in shown}
    assert sorted(names.values()) == files_of(folder, admin)
    sizes = {size: Image.open(BytesIO((folder / names[size]).read_bytes())).size for size in names}
    assert sizes == {"small": (64, 64), "medium": (256, 256), "large": (512, 512)}
    other = await place.join(next(iter(place.members)))
    query = "query ($id: ID!) { node(id: $id) { ... on User { avatar { small medium large } } } }"
    assert (await world.ask(query, {"id": admin.id}, by=other))["data"]["node"]["avatar"] == shown
    assert (await history(world, admin.id))[-1] == (EventKind.AVATAR_UPLOADED, None, None)


async def test_a_new_picture_has_new_addresses_and_the_old_files_are_deleted(
    world: World, folder: Path
) -> None:
    ada = await world.person()
    first, second = await uploaded(world, ada), await uploaded(world, ada)
    assert set(first.values()).isdisjoint(second.values())
    await forgotten(world, ada)
    kept = [address.removeprefix(f"{rules.PLACE}/") for address in second.values()]
    assert files_of(folder, ada) == sorted(kept)


async def forgotten(world: World, person: Person) -> None:
    """Every picture of theirs that is to be deleted is."""
    await run_jobs(world, names={avatars.FORGET}, about=uuid_of(person.id).hex)


async def test_a_removed_picture_is_deleted_and_removing_none_does_no_harm(
    world: World, folder: Path
) -> None:
    ada = await world.person()
    await uploaded(world, ada)
    removed = await world.done(REMOVE, ada)
    assert removed["viewer"] == {"version": 3, "avatar": None}
    await forgotten(world, ada)
    assert files_of(folder, ada) == []
    assert (await world.done(REMOVE, ada))["viewer"] == removed["viewer"]
    kinds = [kind for kind, *_ in await history(world, ada.id)]
    assert kinds.count(EventKind.AVATAR_REMOVED) == 1


async def test_a_stale_version_is_refused_and_nothing_is_kept(world: World, folder: Path) -> None:
    ada = await world.person()
    await uploaded(world, ada)
    before = files_of(folder, ada), await avatar_of(world, ada)
    given = {"file": Upload.of(picture()), "ifVersion": 1}
    assert (await error_of(world, UPLOAD, ada, **given))["code"] == "CONFLICT"
    assert (await error_of(world, REMOVE, ada, ifVersion=1))["code"] == "CONFLICT"
    assert (files_of(folder, ada), await avatar_of(world, ada)) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes(LARGEST_FILE + 1), "at most 5,242,880 bytes"),
        (encoded(Image.new("P", (20, 20)), "GIF"), "JPEG, PNG or WebP"),
        (noisy("PNG")[:9_000], "damaged"),
    ],
    ids=["too large", "another type", "truncated"],
)
async def test_what_is_no_picture_to_show_is_refused_and_nothing_is_kept(
    world: World, folder: Path, content: bytes, reason: str
) -> None:
    ada = await world.person()
    problems = await problems_of(world, UPLOAD, ada, file=Upload.of(content))
    assert reason in problems["file"]
    assert files_of(folder, ada) == []
    assert await avatar_of(world, ada) is None


async def test_trying_keeps_no_file(world: World, folder: Path) -> None:
    ada = await world.person()
    assert await uploaded(world, ada, dryRun=True)
    assert files_of(folder, ada) == []
    assert await avatar_of(world, ada) is None


async def test_the_same_picture_under_the_same_key_is_kept_once(world: World, folder: Path) -> None:
    ada = await world.person()
    first = await uploaded(world, ada, idempotencyKey="once")
    assert await uploaded(world, ada, idempotencyKey="once") == first
    assert len(files_of(folder, ada)) == len(rules.SIZES)
    other = Upload.of(picture(colour=(1, 2, 3)))
    refused = await problems_of(world, UPLOAD, ada, file=other, idempotencyKey="once")
    assert list(refused) == ["idempotencyKey"]


@pytest.mark.parametrize("given", ["a name", 7, {"content": "x"}])
async def test_a_json_value_is_no_file(world: World, given: Any) -> None:
    ada = await world.person()
    answer = await world.ask(UPLOAD, {"input": {"file": given}}, by=ada)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    literal = 'mutation { uploadAvatar(input: {file: "x"}) { errors { message } } }'
    [error] = (await world.ask(literal, by=ada))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_an_interrupted_upload_left_behind_is_swept_up(
    world: World, folder: Path
) -> None:
    ada = await world.person()
    await uploaded(world, ada)
    mine = files_of(folder, ada)
    lost = rules.files_of(rules.named(uuid_of(ada.id), "0" * 32))
    for name in lost:
        await world.resources.storage.put(name, b"left behind")
    ctx = world.resources.own_context("test")
    await avatars.sweep(ctx)
    assert len(files_of(folder, ada)) == 2 * len(mine)
    await avatars.sweep(ctx, -avatars.UNFINISHED)
    assert files_of(folder, ada) == mine
