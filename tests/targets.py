"""Something to try every mutation and every live stream on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from db.models import (
    Approval,
    ApprovalStep,
    ChecklistItem,
    Comment,
    Delegation,
    Webhook,
    WebhookDelivery,
    new_id,
    now,
)
from domain.events import EventKind
from domain.permissions import Role
from domain.webhooks import DeliveryStatus
from engine import ids
from tests import (
    administration_targets,
    factors_targets,
    member_targets,
    profile_targets,
    registration_targets,
    rows,
)
from tests.callers import Stage
from tests.messages import told
from tests.test_memberships import membership_of
from tests.world import PASSWORD, Person, Place, World, content, uuid_of

CREATE_SNIPPET = """
mutation ($input: CreateSnippetInput!) {
  createSnippet(input: $input) { snippet { id } errors { message } }
}
"""
ADD_COMMENT = """
mutation ($input: AddCommentInput!) {
  addComment(input: $input) { comment { id } errors { message } }
}
"""
CREATE_WORKFLOW = """
mutation ($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) { workflow { id } errors { message } }
}
"""
CREATE_DELEGATION = """
mutation ($input: CreateDelegationInput!) {
  createDelegation(input: $input) { delegation { id } errors { message } }
}
"""
_days = count(1)

CREATE_WEBHOOK = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { webhook { id url version } secret errors { path message } }
}
"""


@dataclass(frozen=True)
class Target:
    """What a mutation is tried on: `owner` is whose comment, submission or step it is."""

    stage: Stage
    caller: Person | None
    owner: Person | None

    @property
    def world(self) -> World:
        return self.stage.place.world

    async def template(self) -> dict[str, Any]:
        return await self.stage.place.template(self.stage.place[Role.EDITOR])

    async def member(self) -> str:
        """Somebody's membership that nothing else depends on."""
        person = await self.stage.place.join(Role.VIEWER, "Somebody")
        return await membership_of(self.stage.place, person)

    async def webhook(self) -> str:
        """An endpoint of the organisation, which has no others."""
        place = uuid_of(self.stage.place.id)
        async with self.world.resources.database.transaction() as session:
            others = update(Webhook).where(Webhook.organization_id == place)
            await session.execute(others.values(deleted_at=now()))
        admin = self.stage.place[Role.ADMIN]
        given = {"organization": self.stage.place.id, "url": "https://hooks.example.com/a"}
        made = await self.world.done(CREATE_WEBHOOK, admin, **given)
        return str(made["webhook"]["id"])

    async def snippet(self) -> str:
        given = await _create_snippet(self)
        made = await self.world.done(CREATE_SNIPPET, self.stage.place[Role.EDITOR], **given)
        return str(made["snippet"]["id"])

    async def comment(self) -> str:
        given = {"template": (await self.template())["id"], "body": "A first remark."}
        editor = self.stage.place[Role.EDITOR]
        made = await self.world.done(ADD_COMMENT, editor, **given)
        await self.hand_over(Comment, made["comment"]["id"], "author_id")
        return str(made["comment"]["id"])

    async def approval(self) -> dict[str, Any]:
        editor, approver = self.stage.place[Role.EDITOR], self.stage.place[Role.APPROVER]
        made = await self.stage.place.submitted(await self.template(), editor, approver)
        await self.hand_over(Approval, made["id"], "submitter_id")
        await self.hand_over(ApprovalStep, made["steps"][0]["id"], "approver_id")
        return dict(made)

    async def workflow(self) -> str:
        admin = self.stage.place[Role.ADMIN]
        given = await _create_workflow(self)
        return str((await self.world.done(CREATE_WORKFLOW, admin, **given))["workflow"]["id"])

    async def delegation(self) -> str:
        admin = self.stage.place[Role.ADMIN]
        given = {**_period(self), "to": self.stage.place[Role.APPROVER].id}
        made = await self.world.done(CREATE_DELEGATION, admin, **given)
        id = str(made["delegation"]["id"])
        await self.hand_over(Delegation, id, "approver_id")
        if self.caller is not None and self.caller is not self.owner:
            # So that they see what they may not end.
            row = await rows.one(self.world, select(Delegation).where(Delegation.id == uuid_of(id)))
            await rows.change(self.world, row, stand_in_id=uuid_of(self.caller.id))
        return id

    async def checklist_item(self) -> str:
        approval = await self.approval()
        step = approval["steps"][0]["id"]
        row = await rows.one(
            self.world, select(ApprovalStep).where(ApprovalStep.id == uuid_of(step))
        )
        given = {"approval_id": row.approval_id, "organization_id": row.organization_id}
        item = ChecklistItem(id=new_id(), step_id=row.id, position=1, text="Shorten.", **given)
        async with self.world.resources.database.transaction() as session:
            session.add(item)
        return ids.encode("ChecklistItem", item.id)

    async def hand_over(self, model: Any, id: str, column: str) -> None:
        """Let the thing be the owner's, whatever they may do now."""
        if self.owner is not None:
            row = await rows.one(self.world, select(model).where(model.id == uuid_of(id)))
            await rows.change(self.world, row, **{column: uuid_of(self.owner.id)})


