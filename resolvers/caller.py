"""Who asks."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

from db.visibility import seen_by
from domain.actor import ANONYMOUS, Actor


class Caller:
    """Who asks, and what they may see; both can change in the course of their own request."""

    __slots__ = ("actor", "as_of", "seeing")

    def __init__(self, actor: Actor = ANONYMOUS, as_of: int | None = None) -> None:
        """`as_of` is the generation of actors in which the actor was read."""
        self.become(actor)
        self.as_of = as_of

    def become(self, actor: Actor) -> None:
        self.actor: Actor = actor
        self.as_of = None
        self.seeing: Mapping[str, Any] = seen_by(actor)

    def again(self, as_of: int) -> Self:
        """The same, read again in a later generation and found as it was."""
        same = copy(self)
        same.as_of = as_of
        return same
