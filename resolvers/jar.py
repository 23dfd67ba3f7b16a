"""What a browser keeps for its user, out of reach of scripts: use cases leave it here, and the
transport brings it and takes it away.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Kept:
    """The tokens of a session, and until when they are good."""

    session_id: UUID
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


class Jar:
    """The cookies of the browser that asks: what it brought, and what becomes of that."""

    __slots__ = ("_check", "brought", "is_emptied", "is_refused", "kept")

    def __init__(self, brought: str | None = None, check: Callable[[], None] | None = None) -> None:
        """`brought` is the refresh token, for use where `check` does not raise; who came without
        cookies has neither.
        """
        self.brought, self._check = brought, check
        self.kept: Kept | None = None
        self.is_emptied = False
        self.is_refused = False
        """Whether what was brought was wanted, and might not be used."""

    @property
    def refresh_token(self) -> str | None:
        """What was brought; raises `Forbidden` where another site may have had it sent."""
        if self.brought is not None and self._check is not None:
            self.is_refused = True
            self._check()
            self.is_refused = False
        return self.brought

    def keep(self, kept: Kept) -> None:
        self.kept, self.is_emptied = kept, False

    def empty(self) -> None:
        """Have the browser forget what it brought, if it brought anything."""
        self.kept, self.is_emptied = None, self._check is not None

    def left(self) -> list[Any] | bool:
        """What was left here, in plain values."""
        return list(astuple(self.kept)) if self.kept else self.is_emptied

    def leave(self, left: list[Any] | bool) -> None:
        """The same again."""
        if isinstance(left, list):
            self.keep(Kept(*left))
        elif left:
            self.empty()
