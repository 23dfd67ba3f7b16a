"""Rules of telling other systems what happens."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from domain.errors import Conflict, LimitReached, Problem, Reference
from domain.events import EventKind
from domain.ids import WebhookId
from domain.text import LINE, check_text

MOST_WEBHOOKS = 20
LONGEST_URL = 2_000
LONGEST_SELECTION = 4_000
TRIED_FOR = timedelta(days=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=2)
OLD_SECRET_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
OFF = "The webhook was switched off."
UNASKED = frozenset(
    {
        EventKind.NOTIFICATIONS_SENT,
        EventKind.WEBHOOK_CREATED,
        EventKind.WEBHOOK_UPDATED,
        EventKind.WEBHOOK_DELETED,
        EventKind.WEBHOOK_KEY_ROTATED,
        EventKind.WEBHOOK_REDELIVERED,
    }
)
"""Kinds that a webhook which names no kinds is not told of."""

DEFAULT_SELECTION = "{ kind position occurredAt entityType entityId actor { id } }"
GONE = 410
"""The status with which an endpoint says that it wants nothing more (Standard Webhooks)."""


class DeliveryStatus(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


def check_webhook(
    url: str, description: str, kinds: Sequence[EventKind], *, plain_allowed: bool
) -> Iterator[Problem]:
    """`plain_allowed`: whether addresses without TLS are taken."""
    yield from check_url(url, plain_allowed=plain_allowed)
    if description:
        yield from check_text(description, ("description",), most=LINE)
    if len(set(kinds)) < len(kinds):
        yield Problem(("kinds",), "Name each kind once.")


def check_url(url: str, *, plain_allowed: bool) -> Iterator[Problem]:
    path = ("url",)
    parts = _split(url)
    if len(url) > LONGEST_URL or parts is None or not parts.hostname:
        yield Problem(path, f"Give a whole address of up to {LONGEST_URL} ASCII characters.")
    elif parts.scheme != "https" and not (plain_allowed and parts.scheme == "http"):
        yield Problem(path, "The address has to begin with `https://`.")
    elif parts.username or parts.password or parts.fragment:
        yield Problem(path, "Leave out user names, passwords and fragments.")
    elif not plain_allowed and _is_private(parts.hostname):
        yield Problem(path, "This address is not reachable from outside; give a public one.")


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_private(host: str) -> bool:
    """What the name itself gives away; what it resolves to is looked at for every delivery."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def shown_url(url: str) -> str:
    """The address as events tell of it: what stands behind the question mark may be a secret."""
    return url.partition("?")[0]


def check_room(present: int) -> None:
    """Raises `LimitReached` where an organisation has all the webhooks that it may have."""
    if present >= MOST_WEBHOOKS:
        raise LimitReached(f"An organisation has at most {MOST_WEBHOOKS} webhooks.")


def check_enabled(webhook: WebhookId, *, enabled: bool) -> None:
    """Raises `Conflict` where nothing is sent to the endpoint."""
    if not enabled:
        raise Conflict("This webhook is switched off; enable it.", Reference("Webhook", webhook))


def wants(kinds: Collection[str], kind: EventKind) -> bool:
    """Whether a webhook that chose these kinds is told of one; none chosen are all."""
    return kind in kinds if kinds else kind not in UNASKED


def next_attempt(failures: int, first_at: datetime, now: datetime) -> datetime | None:
    """When to try again: after 5 seconds, then twice as long each time, up to two hours.

    None when the first attempt was a day ago.
    """
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    return None if now + wait > first_at + TRIED_FOR else now + wait


def is_taken(status: int) -> bool:
    """Whether the endpoint said that it has it; a redirect is no yes."""
    return 200 <= status < 300  # noqa: PLR2004 - the successes of HTTP
