"""An organisation with one of everything, and a mark in every text of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from db.models import User, WebhookDelivery, now
from domain.permissions import Role
from tests import rows
from tests.factors import a_session, a_token
from tests.grouping import a_role, a_team, with_role
from tests.messages import told
from tests.targets import a_delivery
from tests.test_memberships import invited
from tests.world import CREATE_ORGANIZATION, Person, Place, World, uuid_of

KINDS = (
    "slug",
    "organization",
    "person",
    "bio",
    "locale",
    "timezone",
    "invitation",
    "template",
    "description",
    "category",
    "tag",
    "metadata",
    "subject",
    "body",
    "plaintext",
    "variable",
    "default",
    "meaning",
    "comment",
    "verdict",
    "workflow",
    "purpose",
    "stage",
    "reason",
    "translation",
    "snippet",
    "item",
    "remark",
    "hook",
    "endpoint",
    "delivery",
    "told",
    "role",
    "duty",
    "team",
    "errand",
    "device",
    "robot",
)
UPDATE_TEMPLATE = """
mutation ($input: UpdateTemplateInput!) { updateTemplate(input: $input) { errors { message } } }
"""
ADD_COMMENT = """
mutation ($input: AddCommentInput!) { addComment(input: $input) { errors { message } } }
"""
DECIDE = """
mutation ($input: DecideStepInput!) { decideStep(input: $input) { errors { message } } }
"""
CREATE_SNIPPET = """
mutation ($input: CreateSnippetInput!) { createSnippet(input: $input) { errors { message } } }
"""
CREATE_WORKFLOW = """
mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { errors { message } } }
"""
CREATE_DELEGATION = """
mutation ($input: CreateDelegationInput!) { createDelegation(input: $input) { errors { message } } }
"""
CREATE_WEBHOOK = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { webhook { id } errors { message } }
}
"""


@dataclass(frozen=True)
class Marked:
    """The place, and the mark that all of its texts have."""

    place: Place
    mark: str

    def __getitem__(self, kind: str) -> str:
        return self.mark + kind

    @property
    def admin(self) -> Person:
        return self.place[Role.ADMIN]


async def a_marked_organization(world: World) -> Marked:
    mark = f"m{uuid4().hex[:12]}"
    admin = await _person(world, mark)
    given = {"slug": f"{mark}slug", "name": f"{mark}organization"}
    made = await world.done(CREATE_ORGANIZATION, admin, **given)
    place = Place(world, made["organization"]["id"], given["slug"], {Role.ADMIN: admin})
    marked = Marked(place, mark)
    for role in (Role.APPROVER, Role.EDITOR):
        place.members[role] = await place.join(role, marked["person"])
    await invited(place, f"{marked['invitation']}@example.com")
    await _fill(marked)
    return marked


async def _person(world: World, mark: str) -> Person:
    person = await world.person(f"{mark}person")
    row = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    own = {name: f"{mark}{name}" for name in ("bio", "locale", "timezone")}
    await rows.change(world, row, **own)
    return person


async def _fill(marked: Marked) -> None:
    place, world = marked.place, marked.place.world
    snippet = {"name": marked["snippet"], "body": marked["snippet"]}
    await world.done(CREATE_SNIPPET, marked.admin, organization=place.id, **snippet)
    template = await place.template(
        name=marked["template"],
        content=_content(marked, "first draft"),
        description=marked["description"],
        category=marked["category"],
        tags=[marked["tag"]],
        metadata={"owner": marked["metadata"]},
    )
    update = {"template": template["id"], "content": _content(marked, "second draft")}
    await world.done(UPDATE_TEMPLATE, marked.admin, **update)
    anchor = {"version": template["currentVersion"]["id"], "part": "BODY", "line": 1}
    comment = {"template": template["id"], "body": marked["comment"], "anchor": anchor}
    await world.done(ADD_COMMENT, marked.admin, **comment)
    await _review(marked, template)
    await _plan(marked)
    await _tell(marked)
    await _group(marked)


async def _review(marked: Marked, template: dict[str, Any]) -> None:
    """One approval was rejected, of another changes are requested, and a third waits."""
    place, world, approver = marked.place, marked.place.world, marked.place[Role.APPROVER]
    rejected = await place.submitted(template, marked.admin, approver)
    verdict = {"verdict": "REJECT", "comment": marked["verdict"]}
    await world.done(DECIDE, approver, step=rejected["steps"][0]["id"], **verdict)
    waiting = await place.submitted(template, marked.admin, approver)
    remark = {"template": template["id"], "body": marked["remark"]}
    await world.done(ADD_COMMENT, approver, step=waiting["steps"][0]["id"], **remark)
    other = await place.submitted(await place.template(), marked.admin, approver)
    changes = {"verdict": "REQUEST_CHANGES", "comment": "See below.", "checklist": [marked["item"]]}
    await world.done(DECIDE, approver, step=other["steps"][0]["id"], **changes)


async def _plan(marked: Marked) -> None:
    """A workflow, and a delegation that is to begin later."""
    place, world = marked.place, marked.place.world
    workflow = {
        "name": marked["workflow"],
        "description": marked["purpose"],
        "stages": [{"name": marked["stage"], "approvers": [place[Role.APPROVER].id]}],
    }
    await world.done(CREATE_WORKFLOW, marked.admin, organization=place.id, **workflow)
    begins = now() + timedelta(days=1)
    times = {"from": begins.isoformat(), "until": (begins + timedelta(days=1)).isoformat()}
    away = {"to": place[Role.APPROVER].id, "reason": marked["reason"], **times}
    await world.done(CREATE_DELEGATION, marked.admin, organization=place.id, **away)


async def _tell(marked: Marked) -> None:
    """An endpoint with a delivery, and a notification."""
    place, world = marked.place, marked.place.world
    url = f"https://hooks.example.com/{marked['hook']}"
    hook = {"organization": place.id, "url": url, "description": marked["endpoint"]}
    webhook = (await world.done(CREATE_WEBHOOK, marked.admin, **hook))["webhook"]["id"]
    delivery = uuid_of(await a_delivery(world, place, webhook))
    row = await rows.one(world, select(WebhookDelivery).where(WebhookDelivery.id == delivery))
    await rows.change(world, row, body=marked["delivery"])
    facts = {"organization": marked["told"], "actor": "Ada Byron"}
    await told(place, marked.admin, facts=facts)
    await a_session(world, marked.admin, user_agent=marked["device"])
    await a_token(world, marked.admin, organization_id=uuid_of(place.id), name=marked["robot"])


async def _group(marked: Marked) -> None:
    """A role and a team, and somebody who has the one and is in the other."""
    place = marked.place
    person = await place.join(Role.VIEWER, marked["person"])
    role = {"name": marked["role"], "description": marked["duty"]}
    await with_role(place, person, await a_role(place, **role))
    team = {"name": marked["team"], "description": marked["errand"]}
    await a_team(place, person, **team)


def _content(marked: Marked, draft: str) -> dict[str, Any]:
    return {
        "kind": "HTML",
        "subject": marked["subject"],
        "body": f"<p>{marked['body']} {draft} for {{{{ {marked['variable']} }}}}</p>"
        f"{{% render '{marked['snippet']}' %}}",
        "text": f"{marked['plaintext']} {draft}",
        "variables": [
            {
                "name": marked["variable"],
                "type": "STRING",
                "defaultValue": marked["default"],
                "description": marked["meaning"],
            }
        ],
        "locales": [{"locale": "de", "subject": marked["translation"], "body": "<p>Hallo</p>"}],
    }
