"""An approval of a template's content: its stages in order, and in each the steps of its approvers.

One stage is active at a time, and all of its steps wait at once. A stage is as its steps are: it
is APPROVED when as many have approved as its rule takes, and it is refused as soon as that can no
longer come about. Only required stages decide. Every approval is of one content, which its `pin`
names. `domain/approval_course.py` says how an approval goes on after whatever happened to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.content import ContentPart
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId
from domain.stages import StageRule


class ApprovalStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"


class StageStatus(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REJECTED = "REJECTED"
    SKIPPED = "SKIPPED"


class StepStatus(StrEnum):
    PENDING = "PENDING"
    WAITING = "WAITING"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REJECTED = "REJECTED"
    SKIPPED = "SKIPPED"


class Verdict(StrEnum):
    APPROVE = "APPROVE"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    REJECT = "REJECT"


OUTCOME = {
    Verdict.APPROVE: StepStatus.APPROVED,
    Verdict.REQUEST_CHANGES: StepStatus.CHANGES_REQUESTED,
    Verdict.REJECT: StepStatus.REJECTED,
}
STOPS = {
    StageStatus.CHANGES_REQUESTED: ApprovalStatus.CHANGES_REQUESTED,
    StageStatus.REJECTED: ApprovalStatus.REJECTED,
}
UNDECIDED = frozenset({StepStatus.PENDING, StepStatus.WAITING})
DECIDED = frozenset(OUTCOME.values())
STANDING = frozenset({ApprovalStatus.IN_PROGRESS, ApprovalStatus.APPROVED})
EVERYTHING = frozenset(ContentPart)


@dataclass(frozen=True, slots=True)
class Pin:
    """The content that an approval is of: its version, its hash, and the hashes of its parts."""

    version: VersionId
    content_hash: str
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One person's turn. `comment` is what they said with their verdict, `decided_on` what they
    saw; who stands in for somebody names them in `delegated_from`.
    """

    id: StepId
    position: int
    approver: UserId
    status: StepStatus = StepStatus.PENDING
    comment: str | None = None
    decided_at: datetime | None = None
    decided_on: Pin | None = None
    delegated_from: UserId | None = None

    @property
    def is_open(self) -> bool:
        return self.status in UNDECIDED

    def concerns(self, user: UserId) -> bool:
        return user in (self.approver, self.delegated_from)


@dataclass(frozen=True, slots=True)
class Stage:
    """The steps that wait at the same time, and how many approvals it takes.

    `active_since` is when its present turn began; `changed_since` is the version that it was last
    about before new content voided it, until it is approved again.
    """

    id: StageId
    position: int
    steps: tuple[Step, ...]
    required: bool = True
    rule: StageRule = StageRule.ALL
    at_least: int | None = None
    covers: frozenset[ContentPart] = EVERYTHING
    due_in: timedelta | None = None
    remind_after: timedelta | None = None
    escalate_to: UserId | None = None
    active_since: datetime | None = None
    due_at: datetime | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    changed_since: VersionId | None = None

    @property
    def need(self) -> int:
        """How many have to approve."""
        if self.rule is StageRule.ALL:
            return len(self.steps)
        return 1 if self.rule is StageRule.ANY else self.at_least or 1

    @property
    def status(self) -> StageStatus:
        if self.count(StepStatus.APPROVED) >= self.need:
            return StageStatus.APPROVED
        if self.refusal is not None:
            return self.refusal
        if self.count(StepStatus.WAITING):
            return StageStatus.ACTIVE
        return StageStatus.PENDING if self.is_open else StageStatus.SKIPPED

    @property
    def refusal(self) -> StageStatus | None:
        """How its approvers refused it; None while enough of them approved or could have.

        It is REJECTED when even those who asked for changes would not suffice with the others.
        """
        willing = self.count(StepStatus.APPROVED, StepStatus.SKIPPED, *UNDECIDED)
        if willing >= self.need:
            return None
        mendable = willing + self.count(StepStatus.CHANGES_REQUESTED) >= self.need
        return StageStatus.CHANGES_REQUESTED if mendable else StageStatus.REJECTED

    @property
    def is_open(self) -> bool:
        return any(step.is_open for step in self.steps)

    @property
    def is_moot(self) -> bool:
        """Whether nobody's verdict can change any more how it ends."""
        hopeful = self.count(StepStatus.APPROVED, *UNDECIDED) >= self.need
        return not hopeful or self.count(StepStatus.APPROVED) >= self.need

    @property
    def has_begun(self) -> bool:
        return any(step.status is not StepStatus.PENDING for step in self.steps)

    def count(self, *statuses: StepStatus) -> int:
        return sum(step.status in statuses for step in self.steps)

    def has_room_for(self, user: UserId, *, besides: Step | None = None) -> bool:
        """Nobody has two votes in a stage."""
        return not any(step.concerns(user) for step in self.steps if step != besides)


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval and its stages in order; while `suspended`, its organisation stands still."""

    id: ApprovalId
    pin: Pin
    submitter: UserId
    status: ApprovalStatus
    stages: tuple[Stage, ...]
    expires_in: timedelta | None = None
    expires_at: datetime | None = None
    forced_by: UserId | None = None
    force_reason: str | None = None
    suspended: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for stage in self.stages for step in stage.steps)

    @property
    def waiting(self) -> Step | None:
        """The first step that waits."""
        return next((step for step in self.steps if step.status is StepStatus.WAITING), None)

    @property
    def active(self) -> Stage | None:
        return next((each for each in self.stages if each.status is StageStatus.ACTIVE), None)

    def has_expired(self, now: datetime) -> bool:
        running = self.status is ApprovalStatus.IN_PROGRESS
        return running and self.expires_at is not None and self.expires_at <= now
