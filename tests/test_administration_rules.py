"""What administrators of the platform may do to accounts, without a database."""

from uuid import uuid4

import pytest

from domain import administration as rules
from domain.accounts import UserStatus
from domain.administration import Account
from domain.errors import Conflict, Invalid, UserError
from domain.ids import UserId
from domain.permissions import PlatformRole

ADMIN, USER = PlatformRole.ADMIN, PlatformRole.USER
ROOT, OTHER = UserId(uuid4()), UserId(uuid4())


def an_account(
    status: UserStatus = UserStatus.ACTIVE, role: PlatformRole = USER, id: UserId = OTHER
) -> Account:
    return Account(id, status, role)


@pytest.mark.parametrize(
    ("account", "wrong"),
    [
        (an_account(), None),
        (an_account(role=ADMIN), None),
        (an_account(UserStatus.SUSPENDED), Conflict),
        (an_account(role=ADMIN, id=ROOT), Invalid),
    ],
)
def test_anybody_but_oneself_is_suspended_once(
    account: Account, wrong: type[UserError] | None
) -> None:
    admins = {ROOT, account.id} if account.platform_role is ADMIN else {ROOT}
    if wrong is None:
        rules.check_suspension(account, ROOT, admins)
    else:
        with pytest.raises(wrong):
            rules.check_suspension(account, ROOT, admins)


@pytest.mark.parametrize("role", [each for each in PlatformRole if each is not ADMIN])
def test_the_last_administrator_stays_one(role: PlatformRole) -> None:
    root = an_account(role=ADMIN, id=ROOT)
    rules.check_platform_role(root, role, {ROOT, OTHER})
    rules.check_platform_role(root, ADMIN, {ROOT})
    with pytest.raises(Conflict, match="last administrator"):
        rules.check_platform_role(root, role, {ROOT})


def test_whoever_cannot_sign_in_is_not_counted() -> None:
    suspended = an_account(UserStatus.SUSPENDED, ADMIN)
    rules.check_platform_role(suspended, USER, {ROOT})


@pytest.mark.parametrize("status", UserStatus)
def test_only_who_is_suspended_is_reinstated(status: UserStatus) -> None:
    if status is UserStatus.SUSPENDED:
        rules.check_reinstatement(an_account(status))
    else:
        with pytest.raises(Conflict):
            rules.check_reinstatement(an_account(status))


@pytest.mark.parametrize("status", UserStatus)
def test_nothing_is_done_to_a_deleted_account(status: UserStatus) -> None:
    if status is UserStatus.DELETED:
        with pytest.raises(Conflict, match="deleted"):
            rules.check_is_there(an_account(status))
    else:
        rules.check_is_there(an_account(status))


@pytest.mark.parametrize(
    ("account", "may"),
    [
        (an_account(), True),
        (an_account(role=PlatformRole.MODERATOR), True),
        (an_account(role=ADMIN), False),
        (an_account(UserStatus.SUSPENDED), False),
        (an_account(UserStatus.DELETED), False),
        (an_account(id=ROOT), False),
    ],
)
def test_nobody_acts_in_the_place_of_who_may_do_as_much(account: Account, may: bool) -> None:
    if may:
        rules.check_impersonation(account, ROOT)
    else:
        with pytest.raises(UserError):
            rules.check_impersonation(account, ROOT)


@pytest.mark.parametrize(("minutes", "good"), [(0, False), (1, True), (60, True), (61, False)])
def test_impersonation_is_for_an_hour_at_most(minutes: int, good: bool) -> None:
    assert bool(list(rules.check_minutes(minutes))) is not good


def test_a_welcome_has_the_link_or_else_the_token() -> None:
    linked = rules.welcome("secret", "https://front.example.com/reset-password?token=secret")
    assert "token to `resetPassword`" not in linked.text
    assert "https://front.example.com/reset-password?token=secret" in linked.text
    assert "`resetPassword`: secret" in rules.welcome("secret", None).text
