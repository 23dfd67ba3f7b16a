"""An organisation with one of everything, and a mark in every text of it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from db.models import User
from domain.permissions import Role
from tests import rows
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
    comment = {"template": template["id"], "body": marked["comment"]}
    await world.done(ADD_COMMENT, marked.admin, **comment)
    approver = place[Role.APPROVER]
    rejected = await place.submitted(template, marked.admin, approver)
    verdict = {"verdict": "REJECT", "comment": marked["verdict"]}
    await world.done(DECIDE, approver, step=rejected["steps"][0]["id"], **verdict)
    await place.submitted(template, marked.admin, approver)


def _content(marked: Marked, draft: str) -> dict[str, Any]:
    return {
        "kind": "HTML",
        "subject": marked["subject"],
        "body": f"<p>{marked['body']} {draft} for {{{{ {marked['variable']} }}}}</p>",
        "text": f"{marked['plaintext']} {draft}",
        "variables": [
            {
                "name": marked["variable"],
                "type": "STRING",
                "defaultValue": marked["default"],
                "description": marked["meaning"],
            }
        ],
    }
