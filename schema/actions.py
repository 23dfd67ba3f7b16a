"""Everything that can be done to things, described for clients from the table itself."""

from domain import ownership
from domain.actions import ANYTHING, Action
from domain.permits import AccessLevel, Ground
from engine.types import described


def mutation_of(action: Action) -> str:
    """The name of the mutation, or of the field that is read."""
    first, *others = action.name.removeprefix("READ_").lower().split("_")
    return first + "".join(map(str.capitalize, others))


def _said(action: Action) -> str:
    if action.rule.entity == ANYTHING:
        return "To see it at all."
    if action.rule.own is ownership.PERSON:
        return f"The mutation `{mutation_of(action)}`, which people do to themselves."
    if action.name.startswith("READ_"):
        return f"To read `{mutation_of(action)}` of a thing of the type {action.rule.entity}."
    return (
        f"The mutation `{mutation_of(action)}`, done to a thing of the type {action.rule.entity}."
    )


described(
    Action,
    "What somebody may or may not do to a thing.",
    **{action.name: _said(action) for action in Action},
)
described(
    AccessLevel,
    "Who may do something at all, before it is asked whose the thing is.",
    AUTHENTICATED="Everybody who is signed in.",
    OWNER="People themselves: no access token, and nobody who impersonates them.",
    PERMISSION="Members whose role has a permission where the thing belongs.",
    PLATFORM_ADMIN="Administrators of the platform.",
)
described(
    Ground,
    "Which of the rules decided: the first that refused, or the last that was asked.",
    KIND="The action is done to things of another type.",
    ACCOUNT="The account is suspended or deleted.",
    VISIBILITY="Who sees the thing, and who does not.",
    SIGNED_IN="Whether somebody is signed in.",
    IN_PERSON="Whether they act in person.",
    PLATFORM_ROLE="Their role on the platform.",
    PERMISSION="What their role in the organisation allows, and the scopes of their access token.",
    OWNERSHIP="Whose the thing is, or what may be done to things of others.",
)
