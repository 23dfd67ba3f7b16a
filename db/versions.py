"""The version that a template had before another."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, func, select, tuple_

from db import visibility
from db.models import TemplateVersion
from db.shapes import Reader, Wanted, selected
from db.statements import Written, compiled

Place = tuple[UUID, int]


class VersionBefore:
    """The version whose number is one less, by a version's template and number."""

    async def load(
        self, reader: Reader, keys: Sequence[Place], wanted: Wanted = None
    ) -> list[TemplateVersion | None]:
        statement = compiled(TemplateVersion, self._rows, wanted)
        sought = {
            "templates": [template for template, _ in keys],
            "numbers": [number - 1 for _, number in keys],
        }
        rows = await reader.reads.rows(statement, {**reader.seeing, **sought})
        found = {(row["template_id"], row["number"] + 1): row for row in rows}
        return [found.get(key) for key in keys]

    def _rows(self, wanted: Wanted) -> Written:
        template, number = TemplateVersion.template_id, TemplateVersion.number
        sought = select(
            func.unnest(bindparam("templates", type_=ARRAY(Uuid()))),
            func.unnest(bindparam("numbers", type_=ARRAY(Integer()))),
        )
        rows = selected(TemplateVersion, wanted, {"template_id": template, "number": number})
        return rows.where(tuple_(template, number).in_(sought), visibility.versions)
