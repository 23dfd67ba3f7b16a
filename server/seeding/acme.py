"""What the people of Acme Press have done when somebody first looks in on them.

Acme Press writes the mail of others; its client Lindenhof is a botanical garden.
"""

from pathlib import Path

from domain.approvals import Verdict
from domain.content import ContentPart
from domain.permissions import Role
from domain.stages import StageRule
from domain.workflows import WorkflowStage
from server.seeding.press import Press

HERE = Path(__file__).parent
MAILS = HERE / "mails"
SEASON_TICKET = HERE / "season-ticket"


async def tell(press: Press) -> None:
    """A template in every state that there is, and an approval by a workflow on its way."""
    await _order_confirmation(press)
    await _open_day(press)
    await _garden_letter(press)
    await _password_reset(press)
    await _season_ticket(press)


async def _order_confirmation(press: Press) -> None:
    """Approved by both who were asked."""
    order = await press.write(MAILS / "order-confirmation", Role.EDITOR)
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
    invitation = await press.write(MAILS / "open-day-invitation", Role.EDITOR)
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
    letter = await press.write(MAILS / "garden-newsletter", Role.EDITOR)
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
    reset = await press.write(MAILS / "password-reset", Role.MANAGER)
    await press.say(
        reset, Role.EDITOR, "Should the plain text name the device too? Many read only that."
    )
    await press.copy(reset, Role.EDITOR, "Welcome, choose a password")


async def _season_ticket(press: Press) -> None:
    """In review by stages, in two languages: the manager is at a fair, and the admin stands in."""
    await press.keep(
        "Lindenhof's mail",
        Role.MANAGER,
        _stages(press),
        "Our house style, a second reading if there is time, and a word for the client.",
    )
    await press.hand_over(Role.MANAGER, Role.ADMIN, "At the book fair in Leipzig", days=30)
    await press.share(SEASON_TICKET, "lindenhof-footer", Role.EDITOR)
    ticket = await press.write(SEASON_TICKET, Role.EDITOR)
    pointed = await press.point_at(
        ticket, Role.APPROVER, "One guest", "Was it not two guests? It says so at the gate."
    )
    await press.answer(pointed, Role.EDITOR, "Two on Sundays in May only. I asked Lindenhof.")
    approval = await press.submit(ticket, Role.EDITOR)
    await press.decide(approval, Role.APPROVER, Verdict.APPROVE, "The German reads well too.")
    await press.decide(approval, Role.ADMIN, Verdict.APPROVE)


def _stages(press: Press) -> list[WorkflowStage]:
    admin, approver = press.user(Role.ADMIN), press.user(Role.APPROVER)
    spoken = (ContentPart.SOURCE, ContentPart.LOCALES, ContentPart.SNIPPETS)
    return [
        WorkflowStage("Style", (admin, approver), StageRule.ANY, covers=spoken),
        WorkflowStage("Second reading", (admin,), required=False),
        WorkflowStage("Client", due_in_hours=120, remind_after_hours=48, role=Role.MANAGER),
    ]
