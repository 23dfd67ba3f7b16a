"""What the tests of templates, comments and approvals ask, and ways to see what came of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text

from tests.rows import of_organization
from tests.world import Person, Place, World, uuid_of

ERRORS = """
errors {
  __typename code message path
  ... on ConflictError {
    current {
      __typename id
      ... on Template { version name templateStatus: status }
      ... on ApprovalStep { version stepStatus: status }
      ... on ApprovalWorkflow { version approvalStatus: status }
      ... on Comment { version body }
    }
  }
}
"""
TEMPLATE = """
id name description category tags status metadata version
author { id }
currentVersion { id number contentHash subject body author { id } }
approval { id status }
"""
APPROVAL = """
id status contentHash version finishedAt
submitter { id }
template { id status approval { id } }
templateVersion { id number contentHash }
currentStep { id position }
steps { id position required status comment decidedAt version approver { id } }
"""
CREATE = f"""
mutation ($input: CreateTemplateInput!) {{
  createTemplate(input: $input) {{ template {{ {TEMPLATE} }} {ERRORS} }}
}}
"""
UPDATE = f"""
mutation ($input: UpdateTemplateInput!) {{
  updateTemplate(input: $input) {{
    template {{ {TEMPLATE} }} voidedApproval {{ {APPROVAL} }} {ERRORS}
  }}
}}
"""
ARCHIVE = f"""
mutation ($input: ArchiveTemplateInput!) {{
  archiveTemplate(input: $input) {{
    template {{ {TEMPLATE} }} voidedApproval {{ {APPROVAL} }} {ERRORS}
  }}
}}
"""
DUPLICATE = f"""
mutation ($input: DuplicateTemplateInput!) {{
  duplicateTemplate(input: $input) {{ template {{ {TEMPLATE} }} {ERRORS} }}
}}
"""
SUBMIT = f"""
mutation ($input: SubmitForApprovalInput!) {{
  submitForApproval(input: $input) {{ approval {{ {APPROVAL} }} {ERRORS} }}
}}
"""
DECIDE = f"""
mutation ($input: DecideStepInput!) {{
  decideStep(input: $input) {{
    step {{ id status comment decidedAt approval {{ {APPROVAL} }} }} {ERRORS}
  }}
}}
"""
WITHDRAW = f"""
mutation ($input: WithdrawApprovalInput!) {{
  withdrawApproval(input: $input) {{ approval {{ {APPROVAL} }} {ERRORS} }}
}}
"""
COMMENT = f"""
mutation ($input: AddCommentInput!) {{
  addComment(input: $input) {{
    comment {{ id body version author {{ id }} template {{ id }} }} {ERRORS}
  }}
}}
"""
EDIT_COMMENT = f"""
mutation ($input: EditCommentInput!) {{
  editComment(input: $input) {{ comment {{ id body version }} {ERRORS} }}
}}
"""
RESOLVE_COMMENT = f"""
mutation ($input: ResolveCommentInput!) {{
  resolveComment(input: $input) {{ comment {{ id resolvedAt resolver {{ id }} }} {ERRORS} }}
}}
"""
REOPEN_COMMENT = f"""
mutation ($input: ReopenCommentInput!) {{
  reopenComment(input: $input) {{ comment {{ id resolvedAt resolver {{ id }} }} {ERRORS} }}
}}
"""
DELETE_COMMENT = f"""
mutation ($input: DeleteCommentInput!) {{
  deleteComment(input: $input) {{ comment {{ id body author {{ id }} }} {ERRORS} }}
}}
"""
CHANGE_ROLE = """
mutation ($input: ChangeMemberRoleInput!) {
  changeMemberRole(input: $input) { membership { id } errors { message } }
}
"""
REMOVE = """
mutation ($input: RemoveMemberInput!) {
  removeMember(input: $input) { membership { id } errors { message } }
}
"""
SETTINGS = """
mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { id } errors { message } }
}
"""
MEMBERS = """
query ($slug: String!) {
  organization(slug: $slug) { members(first: 100) { nodes { id user { id } } } }
}
"""


async def node(world: World, id: str, selection: str, by: Person) -> dict[str, Any]:
    """The thing with the id, as the person sees it."""
    [kind] = (
        await world.ask("query ($id: ID!) { node(id: $id) { __typename } }", {"id": id}, by=by)
    )["data"].values()
    query = (
        f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind['__typename']} {{ {selection} }} }} }}"
    )
    answer = await world.ask(query, {"id": id}, by=by)
    assert "errors" not in answer, answer
    return dict(answer["data"]["node"])


async def refusal(world: World, query: str, by: Person | None, **input: Any) -> str:
    """The code of the one top-level error that a mutation ends with."""
    answer = await world.ask(query, {"input": input}, by=by)
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def error_of(world: World, query: str, by: Person | None, **input: Any) -> dict[str, Any]:
    """The one error in a mutation's payload."""
    payload = await world.do(query, by, **input)
    [error] = payload["errors"]
    return dict(error)


async def problems_of(world: World, query: str, by: Person | None, **input: Any) -> dict[str, str]:
    """The messages of the ValidationErrors in a mutation's payload, by their path."""
    payload = await world.do(query, by, **input)
    assert {error["__typename"] for error in payload["errors"]} == {"ValidationError"}, payload
    return {".".join(error["path"]): error["message"] for error in payload["errors"]}


async def membership(place: Place, person: Person) -> str:
    """The id of the person's membership."""
    admin = next(iter(place.members.values()))
    answer = await place.world.ask(MEMBERS, {"slug": place.slug}, by=admin)
    members = answer["data"]["organization"]["members"]["nodes"]
    return next(str(each["id"]) for each in members if each["user"]["id"] == person.id)


async def rows(world: World, statement: str, **values: Any) -> list[Any]:
    """What a plain SQL query finds."""
    async with world.resources.database.read() as session:
        return list(await session.execute(text(statement), values))


async def history(world: World, subject: str) -> list[tuple[str, Any, Any]]:
    """The events about a thing in the order in which they are published: kind, before, after."""
    found = await rows(
        world,
        "SELECT kind, before, after FROM events WHERE subject_id = :id ORDER BY id",
        id=uuid_of(subject),
    )
    return [(kind, before, after) for kind, before, after in found]


@asynccontextmanager
async def unchanged(place: Place) -> AsyncIterator[None]:
    """Asserts that the block changed nothing in the organisation and recorded no event."""
    organization = uuid_of(place.id)
    before = await of_organization(place.world, organization)
    yield
    assert await of_organization(place.world, organization) == before
