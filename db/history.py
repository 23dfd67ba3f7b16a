"""How the history of approvals is listed."""

from sqlalchemy import ColumnElement, Subquery, select

from db.filters import Asked
from db.lists import Many
from db.models import Approval, HistoryEntry


class OfApproval(Many[HistoryEntry]):
    """The events of approvals, found among those about their templates."""

    def _where(self, form: Asked, keys: Subquery) -> list[ColumnElement[bool]]:
        template = select(Approval.template_id).where(Approval.id == keys.c.key).correlate(keys)
        about = HistoryEntry.subject_id == template.scalar_subquery()
        return [about, *super()._where(form, keys)]


class OfTemplate(Many[HistoryEntry]):
    """The events of all approvals of templates."""

    def _where(self, form: Asked, keys: Subquery) -> list[ColumnElement[bool]]:
        return [*super()._where(form, keys), HistoryEntry.approval_id.is_not(None)]
