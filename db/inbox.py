"""What waits for somebody's decision, as it is listed and counted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import DateTime, func, literal

from db.filters import Conditions, TimeFilter, equals, holds, on
from db.models import ApprovalStep
from domain.ids import OrganizationId


class InboxOrderField(StrEnum):
    """What waits can only be read by when it is due."""

    DUE_AT = "DUE_AT"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Narrows what waits for you; every condition that is given must hold."""

    organization: Annotated[OrganizationId | None, "In this organisation."] = None
    overdue: Annotated[bool | None, "What should be decided already only, or only the rest."] = None
    due_at: Annotated[TimeFilter | None, "By when it is due."] = None


_NEVER = literal(datetime(9000, 1, 1, tzinfo=UTC), DateTime(timezone=True))
SOONEST_DUE_FIRST = (InboxOrderField.DUE_AT, False)
"""What is never due comes last; of what is due at the same moment, the older comes first."""

ORDERS = {InboxOrderField.DUE_AT: func.coalesce(ApprovalStep.due_at, _NEVER)}
CONDITIONS: Conditions = {
    "organization": equals(ApprovalStep.organization_id),
    "overdue": holds(ApprovalStep.due_at < func.now()),
    "due_at": on(ApprovalStep.due_at),
}
