"""The lives of templates: drafted, submitted, changed, approved, talked about, archived."""

from datetime import datetime
from random import Random
from uuid import UUID

from db.models import Approval, ApprovalStage, ApprovalStep, Comment, Template, TemplateVersion
from db.templates import search_text
from domain.approvals import STANDING, ApprovalStatus
from domain.content import Content, content_hash
from domain.templates import STATUS_AFTER, TemplateStatus
from server.seeding.bench import letters, words
from server.seeding.bench.draws import chance, later, uuid7
from server.seeding.bench.people import Staff
from server.seeding.bench.reviews import review
from server.seeding.bench.rows import Row, Rows, history

EARLIER_FATES = {
    ApprovalStatus.CHANGES_REQUESTED: 6,
    ApprovalStatus.REJECTED: 1,
    ApprovalStatus.WITHDRAWN: 2,
    ApprovalStatus.VOIDED: 3,
}
LAST_FATES = {
    ApprovalStatus.APPROVED: 50,
    ApprovalStatus.IN_PROGRESS: 25,
    ApprovalStatus.CHANGES_REQUESTED: 10,
    ApprovalStatus.REJECTED: 4,
    ApprovalStatus.WITHDRAWN: 5,
    ApprovalStatus.VOIDED: 6,
}
_HOURS_TO_WRITE = 120.0
_DAYS_OF_TALK = 30


def live(rng: Random, staff: Staff, at: datetime, *, reviews: list[int], comments: int) -> "Life":
    """The life of a template begun at `at`, with reviews of so many steps each, and comments."""
    life = Life(rng, staff, at)
    for steps in reviews[:-1]:
        life.submit(_fate(rng, EARLIER_FATES), steps)
        life.take_up_again()
    for steps in reviews[-1:]:
        life.submit(_fate(rng, LAST_FATES), steps)
    life.archive()
    life.talk(comments)
    return life


def _fate(rng: Random, weights: dict[ApprovalStatus, int]) -> ApprovalStatus:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


class Life:
    """One template's life so far; it is always at the time of its latest change."""

    def __init__(self, rng: Random, staff: Staff, at: datetime) -> None:
        self.rng = rng
        self.staff = staff
        self.id = uuid7(rng, at)
        self.author = rng.choice(staff.writers)
        self.letter = letters.conceive(rng, staff, at)
        self.changes = [at]
        self.status = TemplateStatus.DRAFT
        self.versions: list[Row] = []
        self.approvals: list[Row] = []
        self.stages: list[Row] = []
        self.steps: list[Row] = []
        self.comments: list[Row] = []
        self._draft(at)
        for _ in range(rng.choices((0, 1, 2), (85, 11, 4))[0]):
            self._draft(self._later())

    def _later(self) -> datetime:
        return later(self.rng, self.changes[-1], _HOURS_TO_WRITE)

    def _draft(self, at: datetime) -> None:
        """A new version whose content is not the one before."""
        source, variables = letters.compose(self.rng, self.letter)
        while self._is_latest(digest := content_hash(Content(source, variables))):
            source, variables = letters.compose(self.rng, self.letter)
        self.versions.append(
            {
                "id": uuid7(self.rng, at),
                "organization_id": self.staff.organization_id,
                "template_id": self.id,
                "author_id": self._writer(),
                "number": len(self.versions) + 1,
                "kind": source.kind,
                "subject": source.subject,
                "body": source.body,
                "text": source.text,
                "variables": variables,
                "content_hash": digest,
                "created_at": at,
            }
        )
        self.changes.append(at)

    def _is_latest(self, digest: str) -> bool:
        return bool(self.versions) and self.versions[-1]["content_hash"] == digest

    def _writer(self) -> UUID:
        if not self.versions or chance(self.rng, 0.7):
            return self.author
        return self.rng.choice(self.staff.writers)

    def submit(self, fate: ApprovalStatus, steps: int) -> None:
        """Send the latest version through a review of so many steps, at once to its end."""
        version = self.versions[-1]
        authors = {self.author, version["author_id"]}
        able = [decider for decider in self.staff.deciders if decider not in authors]
        approvers = self.rng.sample(able, steps)
        held = review(self.rng, version, approvers, fate, self._later())
        self.approvals.append(held.approval)
        self.stages += held.stages
        self.steps += held.steps
        self.changes += held.changes
        self.status = STATUS_AFTER[held.approval["status"]]
        if held.approval["status"] is ApprovalStatus.VOIDED:
            self._draft(held.changes[-1])

    def take_up_again(self) -> None:
        """Write a new version after a review, unless it was only withdrawn, or voided by one."""
        status = self.approvals[-1]["status"]
        withdrawn = status is ApprovalStatus.WITHDRAWN and chance(self.rng, 0.5)
        if status is not ApprovalStatus.VOIDED and not withdrawn:
            self._draft(self._later())

    def archive(self) -> None:
        """Put it away now and then, where no approval of it stands."""
        stands = self.approvals and self.approvals[-1]["status"] in STANDING
        if not stands and chance(self.rng, 0.08):
            self.status = TemplateStatus.ARCHIVED
            self.changes.append(self._later())

    def talk(self, count: int) -> None:
        hours = (self.changes[-1] - self.changes[0]).total_seconds() / 3600 + 24 * _DAYS_OF_TALK
        times = sorted(later(self.rng, self.changes[0], hours) for _ in range(count))
        self.comments += [self._comment(at) for at in times]

    def _comment(self, at: datetime) -> Row:
        edited = chance(self.rng, 0.04)
        return {
            "id": uuid7(self.rng, at),
            "organization_id": self.staff.organization_id,
            "subject": "Template",
            "subject_id": self.id,
            "author_id": self.rng.choice(self.staff.commenters),
            "body": _remark(self.rng),
            **history([at, later(self.rng, at, 2)] if edited else [at]),
        }

    def into(self, rows: Rows) -> None:
        rows.add(Template, [self._row()])
        rows.add(TemplateVersion, self.versions)
        rows.add(Approval, self.approvals)
        rows.add(ApprovalStage, self.stages)
        rows.add(ApprovalStep, self.steps)
        rows.add(Comment, self.comments)

    def _row(self) -> Row:
        current = self.versions[-1]
        details = {
            "name": self.letter.name,
            "description": self.letter.description,
            "category": self.letter.kind.category,
            "tags": self.letter.tags,
        }
        return details | {
            "id": self.id,
            "organization_id": self.staff.organization_id,
            "author_id": self.author,
            "status": self.status,
            "metadata": self.letter.metadata,
            "current_version_id": current["id"],
            "approval_id": self.approvals[-1]["id"] if self.approvals else None,
            "search_text": search_text(Template(**details), current["subject"]),
            **history(self.changes),
        }


def _remark(rng: Random) -> str:
    said = words.remarks()
    opening, remark = rng.choice(said.openings), rng.choice(said.remarks)
    if not opening or opening.endswith(". "):
        remark = remark[0].upper() + remark[1:]
    return f"{opening}{remark}{rng.choice(said.endings)}"
