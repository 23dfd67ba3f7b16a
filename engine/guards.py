"""Who may see a field of which rows: asked once where it is the same for all of them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.fields import Access

Refusal = Exception | None
"""Why the viewer may not see; None where they may."""


class Guards:
    """The verdicts of one level: between levels, what the viewer may do can change."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._verdicts: dict[tuple[Access, Any], Refusal] = {}

    def refusals(self, access: Access, rows: list[Any]) -> list[Refusal]:
        """One for each row; `access.check` is asked once for all that it sees the same of."""
        if not rows:
            return []
        if not access.reads or rows == [None]:
            return [self._verdict(access, None, rows[0])] * len(rows)
        looked_at = list(map(attrgetter(*access.reads), rows))
        return [self._verdict(access, seen, row) for seen, row in zip(looked_at, rows, strict=True)]

    def _verdict(self, access: Access, seen: Any, row: Any) -> Refusal:
        identity = (access, seen)
        if identity not in self._verdicts:
            self._verdicts[identity] = self._asked(access, row)
        return self._verdicts[identity]

    def _asked(self, access: Access, row: Any) -> Refusal:
        try:
            if access.check is not None:
                access.check(self._context, row)
        except Exception as refusal:  # noqa: BLE001  it becomes the field's error
            return refusal
        return None
