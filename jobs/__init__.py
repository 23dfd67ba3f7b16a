"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import (
    approvals,
    delegations,
    events,
    housekeeping,
    invitations,
    notifications,
    webhooks,
)

__all__ = [
    "approvals",
    "delegations",
    "events",
    "housekeeping",
    "invitations",
    "notifications",
    "webhooks",
]
