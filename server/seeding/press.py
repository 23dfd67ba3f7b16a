"""What people do at Acme Press, each through the use cases of the application."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from db.approvals import steps
from db.models import Approval, Comment, Template, TemplateVersion, now
from domain.approvals import StepStatus, Verdict
from domain.content import BodyKind, TextPart
from domain.ids import CommentId, OrganizationId, StepId, TemplateId, UserId, VersionId
from domain.permissions import Role
from domain.variables import VariableType
from domain.workflows import WorkflowStage
from resolvers import (
    approval_submissions,
    approvals,
    comments,
    delegations,
    snippets,
    templates,
    workflows,
)
from resolvers.anchors import CommentAnchor
from resolvers.approval_submissions import StepRequest, SubmitForApproval
from resolvers.approvals import DecideStep
from resolvers.comments import AddComment
from resolvers.content import TemplateContent, TemplateLocale, TemplateVariable
from resolvers.context import Context
from resolvers.delegations import CreateDelegation
from resolvers.snippets import CreateSnippet
from resolvers.templates import ArchiveTemplate, CreateTemplate, DuplicateTemplate
from resolvers.workflows import CreateWorkflow


@dataclass(frozen=True, slots=True)
class Press:
    """The organisation and its people, each of whom acts through the use cases."""

    id: OrganizationId
    people: Mapping[Role, Context]

    def user(self, role: Role) -> UserId:
        return self.people[role].actor.signed_in

    async def write(self, folder: Path, by: Role) -> Template:
        """The mail in the folder as a new template."""
        declared = json.loads((folder / "variables.json").read_text("utf-8"))
        written = CreateTemplate(
            organization=self.id,
            name=declared["name"],
            content=_content(folder, declared["variables"]),
            description=declared["description"],
            category=declared["category"],
            tags=tuple(declared["tags"]),
            metadata={"client": "Lindenhof", "sampleValues": declared["values"]},
        )
        return await templates.create(self.people[by], written)

    async def share(self, folder: Path, name: str, by: Role) -> None:
        """The file of that name in the folder as a snippet."""
        body = (folder / f"{name}.liquid").read_text("utf-8")
        await snippets.create(self.people[by], CreateSnippet(self.id, name, body))

    async def say(self, template: Template, by: Role, body: str) -> None:
        await comments.add(self.people[by], AddComment(TemplateId(template.id), body))

    async def point_at(self, template: Template, by: Role, quote: str, body: str) -> Comment:
        """A comment on the first line of the body that has these words, which it quotes."""
        context = self.people[by]
        async with context.database.read() as session:
            version = await session.get_one(TemplateVersion, template.current_version_id)
        lines = enumerate(version.body.splitlines(), 1)
        line = next(number for number, text in lines if quote in text)
        anchor = CommentAnchor(VersionId(version.id), TextPart.BODY, line, quote=quote)
        return await comments.add(context, AddComment(TemplateId(template.id), body, anchor))

    async def answer(self, comment: Comment, by: Role, body: str) -> None:
        template, parent = TemplateId(comment.subject_id), CommentId(comment.id)
        await comments.add(self.people[by], AddComment(template, body, parent=parent))

    async def submit(self, template: Template, by: Role, *approvers: Role) -> Approval:
        """To these one after the other, or by the organisation's default workflow."""
        requests = tuple(StepRequest(self.user(role)) for role in approvers)
        submitted = SubmitForApproval(TemplateId(template.id), requests)
        return await approval_submissions.submit(self.people[by], submitted)

    async def decide(
        self, approval: Approval, by: Role, verdict: Verdict, comment: str | None = None
    ) -> None:
        """The person's verdict on the step that waits for them."""
        context = self.people[by]
        async with context.database.read() as session:
            found = await steps(session, approval)
        waiting = [step for step in found if step.status is StepStatus.WAITING]
        [own] = [step for step in waiting if step.approver_id == context.actor.user_id]
        await approvals.decide(context, DecideStep(StepId(own.id), verdict, comment))

    async def keep(
        self, name: str, by: Role, stages: Sequence[WorkflowStage], description: str
    ) -> None:
        """A workflow that is the organisation's default from now on."""
        kept = CreateWorkflow(self.id, name, tuple(stages), description, is_default=True)
        await workflows.create(self.people[by], kept)

    async def hand_over(self, by: Role, to: Role, reason: str, *, days: int) -> None:
        """Who is away lets somebody else decide."""
        until = now() + timedelta(days=days)
        given = CreateDelegation(self.id, self.user(to), until, reason)
        await delegations.create(self.people[by], given)

    async def copy(self, template: Template, by: Role, name: str) -> Template:
        copied = DuplicateTemplate(TemplateId(template.id), name)
        return await templates.duplicate(self.people[by], copied)

    async def archive(self, template: Template, by: Role) -> None:
        await templates.archive(self.people[by], ArchiveTemplate(TemplateId(template.id)))


def _content(folder: Path, declared: list[dict[str, Any]]) -> TemplateContent:
    [body] = folder.glob("body.*")
    text = folder / "text.liquid"
    return TemplateContent(
        kind=BodyKind(body.suffix[1:].upper()),
        subject=(folder / "subject.liquid").read_text("utf-8"),
        body=body.read_text("utf-8"),
        text=text.read_text("utf-8") if text.exists() else None,
        variables=tuple(_variable(each) for each in declared),
        locales=tuple(_locale(each) for each in sorted(folder.iterdir()) if each.is_dir()),
    )


def _locale(folder: Path) -> TemplateLocale:
    [body] = folder.glob("body.*")
    subject = (folder / "subject.liquid").read_text("utf-8")
    return TemplateLocale(folder.name, subject, body.read_text("utf-8"))


def _variable(declared: dict[str, Any]) -> TemplateVariable:
    return TemplateVariable(
        name=declared["name"],
        type=VariableType(declared["type"]),
        required=declared.get("required", False),
        default_value=declared.get("default"),
        description=declared.get("description", ""),
    )
