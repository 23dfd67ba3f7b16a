"""Rules of what administrators of the platform do to accounts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.accounts import UserStatus
from domain.errors import Conflict, Invalid, Problem, Reference
from domain.ids import UserId
from domain.letters import Letter, notice
from domain.permissions import PlatformRole
from domain.text import PROSE, check_text

WELCOME: Final = timedelta(days=7)
"""How long somebody whose account was opened for them can choose their first password."""

LONGEST_IMPERSONATION: Final = timedelta(hours=1)
MINUTES: Final = int(LONGEST_IMPERSONATION.total_seconds()) // 60

QUIET: Final = timedelta(minutes=1)
"""How long nothing more is recorded of somebody who was refused what administrators may do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its administrators see it."""

    id: UserId
    status: UserStatus
    platform_role: PlatformRole


def check_reason(reason: str) -> Iterator[Problem]:
    yield from check_text(reason, ("reason",), most=PROSE, lines=True)


def check_minutes(minutes: int) -> Iterator[Problem]:
    if not 1 <= minutes <= MINUTES:
        yield Problem(("minutes",), f"Use 1 to {MINUTES} minutes.")


def check_is_there(account: Account) -> None:
    """Nothing is left of a deleted account that could be changed; raises `Conflict`."""
    if account.status is UserStatus.DELETED:
        raise _conflict(account, "This account is deleted.")


def check_suspension(account: Account, by: UserId, admins: Collection[UserId]) -> None:
    """Raises what keeps somebody from being suspended; `admins` are those who can sign in."""
    if account.id == by:
        raise Invalid.at("user", message="You cannot suspend yourself.")
    if account.status is UserStatus.SUSPENDED:
        raise _conflict(account, "This account is suspended already.")
    check_keeps_an_admin(account, admins)


def check_reinstatement(account: Account) -> None:
    """Raises `Conflict` where there is nothing to take back."""
    if account.status is not UserStatus.SUSPENDED:
        raise _conflict(account, "This account is not suspended.")


def check_platform_role(account: Account, role: PlatformRole, admins: Collection[UserId]) -> None:
    """Raises `Conflict` where nobody would administer the platform any more."""
    if role is not PlatformRole.ADMIN:
        check_keeps_an_admin(account, admins)


def check_keeps_an_admin(account: Account, admins: Collection[UserId]) -> None:
    """The platform keeps an administrator; raises `Conflict` when the last would go."""
    if set(admins) == {account.id}:
        text = "This is the platform's last administrator; make somebody else one first."
        raise _conflict(account, text)


def check_impersonation(account: Account, by: UserId) -> None:
    """Only in the place of who can sign in, and of nobody who may do as much; raises what is
    wrong.
    """
    if account.id == by:
        raise Invalid.at("user", message="You are yourself already.")
    if account.status is not UserStatus.ACTIVE:
        raise _conflict(account, "This account cannot be used.")
    if account.platform_role is PlatformRole.ADMIN:
        raise _conflict(account, "Nobody acts in the place of an administrator of the platform.")


def welcome(token: str, link: str | None) -> Letter:
    """What is mailed to somebody whose account was opened for them."""
    how = "Choose a password to sign in with. You have seven days for it."
    if link is None:
        how += f" Give this token to `resetPassword`: {token}"
    return notice("An account was opened for you", how, link=link)


def _conflict(account: Account, message: str) -> Conflict:
    return Conflict(message, Reference("User", account.id), ("user",))
