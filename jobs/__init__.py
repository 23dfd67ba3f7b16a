"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import (
    access_tokens,
    approvals,
    delegations,
    events,
    guessing,
    housekeeping,
    notifications,
    two_factor,
    webhooks,
)

__all__ = [
    "access_tokens",
    "approvals",
    "delegations",
    "events",
    "guessing",
    "housekeeping",
    "notifications",
    "two_factor",
    "webhooks",
]
