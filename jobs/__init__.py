"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import (
    accounts,
    administration,
    approvals,
    avatars,
    confirmations,
    delegations,
    events,
    housekeeping,
    invitations,
    notifications,
    webhooks,
)

__all__ = [
    "accounts",
    "administration",
    "approvals",
    "avatars",
    "confirmations",
    "delegations",
    "events",
    "housekeeping",
    "invitations",
    "notifications",
    "webhooks",
]
