"""What can go wrong, as facts. One tree for every room:

DomainError
├── Refusal                 the client could not have prevented it: a top-level GraphQL error
│   ├── Unauthenticated
│   ├── Forbidden
│   │   └── NotAdministrator
│   ├── BadInput
│   ├── Unavailable
│   ├── Resync
│   └── PositionGone
└── UserError               the client can act on it: an entry of a payload's `errors`
    ├── Invalid
    ├── Conflict
    ├── NotFound
    ├── LimitReached
    └── TwoFactorRequired
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: the place in it, and the cure."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An entity by the name of its type and its id."""

    entity: str
    id: UUID


class DomainError(Exception):
    """A fact that stops what was asked. `str(error)` is written for clients."""

    code: ClassVar[str]

    @property
    def message(self) -> str:
        return str(self)


class Refusal(DomainError):
    """Not this client, or not now."""


class Unauthenticated(Refusal):
    code = "UNAUTHENTICATED"


class Forbidden(Refusal):
    code = "FORBIDDEN"


class NotAdministrator(Forbidden):
    """Only administrators of the platform may do this."""

    def __init__(self) -> None:
        super().__init__("This needs the platform role ADMIN.")


class BadInput(Refusal):
    code = "BAD_USER_INPUT"


class Unavailable(Refusal):
    code = "UNAVAILABLE"


class Resync(Refusal):
    """A live stream ends, to be resumed after `position`: up to there everything was delivered."""

    code = "RESYNC"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.details = {"position": position}


class PositionGone(Refusal):
    """What follows the position is no longer kept; `oldest` is that of the oldest event that is."""

    code = "POSITION_GONE"

    def __init__(self, oldest: int) -> None:
        super().__init__(
            f"Events before position {oldest} are no longer kept: read anew what you follow,"
            f" and resume with `after: {oldest - 1}` or without it."
        )
        self.details = {"oldestPosition": oldest}


class UserError(DomainError):
    """Something the client can mend; `path` leads to the place in its input."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path

    def each(self) -> Sequence["Told"]:
        """What a client is told: one entry for each thing that is wrong."""
        return [Told(type(self), self.code, self.message, self.path)]


@dataclass(frozen=True, slots=True)
class Told:
    """A `UserError` as data, for an answer that goes on."""

    kind: type[UserError]
    code: str
    message: str
    path: Path
    current: Reference | None = None
    retry_after: int | None = None
    challenge: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


class Invalid(UserError):
    """The input breaks rules; every problem that was found is told at once."""

    code = "VALIDATION_FAILED"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "; ".join(problem.message for problem in problems), tuple(problems[0].path)
        )
        self.problems = tuple(problems)

    def each(self) -> Sequence[Told]:
        return [Told(Invalid, self.code, each.message, each.path) for each in self.problems]

    @classmethod
    def at(cls, *path: str | int, message: str) -> "Invalid":
        return cls([Problem(path, message)])


class Conflict(UserError):
    """The entity is not in the state that the request supposes; `current` names it."""

    code = "CONFLICT"

    def __init__(self, message: str, current: Reference, path: Path = ()) -> None:
        super().__init__(message, path)
        self.current = current

    def each(self) -> Sequence[Told]:
        return [Told(Conflict, self.code, self.message, self.path, current=self.current)]


class NotFound(UserError):
    """There is no such thing, or this actor may not know of it: nobody can tell which."""

    code = "NOT_FOUND"


class LimitReached(UserError):
    """Too much or too often; `retry_after` is in seconds, where waiting helps."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, path: Path = (), retry_after: int | None = None) -> None:
        super().__init__(message, path)
        self.retry_after = retry_after

    def each(self) -> Sequence[Told]:
        told = Told(LimitReached, self.code, self.message, self.path)
        return [replace(told, retry_after=self.retry_after)]


class TwoFactorRequired(UserError):
    """The password was right, and the account has a second factor: `challenge` asks for it."""

    code = "TWO_FACTOR_REQUIRED"

    def __init__(self, challenge: str, expires_at: datetime) -> None:
        super().__init__("Give the challenge, and a code, to `verifyTwoFactor`.")
        self.challenge, self.expires_at = challenge, expires_at

    def each(self) -> Sequence[Told]:
        told = Told(TwoFactorRequired, self.code, self.message, self.path)
        return [replace(told, challenge=self.challenge, expires_at=self.expires_at)]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `Invalid` where there are problems."""
    if problems:
        raise Invalid(problems)
