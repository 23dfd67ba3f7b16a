"""How people want things to be for them."""

from dataclasses import dataclass
from typing import Annotated, Any

from db import loaders
from db.models import User
from domain import notifications as rules
from domain.accounts import Theme
from domain.errors import refuse
from domain.events import EventKind
from domain.notifications import NotificationPreferenceChange
from domain.unset import UNSET, Unset, or_else
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """What to change; what is left out stays as it is."""

    theme: Annotated[Theme | Unset, "How you want to see the front end."] = UNSET
    notifications: Annotated[
        tuple[NotificationPreferenceChange, ...] | Unset,
        "How you want to be told of kinds of things, each at most once; other kinds stay as they"
        " are.",
    ] = UNSET
    if_version: IfVersion = None


async def update(ctx: Context, input: UpdateSettings) -> User:
    """Choose how you see the front end and, for each kind of thing, whether and how you are told
    of it.
    """
    changes = input.notifications
    if not isinstance(changes, Unset):
        refuse(list(rules.check_changes(changes)))
    async with ctx.transaction() as work:
        user = await work.lock(loaders.users, work.by, at="viewer", if_version=input.if_version)
        before = _facts(user)
        user.theme = or_else(input.theme, user.theme)
        user.notification_preferences = rules.changed(
            user.notification_preferences, or_else(changes, ())
        )
        work.record(EventKind.SETTINGS_UPDATED, user, before=before, after=_facts(user))
    return user


def _facts(user: User) -> dict[str, Any]:
    return {"theme": user.theme.value, "notifications": user.notification_preferences}
