"""What the tests of approvals in stages ask, and ways to bring an approval about."""

from typing import Any

from sqlalchemy import select

from db.models import Approval, ApprovalStage, ApprovalStep
from domain.permissions import Role
from tests import rows
from tests.editorial import APPROVAL, ERRORS, TEMPLATE, node
from tests.world import Person, Place, uuid_of

STAGE = """
id position name rule atLeast required status covers dueAt activeSince escalatedAt
escalateTo { id }
changes {
  parts isTruncated variables { name }
  texts { part locale lines { kind before after content } }
}
steps {
  id position status contentHash comment version decidedAt approver { id } delegatedFrom { id }
}
"""
STAGED = f"""
{APPROVAL} expiresAt forceReason forcedBy {{ id }} previous {{ id }}
stages {{ {STAGE} }} currentStage {{ id position }}
checklist {{ id position text doneAt version doneBy {{ id }} step {{ id }} }}
"""
SUBMIT = f"""
mutation ($input: SubmitForApprovalInput!) {{
  submitForApproval(input: $input) {{ approval {{ {STAGED} }} {ERRORS} }}
}}
"""
DECIDE = f"""
mutation ($input: DecideStepInput!) {{
  decideStep(input: $input) {{ step {{ id status approval {{ {STAGED} }} }} {ERRORS} }}
}}
"""
FORCE = f"""
mutation ($input: ForceApprovalInput!) {{
  forceApproval(input: $input) {{ approval {{ {STAGED} }} {ERRORS} }}
}}
"""
REASSIGN = f"""
mutation ($input: ReassignStepInput!) {{
  reassignStep(input: $input) {{ step {{ id approval {{ {STAGED} }} }} {ERRORS} }}
}}
"""
TICK = f"""
mutation ($input: TickChecklistItemInput!) {{
  tickChecklistItem(input: $input) {{
    item {{ id text doneAt version doneBy {{ id }} }} {ERRORS}
  }}
}}
"""
UPDATE = f"""
mutation ($input: UpdateTemplateInput!) {{
  updateTemplate(input: $input) {{
    template {{ {TEMPLATE} }} voidedApproval {{ {STAGED} }} {ERRORS}
  }}
}}
"""
DELEGATE = """
mutation ($input: CreateDelegationInput!) {
  createDelegation(input: $input) { delegation { id } errors { message path } }
}
"""


def stage(*approvers: Person, **given: Any) -> dict[str, Any]:
    """A stage to ask for, of these approvers."""
    return {"name": "Review", "approvers": [person.id for person in approvers], **given}


async def submitted(
    place: Place, *stages: dict[str, Any], template: dict[str, Any] | None = None, **given: Any
) -> dict[str, Any]:
    """An approval in these stages that the editor asked for."""
    editor = place[Role.EDITOR]
    row = template or await place.template(editor)
    asked = {"template": row["id"], "stages": list(stages), **given}
    return dict((await place.world.done(SUBMIT, editor, **asked))["approval"])


async def decided(
    place: Place, approval: dict[str, Any], by: Person, verdict: str = "APPROVE", **given: Any
) -> dict[str, Any]:
    """The approval after somebody's verdict on their step of it."""
    comment = None if verdict == "APPROVE" else "The second paragraph promises too much."
    step = step_of(approval, by)["id"]
    said = {"step": step, "verdict": verdict, "comment": comment, **given}
    return dict((await place.world.done(DECIDE, by, **said))["step"]["approval"])


async def seen(place: Place, approval: dict[str, Any]) -> dict[str, Any]:
    """The approval as it is now."""
    return await node(place.world, approval["id"], STAGED, place[Role.ADMIN])


def step_of(approval: dict[str, Any], person: Person) -> dict[str, Any]:
    """The last step of an approval that is somebody's."""
    own = [step for step in approval["steps"] if step["approver"]["id"] == person.id]
    return dict(own[-1])


def statuses(approval: dict[str, Any]) -> list[str]:
    """How far each stage is."""
    return [each["status"] for each in approval["stages"]]


def steps(approval: dict[str, Any]) -> list[list[str]]:
    """How far the steps of each stage are."""
    return [[step["status"] for step in each["steps"]] for each in approval["stages"]]


async def complete(place: Place, first: str, second: str) -> dict[str, str]:
    """The approval with all that one can have; the ids of what belongs to it and to the first."""
    world, manager = place.world, uuid_of(place[Role.MANAGER].id)
    [item] = (await node(world, first, "checklist { id }", place[Role.EDITOR]))["checklist"]
    await world.done(TICK, place[Role.EDITOR], item=item["id"])
    found = await node(world, second, "stages { id } steps { id }", place[Role.EDITOR])
    changes: list[tuple[Any, str, dict[str, Any]]] = [
        (Approval, second, {"forced_by_id": manager}),
        (ApprovalStage, found["stages"][0]["id"], {"escalate_to_id": manager}),
        (ApprovalStep, found["steps"][0]["id"], {"delegated_from_id": manager}),
    ]
    for model, id, values in changes:
        row = await rows.one(world, select(model).where(model.id == uuid_of(id)))
        await rows.change(world, row, **values)
    return {"ApprovalStage": found["stages"][0]["id"], "ChecklistItem": item["id"]}
