"""What people say about themselves."""

from dataclasses import dataclass
from typing import Annotated

from db import loaders
from db.models import User
from domain.accounts import check_name
from domain.errors import refuse
from domain.events import EventKind
from domain.locales import canonical
from domain.profiles import check_profile
from domain.unset import UNSET, Unset, or_else
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """What to change; what is left out stays as it is."""

    first_name: Annotated[str | Unset, "Given name, up to 200 characters."] = UNSET
    last_name: Annotated[str | Unset, "Family name, up to 200 characters."] = UNSET
    bio: Annotated[str | Unset, "What you say about yourself, in up to 2,000 characters."] = UNSET
    locale: Annotated[str | Unset, "The language you read, as a BCP 47 tag such as `de-AT`."] = (
        UNSET
    )
    timezone: Annotated[
        str | Unset, "Where you live, by the IANA name of the time zone, such as `Europe/Vienna`."
    ] = UNSET
    if_version: IfVersion = None


async def update(ctx: Context, input: UpdateProfile) -> User:
    """Change how you are called, what you say about yourself, your language or your time zone."""
    async with ctx.transaction() as work:
        user = await work.lock(loaders.users, work.by, at="viewer", if_version=input.if_version)
        before = facts(user)
        user.first_name = or_else(input.first_name, user.first_name).strip()
        user.last_name = or_else(input.last_name, user.last_name).strip()
        user.bio = or_else(input.bio, user.bio).strip()
        user.locale = canonical(or_else(input.locale, user.locale))
        user.timezone = or_else(input.timezone, user.timezone)
        refuse(
            [
                *check_name(user.first_name, user.last_name),
                *check_profile(user.bio, user.locale, user.timezone),
            ]
        )
        work.record(EventKind.PROFILE_UPDATED, user, before=before, after=facts(user))
    return user


def facts(user: User) -> dict[str, str]:
    """What an event tells of somebody's profile."""
    return {
        "firstName": user.first_name,
        "lastName": user.last_name,
        "bio": user.bio,
        "locale": user.locale,
        "timezone": user.timezone,
    }