Input = Callable[[Target], Awaitable[dict[str, Any]]]


async def _register(target: Target) -> dict[str, Any]:
    name = {"firstName": "Ada", "lastName": "Byron"}
    return {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, **name}


async def _login(target: Target) -> dict[str, Any]:
    return {"email": (await target.world.person()).email, "password": PASSWORD}


async def _refresh_token(target: Target) -> dict[str, Any]:
    return {"refreshToken": (await target.world.person()).refresh_token}


async def _new_organization(target: Target) -> dict[str, Any]:
    return {"slug": f"press-{uuid4().hex}", "name": "Acme Press"}


async def _update_organization(target: Target) -> dict[str, Any]:
    return {"organization": target.stage.place.id, "name": f"Acme {uuid4().hex}"}


async def _invite(target: Target) -> dict[str, Any]:
    email = f"{uuid4().hex}@example.com"
    return {"organization": target.stage.place.id, "email": email, "role": "VIEWER"}


async def _accept(target: Target) -> dict[str, Any]:
    place = await target.world.organization()
    email = target.caller.email if target.caller else "nobody@example.com"
    return {"token": await place.invited(place[Role.ADMIN], email, role="EDITOR")}


async def _change_role(target: Target) -> dict[str, Any]:
    return {"membership": await target.member(), "role": "EDITOR"}


async def _remove_member(target: Target) -> dict[str, Any]:
    return {"membership": await target.member()}


async def _create_template(target: Target) -> dict[str, Any]:
    return {"organization": target.stage.place.id, "name": "Welcome", "content": content()}


async def _update_template(target: Target) -> dict[str, Any]:
    return {"template": (await target.template())["id"], "name": "Welcome back"}


async def _template(target: Target) -> dict[str, Any]:
    return {"template": (await target.template())["id"]}


async def _create_snippet(target: Target) -> dict[str, Any]:
    name = f"s{uuid4().hex}"
    return {"organization": target.stage.place.id, "name": name, "body": "Yours, {{ name }}"}


async def _update_snippet(target: Target) -> dict[str, Any]:
    return {"snippet": await target.snippet(), "body": "Sincerely"}


async def _delete_snippet(target: Target) -> dict[str, Any]:
    return {"snippet": await target.snippet()}


async def _add_comment(target: Target) -> dict[str, Any]:
    return {"template": (await target.template())["id"], "body": "Shorter, please."}


async def _edit_comment(target: Target) -> dict[str, Any]:
    return {"comment": await target.comment(), "body": "In other words."}


async def _delete_comment(target: Target) -> dict[str, Any]:
    return {"comment": await target.comment()}


async def _resolve_comment(target: Target) -> dict[str, Any]:
    """A comment on a line of a template that is nobody's who could not resolve it anyhow."""
    admin, editor = target.stage.place[Role.ADMIN], target.stage.place[Role.EDITOR]
    template = await target.stage.place.template(admin)
    anchor = {"version": template["currentVersion"]["id"], "part": "BODY", "line": 1}
    given = {"template": template["id"], "body": "Shorter, please.", "anchor": anchor}
    made = await target.world.done(ADD_COMMENT, editor, **given)
    await target.hand_over(Comment, made["comment"]["id"], "author_id")
    return {"comment": made["comment"]["id"]}


async def _reopen_comment(target: Target) -> dict[str, Any]:
    given = await _resolve_comment(target)
    row = await rows.one(
        target.world, select(Comment).where(Comment.id == uuid_of(given["comment"]))
    )
    await rows.change(target.world, row, resolved_at=now(), resolver_id=row.author_id)
    return given


async def _submit(target: Target) -> dict[str, Any]:
    approver = target.stage.place[Role.APPROVER].id
    return {"template": (await target.template())["id"], "steps": [{"approver": approver}]}


async def _decide(target: Target) -> dict[str, Any]:
    return {"step": (await target.approval())["steps"][0]["id"], "verdict": "APPROVE"}


async def _withdraw(target: Target) -> dict[str, Any]:
    return {"approval": (await target.approval())["id"]}


async def _force(target: Target) -> dict[str, Any]:
    return {**await _withdraw(target), "reason": "The storm is tonight."}


async def _reassign(target: Target) -> dict[str, Any]:
    relief = await target.stage.place.join(Role.APPROVER, "Relief")
    step = (await target.approval())["steps"][0]["id"]
    return {"step": step, "to": relief.id, "reason": "On leave."}


async def _tick(target: Target) -> dict[str, Any]:
    return {"item": await target.checklist_item()}


