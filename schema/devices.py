"""Where somebody is signed in."""

from datetime import datetime
from typing import Annotated

from auth.access import OWNER, PLATFORM_ADMIN, PUBLIC
from db import loaders, models
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import devices
from schema.accounts import User
from schema.building import answered, mutation
from schema.nodes import Node


@entity("A device that you are signed in on.", row=models.Session, access=PUBLIC)
class Session(Node):
    device = answered(devices.device, type=str)
    place = answered(devices.place, type=str | None)
    current = answered(devices.current, type=bool)
    user_agent: str = attribute("What the device said of itself when you signed in.")
    ip: str = attribute("The address that you signed in from.")
    created_at: datetime = attribute("When you signed in.")
    last_seen_at: datetime = attribute("When it was last refreshed.")
    expires_at: datetime = attribute("Until when it can be refreshed.")
    revoked_at: datetime | None = attribute("When it was ended.")
    impersonator: User | None = related(
        loaders.impersonators,
        key="impersonator_id",
        description="The administrator who is signed in in your place; null where that is you.",
    )


_COUNT = Annotated[int, "How many sessions were ended."]


@record("Sessions.", access=PUBLIC)
class DeviceMutations:
    revoke_session = mutation(devices.revoke, returns={"session": Session}, access=OWNER)
    revoke_other_sessions = mutation(devices.revoke_others, returns={"count": _COUNT}, access=OWNER)
    end_sessions = mutation(devices.end_for, returns={"count": _COUNT}, access=PLATFORM_ADMIN)
