"""Something to try every mutation and every live stream on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from db.models import Approval, ApprovalStep, Comment
from domain.permissions import Role
from tests import rows
from tests.callers import Stage
from tests.test_memberships import membership_of
from tests.world import INVITE, PASSWORD, Person, World, content, uuid_of

ADD_COMMENT = """
mutation ($input: AddCommentInput!) {
  addComment(input: $input) { comment { id } errors { message } }
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
    given = {"organization": place.id, "email": email, "role": "EDITOR"}
    return {"token": (await target.world.done(INVITE, place[Role.ADMIN], **given))["token"]}


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


async def _add_comment(target: Target) -> dict[str, Any]:
    return {"template": (await target.template())["id"], "body": "Shorter, please."}


async def _edit_comment(target: Target) -> dict[str, Any]:
    return {"comment": await target.comment(), "body": "In other words."}


async def _delete_comment(target: Target) -> dict[str, Any]:
    return {"comment": await target.comment()}


async def _submit(target: Target) -> dict[str, Any]:
    approver = target.stage.place[Role.APPROVER].id
    return {"template": (await target.template())["id"], "steps": [{"approver": approver}]}


async def _decide(target: Target) -> dict[str, Any]:
    return {"step": (await target.approval())["steps"][0]["id"], "verdict": "APPROVE"}


async def _withdraw(target: Target) -> dict[str, Any]:
    return {"approval": (await target.approval())["id"]}


INPUTS: dict[str, Input] = {
    "register": _register,
    "login": _login,
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
    "addComment": _add_comment,
    "editComment": _edit_comment,
    "deleteComment": _delete_comment,
    "submitForApproval": _submit,
    "decideStep": _decide,
    "withdrawApproval": _withdraw,
}
STREAMS = {
    "templateChanged": "template",
    "commentAdded": "template",
    "approvalChanged": "organization",
}
"""Every live stream, and what it follows."""