async def _mark_read(target: Target) -> dict[str, Any]:
    """Something that the caller was told elsewhere."""
    if target.caller is None:
        return {"before": now().isoformat()}
    place = await target.world.organization()
    return {"notifications": [await told(place, target.caller)]}


async def _create_workflow(target: Target) -> dict[str, Any]:
    stages = [{"name": "Legal", "approvers": [target.stage.place[Role.APPROVER].id]}]
    name = f"Letters {uuid4().hex}"
    return {"organization": target.stage.place.id, "name": name, "stages": stages}


async def _update_workflow(target: Target) -> dict[str, Any]:
    return {"workflow": await target.workflow(), "description": "For everything that is printed."}


async def _archive_workflow(target: Target) -> dict[str, Any]:
    return {"workflow": await target.workflow()}


def _period(target: Target) -> dict[str, Any]:
    """A time in which nobody else is away."""
    begins = now() + timedelta(days=next(_days))
    until = begins + timedelta(hours=8)
    times = {"from": begins.isoformat(), "until": until.isoformat()}
    return {"organization": target.stage.place.id, "reason": "On leave", **times}


async def _create_delegation(target: Target) -> dict[str, Any]:
    """Of the owner's approvals; where that is the caller, it goes without saying."""
    place = target.stage.place
    to = place[Role.ADMIN if target.owner is place[Role.APPROVER] else Role.APPROVER]
    given = {**_period(target), "to": to.id}
    if target.owner is None or target.owner is target.caller:
        return given
    return {**given, "approver": target.owner.id}


async def _end_delegation(target: Target) -> dict[str, Any]:
    return {"delegation": await target.delegation()}


async def _create_webhook(target: Target) -> dict[str, Any]:
    return {"organization": target.stage.place.id, "url": "https://hooks.example.com/a"}


async def _webhook(target: Target) -> dict[str, Any]:
    """One of its own, as an organisation has not room for many."""
    webhook = await target.webhook()
    return {"webhook": webhook}


async def _update_webhook(target: Target) -> dict[str, Any]:
    return {"webhook": await target.webhook(), "description": "For the letters."}


async def _redeliver(target: Target) -> dict[str, Any]:
    place = target.stage.place
    return {"delivery": await a_delivery(target.world, place, await target.webhook())}


async def a_delivery(world: World, place: Place, webhook: str) -> str:
    """One that was given up."""
    row = WebhookDelivery(
        id=new_id(),
        organization_id=uuid_of(place.id),
        webhook_id=uuid_of(webhook),
        event_id=new_id(),
        entity_id=new_id(),
        position=1,
        kind=EventKind.TEMPLATE_CREATED,
        status=DeliveryStatus.DEAD,
    )
    async with world.resources.database.transaction() as session:
        session.add(row)
    return ids.encode("WebhookDelivery", row.id)


INPUTS: dict[str, Input] = {
    "register": _register,
    "login": _login,
    **registration_targets.INPUTS,
    "refreshSession": _refresh_token,
    "logout": _refresh_token,
    "createOrganization": _new_organization,
    "updateOrganization": _update_organization,
    "inviteMember": _invite,
    "acceptInvitation": _accept,
    "changeMemberRole": _change_role,
    "removeMember": _remove_member,
    "createTemplate": _create_template,
    "updateTemplate": _update_template,
    "archiveTemplate": _template,
    "duplicateTemplate": _template,
    "createSnippet": _create_snippet,
    "updateSnippet": _update_snippet,
    "deleteSnippet": _delete_snippet,
    "addComment": _add_comment,
    "editComment": _edit_comment,
    "deleteComment": _delete_comment,
    "resolveComment": _resolve_comment,
    "reopenComment": _reopen_comment,
    "submitForApproval": _submit,
    "decideStep": _decide,
    "withdrawApproval": _withdraw,
    "forceApproval": _force,
    "reassignStep": _reassign,
    "tickChecklistItem": _tick,
    "createWorkflow": _create_workflow,
    "updateWorkflow": _update_workflow,
    "archiveWorkflow": _archive_workflow,
    "createDelegation": _create_delegation,
    "endDelegation": _end_delegation,
    "markNotificationsRead": _mark_read,
    "createWebhook": _create_webhook,
    "updateWebhook": _update_webhook,
    "deleteWebhook": _webhook,
    "rotateWebhookSecret": _webhook,
    "pingWebhook": _webhook,
    "redeliverWebhook": _redeliver,
    **member_targets.INPUTS,
    **administration_targets.INPUTS,
    **profile_targets.INPUTS,
    **factors_targets.INPUTS,
}
STREAMS = {
    "events": "organization",
    "templateChanged": "template",
    "commentAdded": "template",
    "approvalChanged": "organization",
    "myApprovalsChanged": "organization",
    "notificationReceived": "organization",
}
"""Every live stream, and what it follows."""
