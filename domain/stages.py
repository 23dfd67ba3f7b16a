"""What is asked of a stage of an approval: who decides together, and how many it takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from domain.content import ContentPart
from domain.errors import Path, Problem
from domain.ids import UserId
from domain.text import NAME, check_text

MOST_STAGES = 20
MOST_APPROVERS = 20
MOST_HOURS = 24 * 365


class StageRule(StrEnum):
    """How many of a stage's approvers it takes."""

    ALL = "ALL"
    ANY = "ANY"
    AT_LEAST = "AT_LEAST"


@dataclass(frozen=True, slots=True)
class StageRequest:
    """One stage of an approval: who decides at the same time, and how many of them it takes."""

    name: Annotated[str, "What the stage is for, such as `Legal`; up to 200 characters."]
    approvers: Annotated[
        tuple[UserId, ...], "1 to 20 members who may decide approvals; each once, and no author."
    ]
    rule: Annotated[StageRule, "How many of them have to approve."] = StageRule.ALL
    at_least: Annotated[int | None, "How many have to approve, where the rule is AT_LEAST."] = None
    required: Annotated[bool, "Whether the approval depends on this stage."] = True
    due_in_hours: Annotated[int | None, "Hours from its beginning in which it is due."] = None
    remind_after_hours: Annotated[
        int | None, "Hours from its beginning after which who has not decided yet is reminded."
    ] = None
    escalate_to: Annotated[
        UserId | None, "Who is told, and may decide, once the stage is overdue."
    ] = None
    covers: Annotated[
        tuple[ContentPart, ...] | None,
        "The parts of the content that are approved here; all unless given. A change of another"
        " part leaves the stage as it is.",
    ] = None


def check_stage(stage: StageRequest, path: Path) -> Iterator[Problem]:
    """Problems of what a stage says about itself, whoever its approvers are."""
    yield from check_text(stage.name, (*path, "name"), most=NAME)
    yield from _check_rule(stage, path)
    for name, hours in (
        ("dueInHours", stage.due_in_hours),
        ("remindAfterHours", stage.remind_after_hours),
    ):
        if hours is not None and not 1 <= hours <= MOST_HOURS:
            yield Problem((*path, name), f"Use 1 to {MOST_HOURS:,} hours.")
    if stage.escalate_to is not None and stage.due_in_hours is None:
        text = "Only a stage that is due can be escalated: give `dueInHours` too."
        yield Problem((*path, "escalateTo"), text)
    if stage.covers is not None and not stage.covers:
        yield Problem((*path, "covers"), "Name at least one part, or leave this out for all.")


def _check_rule(stage: StageRequest, path: Path) -> Iterator[Problem]:
    here = (*path, "atLeast")
    if stage.rule is StageRule.AT_LEAST:
        if stage.at_least is None or not 1 <= stage.at_least <= MOST_APPROVERS:
            yield Problem(here, f"Say how many have to approve: 1 to {MOST_APPROVERS}.")
    elif stage.at_least is not None:
        yield Problem(here, "This belongs to the rule AT_LEAST; leave it out.")
