"""Work that is done later: one module a noun, imported here so that its handlers are known."""

from jobs import approvals, avatars, delegations, events, housekeeping, notifications, webhooks

__all__ = [
    "approvals",
    "avatars",
    "delegations",
    "events",
    "housekeeping",
    "notifications",
    "webhooks",
]
