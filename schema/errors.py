"""Errors that are data: what a client can mend."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.access import PUBLIC
from db import loaders
from domain import errors
from engine.fields import attribute, computed, related
from engine.types import record

if TYPE_CHECKING:
    from schema.nodes import Node


def _is(kind: type[errors.UserError]) -> Callable[[errors.Told, Any], bool]:
    return lambda told, _: told.kind is kind


@record(
    "Something in the request that the client can mend. What it could not have prevented is a"
    " top-level error instead.",
    access=PUBLIC,
    interface=True,
)
class UserError:
    code: str = attribute("What kind of error it is, for programs.")
    message: str = attribute("What is wrong and how to mend it, for people.")
    path: list[str] = computed(
        lambda error: [str(step) for step in error.path],
        description="The place in the mutation's `input`, or in the field's arguments.",
        needs=("path",),
    )


@record("A value breaks a rule.", access=PUBLIC, when=_is(errors.Invalid))
class ValidationError(UserError):
    pass


@record(
    "The thing is not in the state that the request supposes: it was changed meanwhile, or is"
    " past what was asked.",
    access=PUBLIC,
    when=_is(errors.Conflict),
)
class ConflictError(UserError):
    current: Annotated["Node", strawberry.lazy("schema.nodes")] | None = related(
        loaders.anything, key="current", description="The thing as it is now."
    )


@record(
    "There is no such thing, or none that you may see.", access=PUBLIC, when=_is(errors.NotFound)
)
class NotFoundError(UserError):
    pass


@record("Too much, or too often.", access=PUBLIC, when=_is(errors.LimitReached))
class LimitError(UserError):
    retry_after: int | None = attribute("Seconds to wait, where waiting helps.")


@record(
    "The password was right; the account has a second factor, which is asked for now.",
    access=PUBLIC,
    when=_is(errors.TwoFactorRequired),
)
class TwoFactorRequired(UserError):
    challenge: str = attribute(
        "Give it to `verifyTwoFactor`, with a code. It is good for nothing else."
    )
    expires_at: datetime = attribute("Until when it is taken.")
