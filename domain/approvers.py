"""Who may be an approver: members who may decide, each once in a stage, and no authors."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.approvals import EVERYTHING, Stage, Step
from domain.content import ContentPart
from domain.errors import Forbidden, Path, Problem
from domain.ids import UserId
from domain.stages import MOST_APPROVERS, MOST_STAGES, StageRequest, StageRule, check_stage

MOST_STEPS = 100
"""In all stages of an approval."""
MOST_HOURS = 24 * 365


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody named as an approver: are they a member who may decide, and an author?"""

    user: UserId
    may_decide: bool
    is_author: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of those who are named, where authors may or may not approve."""

    able: Collection[UserId]
    authors: Collection[UserId]
    authors_may_approve: bool

    def check(self, user: UserId, path: Path) -> Iterator[Problem]:
        if user not in self.able:
            yield Problem(path, "This is nobody who may decide approvals in the organisation.")
        elif user in self.authors and not self.authors_may_approve:
            yield Problem(path, "The author of the content may not approve it.")

    def may_approve(self, user: UserId) -> bool:
        return not any(self.check(user, ()))


def check_steps(
    approvers: Sequence[UserId], required: Sequence[bool], candidates: Candidates
) -> Iterator[Problem]:
    """Problems of a submission whose stages have one step each; paths lead into `steps`."""
    if not approvers:
        yield Problem(("steps",), "Name at least one approver.")
    elif not any(required):
        yield Problem(("steps",), "At least one step must be required.")
    if len(approvers) > MOST_STAGES:
        yield Problem(("steps",), f"An approval has at most {MOST_STAGES} steps.")
    places: list[Path] = [("steps", index, "approver") for index in range(len(approvers))]
    yield from _check_each(approvers, places, candidates)


def check_stages(stages: Sequence[StageRequest], candidates: Candidates) -> Iterator[Problem]:
    """Problems of a submission in stages; paths lead into `stages`."""
    if not any(stage.required for stage in stages):
        yield Problem(("stages",), "At least one stage must be required.")
    if len(stages) > MOST_STAGES:
        yield Problem(("stages",), f"An approval has at most {MOST_STAGES} stages.")
    if sum(len(stage.approvers) for stage in stages) > MOST_STEPS:
        yield Problem(("stages",), f"An approval has at most {MOST_STEPS} approvers in all.")
    for index, stage in enumerate(stages):
        yield from _check_stage(stage, ("stages", index), candidates)
    yield from _check_covered(stages)


def check_expiry(hours: int | None) -> Iterator[Problem]:
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        yield Problem(("expiresInHours",), f"Use 1 to {MOST_HOURS:,} hours.")


def covered(stage: StageRequest) -> frozenset[ContentPart]:
    return EVERYTHING if stage.covers is None else frozenset(stage.covers)


def check_author(by: UserId, authors: Collection[UserId], *, authors_may_approve: bool) -> None:
    """Four eyes: who wrote the content does not approve it, unless the organisation lets them."""
    if by in authors and not authors_may_approve:
        raise Forbidden("The author of the content may not approve it.")


def replacement(
    stage: Stage, step: Step, others: Sequence[UserId | None], candidates: Candidates
) -> UserId | None:
    """The first of the others who can take over a step whose approver is gone."""
    for other in others:
        is_free = other == step.delegated_from or (other and stage.has_room_for(other))
        if other is not None and is_free and candidates.may_approve(other):
            return other
    return None


def usable(replacements: Mapping[UserId, UserId], candidates: Candidates) -> dict[UserId, UserId]:
    """Those of the stand-ins who may approve this content."""
    return {user: to for user, to in replacements.items() if candidates.may_approve(to)}


def _check_each(
    approvers: Sequence[UserId], places: Sequence[Path], candidates: Candidates
) -> Iterator[Problem]:
    seen: set[UserId] = set()
    for approver, path in zip(approvers, places, strict=True):
        if approver in seen:
            yield Problem(path, "This person has a step already; name each approver once.")
        else:
            yield from candidates.check(approver, path)
        seen.add(approver)


def _check_stage(stage: StageRequest, path: Path, candidates: Candidates) -> Iterator[Problem]:
    yield from check_stage(stage, path)
    places: list[Path] = [(*path, "approvers", n) for n in range(len(stage.approvers))]
    yield from _check_each(stage.approvers, places, candidates)
    if not 1 <= len(stage.approvers) <= MOST_APPROVERS:
        yield Problem((*path, "approvers"), f"Name 1 to {MOST_APPROVERS} approvers.")
    elif stage.rule is StageRule.AT_LEAST and (stage.at_least or 0) > len(stage.approvers):
        text = f"The stage has {len(stage.approvers)} approvers: that is more."
        yield Problem((*path, "atLeast"), text)
    if stage.escalate_to is not None:
        yield from _check_escalation(stage, stage.escalate_to, (*path, "escalateTo"), candidates)


def _check_escalation(
    stage: StageRequest, to: UserId, path: Path, candidates: Candidates
) -> Iterator[Problem]:
    if to in stage.approvers:
        yield Problem(path, "Name somebody who is no approver of the stage.")
    else:
        yield from candidates.check(to, path)


def _check_covered(stages: Sequence[StageRequest]) -> Iterator[Problem]:
    """Nothing goes out that nobody had to approve."""
    approved = {part for stage in stages if stage.required for part in covered(stage)}
    if missing := [part.value for part in ContentPart if part not in approved]:
        text = f"No required stage covers {', '.join(missing)}: changes there would go out unseen."
        yield Problem(("stages",), text)
