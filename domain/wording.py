"""What notifications say, in English: the one place."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.notifications import NotificationKind

LONGEST_REASON = 300
LONGEST_NAME = 80
UNNAMED = {
    "actor": "Imprimatur",
    "person": "somebody",
    "template": "a template",
    "organization": "your organisation",
    "role": "another role",
    "address": "an address",
}
"""What stands for a name that is not known."""


@dataclass(frozen=True, slots=True)
class Words:
    """A notification's one line and its sentence, with names to be filled in."""

    title: str
    body: str


WORDS: dict[NotificationKind, Words] = {
    NotificationKind.STEP_WAITING: Words(
        "{template} waits for your decision",
        "{actor} asks you in {organization} to decide on {template}.",
    ),
    NotificationKind.STEP_WAITING_AGAIN: Words(
        "{template} was changed and waits for your decision again",
        "{actor} changed in {organization} what you are to approve of {template}.",
    ),
    NotificationKind.STEP_TAKEN_OVER: Words(
        "{template} no longer waits for you",
        "Your step in the approval of {template} went to somebody else.",
    ),
    NotificationKind.STEP_DUE: Words(
        "{template} still waits for your decision",
        "A reminder from {organization}: nobody can go on with {template} before you decide.",
    ),
    NotificationKind.STEP_ESCALATED: Words(
        "{template} is overdue",
        "The approval of {template} in {organization} is past its time, and it is now up to you.",
    ),
    NotificationKind.STEP_OVERDUE: Words(
        "{template} is overdue",
        "The approval of {template} in {organization} is past its time; hand the step to somebody.",
    ),
    NotificationKind.STEP_DECIDED: Words(
        "{actor} decided on {template}", "The approval of {template} goes on."
    ),
    NotificationKind.STEP_SKIPPED: Words(
        "An approver of {template} was passed over",
        "Somebody can no longer decide; the approval of {template} goes on without them.",
    ),
    NotificationKind.APPROVAL_APPROVED: Words(
        "{template} is approved", "{actor} was the last to approve {template}."
    ),
    NotificationKind.APPROVAL_CHANGES_REQUESTED: Words(
        "{actor} asks for changes to {template}",
        "The approval of {template} ended: something is to be changed first.",
    ),
    NotificationKind.APPROVAL_REJECTED: Words(
        "{template} was rejected", "{actor} rejected {template}."
    ),
    NotificationKind.APPROVAL_FORCED: Words(
        "{template} was approved without its approvers",
        "{actor} approved {template} in place of everybody who had not decided.",
    ),
    NotificationKind.APPROVAL_EXPIRED: Words(
        "The approval of {template} expired", "Nobody decided on {template} in time."
    ),
    NotificationKind.APPROVAL_WITHDRAWN: Words(
        "The approval of {template} was withdrawn", "{actor} took it back: nothing waits any more."
    ),
    NotificationKind.APPROVAL_VOIDED: Words(
        "The approval of {template} no longer holds",
        "The content was changed, or an approver that it needs is gone.",
    ),
    NotificationKind.DELEGATION_PLANNED: Words(
        "A stand-in for {person} is planned",
        "The approvals in {organization} that are {person}'s to decide are to go to somebody else.",
    ),
    NotificationKind.DELEGATION_STARTED: Words(
        "A stand-in decides for {person}",
        "From now on, somebody else decides the approvals in {organization} that are {person}'s.",
    ),
    NotificationKind.DELEGATION_ENDED: Words(
        "{person} decides again",
        "New approvals in {organization} that are {person}'s to decide go to nobody else any more.",
    ),
    NotificationKind.COMMENT_ADDED: Words(
        "{actor} commented on {template}", "There is a new comment on {template}."
    ),
    NotificationKind.COMMENT_ANSWERED: Words(
        "{actor} answered on {template}",
        "There is an answer in a discussion on {template} that you take part in.",
    ),
    NotificationKind.INVITATION_ACCEPTED: Words(
        "{actor} joined {organization}", "Your invitation to {organization} was accepted."
    ),
    NotificationKind.ROLE_CHANGED: Words(
        "You are {role} in {organization}",
        "{actor} changed what you may do in {organization}: your role is {role} from now on.",
    ),
    NotificationKind.MEMBERSHIP_ENDED: Words(
        "You are no longer a member of {organization}",
        "{actor} ended your membership of {organization}.",
    ),
    NotificationKind.WEBHOOK_DISABLED: Words(
        "A webhook of {organization} was switched off",
        "{address} is told of nothing any more: it answered that it is gone.",
    ),
}


def title(kind: NotificationKind, facts: Mapping[str, str]) -> str:
    """One line, without a full stop."""
    return WORDS[kind].title.format_map(named(facts))


def body(kind: NotificationKind, facts: Mapping[str, str]) -> str:
    """A sentence, and the reason that somebody gave, where there is one."""
    said = WORDS[kind].body.format_map(named(facts))
    reason = _cut(facts.get("reason", ""), LONGEST_REASON)
    return f"{said}\n\n“{reason}”" if reason else said


def named(facts: Mapping[str, str]) -> dict[str, str]:
    """How everything is called in a sentence, what has no name included."""
    names = {name: _cut(" ".join(value.split()), LONGEST_NAME) for name, value in facts.items()}
    if names.get("template"):
        names["template"] = f"“{names['template']}”"
    return {**UNNAMED, **{name: value for name, value in names.items() if value}}


def _cut(text: str, most: int) -> str:
    text = text.strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
