"""What time will do to an approval: jobs that wait for its moments."""

from datetime import datetime

from domain.approval_time import escalation_at, reminder_at
from domain.approvals import Approval, ApprovalStatus, Stage, StageStatus
from resolvers.work import Work

Job = tuple[str, str]
"""Its name, and the id of what it is about."""


def plan(work: Work, before: Approval | None, after: Approval) -> None:
    """Have done later what is to come now, and no longer what was to come before."""
    planned = {} if before is None else moments(before)
    coming = moments(after)
    for job in planned.keys() - coming.keys():
        work.never_mind(_key(job))
    for job, at in coming.items():
        if planned.get(job) != at:
            later(work, job, at)


def later(work: Work, job: Job, at: datetime) -> None:
    name, id = job
    work.later(name, {"id": id}, at=at, key=_key(job))


def moments(approval: Approval) -> dict[Job, datetime]:
    """What time will do, unless something happens before."""
    if approval.status is not ApprovalStatus.IN_PROGRESS:
        return {}
    found = {("approvals.expire", str(approval.id)): approval.expires_at}
    for stage in approval.stages:
        if stage.status is StageStatus.ACTIVE:
            found |= _of_stage(stage)
    return {job: at for job, at in found.items() if at is not None}


def _of_stage(stage: Stage) -> dict[Job, datetime | None]:
    return {
        ("approvals.remind", str(stage.id)): reminder_at(stage),
        ("approvals.escalate", str(stage.id)): escalation_at(stage),
    }


def _key(job: Job) -> str:
    return ":".join(job)
