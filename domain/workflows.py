"""Workflows that an organisation keeps: stages whose approvers are found at submission."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any

from domain.errors import Conflict, Path, Problem, Reference, refuse
from domain.ids import UserId, WorkflowId
from domain.permissions import Permission, Role, roles_with
from domain.stages import MOST_APPROVERS, MOST_STAGES, StageRequest, StageRule, check_stage
from domain.text import NAME, PROSE, check_text


@dataclass(frozen=True, slots=True)
class WorkflowStage(StageRequest):
    """One stage of a workflow; give `approvers`, a `role`, or both."""

    approvers: Annotated[
        tuple[UserId, ...], "Up to 20 members who may decide approvals; each once."
    ] = ()
    role: Annotated[
        Role | None,
        "Whoever has this role when something is submitted decides too, but for its authors.",
    ] = None


@dataclass(frozen=True, slots=True)
class People:
    """An organisation's people at one moment, as far as stages ask for them.

    `able` may decide approvals, `holders` of a role are in the order in which they joined, and
    `names` are how people are called.
    """

    able: Collection[UserId]
    holders: Mapping[Role, Sequence[UserId]]
    names: Mapping[UserId, str]


def check_workflow(
    name: str, description: str, stages: Sequence[WorkflowStage]
) -> Iterator[Problem]:
    """Problems of a workflow, whoever may decide at present."""
    yield from check_text(name, ("name",), most=NAME)
    yield from check_text(description, ("description",), most=PROSE, least=0, lines=True)
    if not 1 <= len(stages) <= MOST_STAGES:
        yield Problem(("stages",), f"A workflow has 1 to {MOST_STAGES} stages.")
    elif not any(stage.required for stage in stages):
        yield Problem(("stages",), "At least one stage must be required.")
    for index, stage in enumerate(stages[:MOST_STAGES]):
        path = ("stages", index)
        yield from check_stage(stage, path)
        yield from _check_approvers(stage, path)


def check_named(stages: Sequence[WorkflowStage], able: Collection[UserId]) -> Iterator[Problem]:
    """Problems with people whom stages name, of whom some may not decide."""
    text = "This is nobody who may decide approvals in the organisation."
    for index, stage in enumerate(stages):
        for place, user in enumerate(stage.approvers):
            if user not in able:
                yield Problem(("stages", index, "approvers", place), text)
        if stage.escalate_to is not None and stage.escalate_to not in able:
            yield Problem(("stages", index, "escalateTo"), text)


def named(stages: Sequence[WorkflowStage]) -> list[UserId]:
    """Everybody whom stages name, each once."""
    found = [user for stage in stages for user in (*stage.approvers, stage.escalate_to) if user]
    return list(dict.fromkeys(found))


def facts(stage: WorkflowStage) -> dict[str, Any]:
    """A stage as JSON has it: as it is stored, and as events tell of it."""
    escalate_to = stage.escalate_to
    return {
        **asdict(stage),
        "approvers": [str(user) for user in stage.approvers],
        "escalate_to": None if escalate_to is None else str(escalate_to),
        "covers": None if stage.covers is None else [part.value for part in stage.covers],
    }


def check_usable(id: WorkflowId, *, archived: bool) -> None:
    if archived:
        here = Reference("WorkflowTemplate", id)
        raise Conflict("This workflow is archived.", here, ("workflow",))


def requests(
    stages: Sequence[WorkflowStage], people: People, without: Collection[UserId] = ()
) -> tuple[StageRequest, ...]:
    """The stages with the approvers that they have now.

    `without` are people who are not taken for having a role. Raises `Invalid`, naming each stage
    that cannot be staffed as it says.
    """
    staffed = [_staffed(stage, people, without) for stage in stages]
    refuse([problem for stage in staffed for problem in _check_staffed(stage, people)])
    return tuple(_request(stage) for stage in staffed)


def _check_approvers(stage: WorkflowStage, path: Path) -> Iterator[Problem]:
    here, count = (*path, "approvers"), len(stage.approvers)
    if not stage.approvers and stage.role is None:
        yield Problem(here, "Name approvers, or give a role.")
    if count > MOST_APPROVERS:
        yield Problem(here, f"A stage has at most {MOST_APPROVERS} approvers; these are {count}.")
    if len(set(stage.approvers)) != count:
        yield Problem(here, "Name each approver once.")
    if stage.role is None and stage.approvers and (stage.at_least or 0) > count:
        yield Problem((*path, "atLeast"), f"Only {count} approvers are named.")
    if stage.role is not None and stage.role not in roles_with(Permission.APPROVAL_DECIDE):
        text = f"Nobody may decide approvals by having the role {stage.role.value}."
        yield Problem((*path, "role"), text)


def _staffed(stage: WorkflowStage, people: People, without: Collection[UserId]) -> WorkflowStage:
    holders = people.holders.get(stage.role, ()) if stage.role else ()
    able = [user for user in holders if user in people.able and user not in without]
    return replace(stage, approvers=tuple(dict.fromkeys((*stage.approvers, *able))))


def _check_staffed(stage: WorkflowStage, people: People) -> Iterator[Problem]:
    for user in named([stage]):
        if user not in people.able:
            yield _unstaffed(stage, f"{people.names[user]} may no longer decide approvals")
    count = len(stage.approvers)
    if not count and stage.role is not None:
        yield _unstaffed(stage, f"nobody has the role {stage.role.value} who may decide this")
    elif count > MOST_APPROVERS:
        yield _unstaffed(stage, f"{count} people would decide, and {MOST_APPROVERS} is the most")
    elif stage.rule is StageRule.AT_LEAST and count < (stage.at_least or 0):
        yield _unstaffed(stage, f"it takes {stage.at_least} approvals, and {count} can be given")


def _unstaffed(stage: WorkflowStage, why: str) -> Problem:
    text = f"The stage “{stage.name}” of this workflow cannot begin: {why}."
    return Problem(("workflow",), text)


def _request(stage: WorkflowStage) -> StageRequest:
    return StageRequest(**{each.name: getattr(stage, each.name) for each in fields(StageRequest)})
