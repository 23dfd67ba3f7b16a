"""Notifications to test with, and ways to see what came of them."""

from typing import Any

from sqlalchemy import select

from db.models import Notification, new_id
from domain.errors import Reference
from domain.events import EventKind
from domain.notifications import EmailTiming, NotificationKind
from domain.permissions import Role
from engine import ids
from events.followers import Follower
from resolvers import notifications
from tests.rows import unpublished
from tests.spine import until
from tests.world import Person, Place, World, uuid_of

NOTIFICATIONS = """
query ($first: Int, $after: String, $filter: NotificationFilter) {
  viewer {
    unreadNotificationCount
    notifications(first: $first, after: $after, filter: $filter) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id kind eventKind title body createdAt readAt
        actor { id } organization { id } subject { __typename id }
      }
    }
  }
}
"""


def maker(world: World) -> Follower:
    """Who makes notifications of events."""
    return Follower(world.resources.database, "notifications", notifications.tell)


async def everybody_is_told(world: World) -> None:
    """Of everything that has happened until now."""
    await published(world)
    await maker(world).catch_up()


async def published(world: World) -> None:
    """Every event that was recorded has its position."""

    async def nothing_waits() -> bool:
        return not await unpublished(world)

    await until(nothing_waits)


async def list_of(world: World, person: Person, **given: Any) -> dict[str, Any]:
    """Somebody's notifications and their unread count, as they see them."""
    answer = await world.ask(NOTIFICATIONS, given, by=person)
    assert "errors" not in answer, answer
    return dict(answer["data"]["viewer"])


async def kinds_of(world: World, person: Person, **given: Any) -> list[str]:
    """What somebody was told, the oldest first."""
    shown = await list_of(world, person, **given)
    return [each["kind"] for each in shown["notifications"]["nodes"]][::-1]


async def told(place: Place, person: Person, **given: Any) -> str:
    """The id of something that the person was told, who need be no member for it."""
    facts: dict[str, Any] = {
        "id": new_id(),
        "organization_id": uuid_of(place.id),
        "event_id": new_id(),
        "user_id": uuid_of(person.id),
        "kind": NotificationKind.MEMBERSHIP_ENDED,
        "event_kind": EventKind.MEMBER_REMOVED,
        "subject": Reference("Membership", new_id()),
        "facts": {"organization": "Acme Press", "actor": "Ada Byron"},
        "in_app": True,
        "email": EmailTiming.OFF,
    }
    row = Notification(**(facts | given))
    async with place.world.resources.database.transaction() as session:
        session.add(row)
    return ids.encode("Notification", row.id)


async def submitted(place: Place) -> dict[str, str]:
    """A template of the editor's that waits for the approver."""
    template = await place.template(place[Role.EDITOR])
    await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    return template


async def made(world: World, place: Place) -> list[tuple[str, str]]:
    """Every notification of the organisation: of which event, and to whom."""
    statement = (
        select(Notification.event_kind, Notification.user_id)
        .where(Notification.organization_id == uuid_of(place.id))
        .order_by(Notification.id)
    )
    async with world.resources.database.read() as session:
        return [(kind.value, str(user)) for kind, user in await session.execute(statement)]
