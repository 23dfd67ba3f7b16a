"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import (
    administration,
    approvals,
    delegations,
    events,
    housekeeping,
    notifications,
    webhooks,
)

__all__ = [
    "administration",
    "approvals",
    "delegations",
    "events",
    "housekeeping",
    "notifications",
    "webhooks",
]
