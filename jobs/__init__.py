"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import (
    access_tokens,
    accounts,
    administration,
    approvals,
    avatars,
    confirmations,
    delegations,
    events,
    guessing,
    housekeeping,
    invitations,
    notifications,
    two_factor,
    webhooks,
)

__all__ = [
    "access_tokens",
    "accounts",
    "administration",
    "approvals",
    "avatars",
    "confirmations",
    "delegations",
    "events",
    "guessing",
    "housekeeping",
    "invitations",
    "notifications",
    "two_factor",
    "webhooks",
]
