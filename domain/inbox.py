"""What waits for somebody's decision, and which events change it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.approvals import StepStatus
from domain.events import APPROVAL_EVENTS, Event
from domain.ids import UserId


class Turn(Protocol):
    """A step, as far as it is somebody's."""

    @property
    def approver_id(self) -> UUID: ...

    @property
    def status(self) -> StepStatus: ...

    @property
    def updated_at(self) -> datetime: ...


T = TypeVar("T", bound=Turn)


def concerns(event: Event, user: UserId) -> bool:
    """Whether an approval waited for the person before the event, or does so after it."""
    if event.kind not in APPROVAL_EVENTS:
        return False
    waiting = {*(event.before or {}).get("waiting", ()), *(event.after or {}).get("waiting", ())}
    return str(user) in waiting


def own(steps: Sequence[T], user: UserId) -> T | None:
    """Somebody's step of an approval: the one that waits, or else the last that changed."""
    mine = [step for step in steps if step.approver_id == user]
    waiting = [step for step in mine if step.status is StepStatus.WAITING]
    return max(waiting or mine, key=lambda step: step.updated_at, default=None)
