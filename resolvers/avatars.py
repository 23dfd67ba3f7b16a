"""The pictures that people show themselves by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Annotated

from db import accounts, loaders
from db.models import User, now
from domain import avatars as rules
from domain.errors import UserError, refuse
from domain.events import EventKind
from engine.uploads import Upload
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work

FORGET = "avatars.forget"
"""The job that deletes the files of a picture."""
UNFINISHED = timedelta(days=1)
"""No upload takes as long: a file that is older and nobody's was left behind."""


@dataclass(frozen=True, slots=True)
class UploadAvatar:
    """The picture to show yourself by."""

    file: Annotated[
        Upload,
        "A JPEG, PNG or WebP picture of up to 5 MB and 40 megapixels that does not move. What it"
        " is called does not matter.",
    ]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class RemoveAvatar:
    """No picture to show yourself by."""

    if_version: IfVersion = None


async def upload(ctx: Context, input: UploadAvatar) -> User:
    """Show yourself by a picture. Only the square in its middle is kept, in three sizes, and
    nothing that the file says besides, such as where it was taken.
    """
    refuse(list(rules.check_file(input.file.size)))
    squares = await ctx.resources.pictures.squares(input.file.content, rules.SIZES)
    avatar = rules.named(ctx.actor.signed_in, token_hex(16))
    async with _kept(ctx, avatar, squares), ctx.transaction() as work:
        user = await work.lock(loaders.users, work.by, at="viewer", if_version=input.if_version)
        forget(work, user)
        user.avatar = avatar
        work.record(EventKind.AVATAR_UPLOADED, user)
    return user


async def remove(ctx: Context, input: RemoveAvatar) -> User:
    """Show yourself by no picture any more. Where there is none, that does no harm."""
    async with ctx.transaction() as work:
        user = await work.lock(loaders.users, work.by, at="viewer", if_version=input.if_version)
        if user.avatar is not None:
            forget(work, user)
            work.record(EventKind.AVATAR_REMOVED, user)
    return user


def forget(work: Work, user: User) -> None:
    """Take away somebody's picture; once that is committed, its files are deleted."""
    if user.avatar is not None:
        work.later(FORGET, {"avatar": user.avatar})
        user.avatar = None


async def delete_files(ctx: Context, avatar: str) -> None:
    await ctx.resources.storage.delete(rules.files_of(avatar))


async def sweep(ctx: Context, unfinished: timedelta = UNFINISHED) -> None:
    """Delete what was left behind by uploads that were interrupted."""
    storage = ctx.resources.storage
    async for names in storage.names(rules.FOLDER, now() - unfinished):
        pictures = {name: rules.avatar_in(name.rpartition("/")[2]) for name in names}
        known = {avatar for avatar in pictures.values() if avatar}
        async with ctx.database.read() as session:
            shown = await accounts.avatars(session, {rules.owner(each) for each in known})
        await storage.delete([name for name, each in pictures.items() if each in known - shown])


@asynccontextmanager
async def _kept(ctx: Context, avatar: str, squares: list[bytes]) -> AsyncIterator[None]:
    """The files are there before anybody is told of them; what is only tried needs none."""
    files = [] if ctx.held.is_trial else rules.files_of(avatar)
    for name, content in zip(files, squares, strict=False):
        await ctx.resources.storage.put(name, content)
    try:
        yield
    except UserError:
        # After any other error it may have been committed all the same: see `sweep`.
        await ctx.resources.storage.delete(files)
        raise
