"""What the people of Acme Press have done when somebody first looks in on them.

Acme Press writes the mail of others; its client Lindenhof is a botanical garden.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.approvals import steps
from db.models import Approval, Template
from domain.approvals import Verdict
from domain.content import BodyKind
from domain.ids import OrganizationId, StepId, TemplateId
from domain.permissions import Role
from domain.variables import VariableType
from resolvers import approvals, comments, templates
from resolvers.approvals import DecideStep, StepRequest, SubmitForApproval
from resolvers.comments import AddComment
from resolvers.content import TemplateContent, TemplateVariable
from resolvers.context import Context
from resolvers.templates import ArchiveTemplate, CreateTemplate, DuplicateTemplate

MAILS = Path(__file__).parent / "mails"


@dataclass(frozen=True, slots=True)
class Press:
    """The organisation and its people, each of whom acts through the use cases."""

    id: OrganizationId
    people: Mapping[Role, Context]

    async def write(self, mail: str, by: Role) -> Template:
        """One of the real mails as a new template."""
        folder = MAILS / mail
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

    async def say(self, template: Template, by: Role, body: str) -> None:
        await comments.add(self.people[by], AddComment(TemplateId(template.id), body))

    async def submit(self, template: Template, by: Role, *approvers: Role) -> Approval:
        requests = [StepRequest(self.people[role].actor.signed_in) for role in approvers]
        submitted = SubmitForApproval(TemplateId(template.id), tuple(requests))
        return await approvals.submit(self.people[by], submitted)

    async def decide(
        self, approval: Approval, by: Role, verdict: Verdict, comment: str | None = None
    ) -> None:
        """The person's verdict on their step."""
        context = self.people[by]
        async with context.database.read() as session:
            found = await steps(session, approval)
        [own] = [step for step in found if step.approver_id == context.actor.user_id]
        await approvals.decide(context, DecideStep(StepId(own.id), verdict, comment))

    async def copy(self, template: Template, by: Role, name: str) -> Template:
        copied = DuplicateTemplate(TemplateId(template.id), name)
        return await templates.duplicate(self.people[by], copied)

    async def archive(self, template: Template, by: Role) -> None:
        await templates.archive(self.people[by], ArchiveTemplate(TemplateId(template.id)))


async def tell(press: Press) -> None:
    """A template in every state that there is."""
    await _order_confirmation(press)
    await _open_day(press)
    await _garden_letter(press)
    await _password_reset(press)


async def _order_confirmation(press: Press) -> None:
    """Approved by both who were asked."""
    order = await press.write("order-confirmation", Role.EDITOR)
    await press.say(
        order,
        Role.MANAGER,
        "The shop shows prices with two decimals everywhere; please keep it so in the table.",
    )
    approval = await press.submit(order, Role.EDITOR, Role.MANAGER, Role.APPROVER)
    await press.decide(approval, Role.MANAGER, Verdict.APPROVE, "Checked against ten real orders.")
    await press.decide(approval, Role.APPROVER, Verdict.APPROVE)


async def _open_day(press: Press) -> None:
    """Last year's is archived; in this year's something must be changed."""
    invitation = await press.write("open-day-invitation", Role.EDITOR)
    last_year = await press.copy(invitation, Role.MANAGER, "Open day invitation 2025")
    await press.archive(last_year, Role.MANAGER)
    approval = await press.submit(invitation, Role.EDITOR, Role.APPROVER)
    await press.decide(
        approval,
        Role.APPROVER,
        Verdict.REQUEST_CHANGES,
        "The last day to answer is only in the small print. Say it beside the two buttons.",
    )
    await press.say(
        invitation, Role.APPROVER, "Nobody found the date last year: half the answers came late."
    )
    await press.say(invitation, Role.EDITOR, "I will put it right under the buttons, in their red.")
    await press.say(
        invitation, Role.ADMIN, "Lindenhof also asks whether the programme may name the guides."
    )


async def _garden_letter(press: Press) -> None:
    """In review: the manager has approved, and the approver's step waits."""
    letter = await press.write("garden-newsletter", Role.EDITOR)
    await press.say(
        letter, Role.MANAGER, "Lovely opening. Does the fee show in euros for readers in Freiburg?"
    )
    await press.say(
        letter, Role.EDITOR, "It shows whatever currency membershipFee carries; I tried both."
    )
    approval = await press.submit(letter, Role.EDITOR, Role.MANAGER, Role.APPROVER)
    await press.decide(approval, Role.MANAGER, Verdict.APPROVE, "Good to go from my side.")


async def _password_reset(press: Press) -> None:
    """A draft that is talked about."""
    reset = await press.write("password-reset", Role.MANAGER)
    await press.say(
        reset, Role.EDITOR, "Should the plain text name the device too? Many read only that."
    )
    await press.copy(reset, Role.EDITOR, "Welcome, choose a password")


def _content(folder: Path, declared: list[dict[str, Any]]) -> TemplateContent:
    [body] = folder.glob("body.*")
    text = folder / "text.liquid"
    return TemplateContent(
        kind=BodyKind(body.suffix[1:].upper()),
        subject=(folder / "subject.liquid").read_text("utf-8"),
        body=body.read_text("utf-8"),
        text=text.read_text("utf-8") if text.exists() else None,
        variables=tuple(_variable(each) for each in declared),
    )


def _variable(declared: dict[str, Any]) -> TemplateVariable:
    return TemplateVariable(
        name=declared["name"],
        type=VariableType(declared["type"]),
        required=declared.get("required", False),
        default_value=declared.get("default"),
        description=declared.get("description", ""),
    )
