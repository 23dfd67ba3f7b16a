"""What it takes to do something: the rules alone."""

from uuid import UUID

import pytest

from domain.actions import Action
from domain.actor import ANONYMOUS, Actor
from domain.ids import AccessTokenId, OrganizationId, UserId
from domain.permissions import BUILT_IN, Permission, PlatformRole, Role
from domain.permits import AccessLevel, Ground, Rule, Thing, permit

ANN, BEN, ROOT = (UserId(UUID(int=n)) for n in (1, 2, 3))
PLACE = OrganizationId(UUID(int=4))
ELSEWHERE = OrganizationId(UUID(int=5))
HERE = Thing(PLACE, {ANN})
CLOSING = Rule("User", AccessLevel.PLATFORM_ADMIN)


def member(role: Role, user: UserId = ANN) -> Actor:
    return Actor(user, grants={PLACE: BUILT_IN[role]})


TOKEN = Actor(
    ANN,
    token_id=AccessTokenId(UUID(int=6)),
    grants={PLACE: BUILT_IN[Role.ADMIN].within([Permission.TEMPLATE_READ])},
)
CASES = {
    "nobody": (Action.READ.rule, ANONYMOUS, False, Ground.SIGNED_IN, "Sign in first"),
    "somebody": (Action.READ.rule, member(Role.VIEWER), True, Ground.SIGNED_IN, "signed in"),
    "a role without it": (
        Action.ARCHIVE_TEMPLATE.rule,
        member(Role.EDITOR),
        False,
        Ground.PERMISSION,
        "Your role EDITOR does not have the permission TEMPLATE_ARCHIVE.",
    ),
    "a role with it": (
        Action.ARCHIVE_TEMPLATE.rule,
        member(Role.MANAGER),
        True,
        Ground.PERMISSION,
        "Your role MANAGER has the permission TEMPLATE_ARCHIVE.",
    ),
    "no member": (
        Action.ARCHIVE_TEMPLATE.rule,
        Actor(ANN),
        False,
        Ground.PERMISSION,
        "you are no member there",
    ),
    "a token without the scope": (
        Action.UPDATE_TEMPLATE.rule,
        TOKEN,
        False,
        Ground.PERMISSION,
        "Your access token's scopes do not include TEMPLATE_WRITE.",
    ),
    "a token where it takes a person": (
        Action.MARK_NOTIFICATIONS_READ.rule,
        TOKEN,
        False,
        Ground.IN_PERSON,
        "needs a session",
    ),
    "who impersonates": (
        Action.MARK_NOTIFICATIONS_READ.rule,
        Actor(ANN, impersonator_id=ROOT),
        False,
        Ground.IN_PERSON,
        "only they themselves",
    ),
    "one's own": (
        Action.EDIT_COMMENT.rule,
        member(Role.EDITOR),
        True,
        Ground.OWNERSHIP,
        "It is yours.",
    ),
    "others'": (
        Action.EDIT_COMMENT.rule,
        member(Role.ADMIN, BEN),
        False,
        Ground.OWNERSHIP,
        "Only its author may edit a comment.",
    ),
    "others' that one manages": (
        Action.DELETE_COMMENT.rule,
        member(Role.MANAGER, BEN),
        True,
        Ground.OWNERSHIP,
        "your role MANAGER has COMMENT_MODERATE.",
    ),
    "whose it is, the request says": (
        Action.CREATE_DELEGATION.rule,
        member(Role.APPROVER, BEN),
        True,
        Ground.PERMISSION,
        "APPROVAL_DECIDE",
    ),
    "who administers": (
        CLOSING,
        Actor(ROOT, platform_role=PlatformRole.ADMIN),
        True,
        Ground.PLATFORM_ROLE,
        "Your platform role is ADMIN.",
    ),
    "who does not": (
        CLOSING,
        member(Role.ADMIN),
        False,
        Ground.PLATFORM_ROLE,
        "This needs the platform role ADMIN.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_permit_says_what_decided_and_why(case: str) -> None:
    rule, actor, allowed, ground, reason = CASES[case]
    given = permit(rule, actor, HERE)
    assert (given.allowed, given.ground) == (allowed, ground)
    assert reason in given.reason


def test_a_permission_elsewhere_is_none_here() -> None:
    elsewhere = Actor(ANN, grants={ELSEWHERE: BUILT_IN[Role.ADMIN]})
    assert not permit(Action.UPDATE_TEMPLATE.rule, elsewhere, HERE).allowed
    assert not permit(Action.DELETE_COMMENT.rule, elsewhere, HERE).allowed


def test_no_two_actions_are_one() -> None:
    assert len({action.rule for action in Action}) == len(Action) == len(Action.__members__)
