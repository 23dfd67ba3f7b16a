"""Rules of templates: what describes them, and the states that they pass."""

import json
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any

from domain.approvals import ApprovalStatus
from domain.errors import Conflict, Problem, Reference
from domain.ids import TemplateId
from domain.text import LINE, NAME, PROSE, check_text

MOST_TAGS = 20
MOST_METADATA = 10_000
TAG = re.compile(r"\w(?:[\w .:/-]{0,48}\w)?\Z")


class TemplateStatus(StrEnum):
    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    APPROVED = "APPROVED"
    ARCHIVED = "ARCHIVED"


STATUS_AFTER = {
    ApprovalStatus.IN_PROGRESS: TemplateStatus.IN_REVIEW,
    ApprovalStatus.APPROVED: TemplateStatus.APPROVED,
    ApprovalStatus.CHANGES_REQUESTED: TemplateStatus.CHANGES_REQUESTED,
    ApprovalStatus.REJECTED: TemplateStatus.DRAFT,
    ApprovalStatus.WITHDRAWN: TemplateStatus.DRAFT,
    ApprovalStatus.VOIDED: TemplateStatus.DRAFT,
    ApprovalStatus.EXPIRED: TemplateStatus.DRAFT,
}


def check_details(
    name: str, description: str, category: str | None, tags: Sequence[str], metadata: Any
) -> Iterator[Problem]:
    """Problems of what describes a template without being its content."""
    yield from check_text(name, ("name",), most=NAME)
    yield from check_text(description, ("description",), most=PROSE, least=0, lines=True)
    if category is not None:
        yield from check_text(category, ("category",), most=LINE)
    yield from check_tags(tags)
    yield from check_metadata(metadata)


def check_tags(tags: Sequence[str]) -> Iterator[Problem]:
    if len(tags) > MOST_TAGS:
        yield Problem(("tags",), f"A template has at most {MOST_TAGS} tags.")
    for index, tag in enumerate(tags):
        if not TAG.match(tag):
            yield Problem(("tags", index), "Use 1 to 50 letters, digits and inner ` .:/-_`.")


def check_metadata(metadata: Any) -> Iterator[Problem]:
    if not isinstance(metadata, dict):
        yield Problem(("metadata",), "Metadata is a JSON object.")
    elif len(json.dumps(metadata)) > MOST_METADATA:
        yield Problem(("metadata",), f"Use at most {MOST_METADATA} bytes of JSON.")
    elif not _has_common_numbers(metadata):
        yield Problem(("metadata",), "Numbers are finite, and whole ones fit into 64 bits.")


def _has_common_numbers(value: Any) -> bool:
    """Whether every number in a JSON value is one that all of its readers can read."""
    if isinstance(value, dict):
        return all(map(_has_common_numbers, value.values()))
    if isinstance(value, list):
        return all(map(_has_common_numbers, value))
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def check_open(template: TemplateId, status: TemplateStatus) -> None:
    """An archived template is read-only; raises `Conflict`."""
    if status is TemplateStatus.ARCHIVED:
        raise Conflict(
            "This template is archived; duplicate it to go on working.",
            Reference("Template", template),
        )


def check_submittable(template: TemplateId, status: TemplateStatus) -> None:
    """One approval at a time; raises `Conflict`."""
    check_open(template, status)
    if status is TemplateStatus.APPROVED:
        raise Conflict(
            "This content is approved already; change it to have it approved anew.",
            Reference("Template", template),
        )
    if status is TemplateStatus.IN_REVIEW:
        raise Conflict(
            "This template is in review already; withdraw that approval first.",
            Reference("Template", template),
        )
