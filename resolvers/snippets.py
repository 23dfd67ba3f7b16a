"""Snippets: writing them, and pinning them to the content that renders them."""

from dataclasses import dataclass
from typing import Annotated, Any

from db import loaders, snippets
from db.models import Snippet, new_id
from domain import snippets as rules
from domain.content import Content, PinnedSnippet
from domain.errors import Invalid, refuse
from domain.events import EventKind
from domain.ids import OrganizationId, SnippetId
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class CreateSnippet:
    """A new snippet."""

    organization: Annotated[OrganizationId, "Where it belongs."]
    name: Annotated[
        str,
        "How templates render it: `{% render 'footer' %}`. 1 to 63 small letters, digits, `-` and"
        " `_`, a letter first; no two snippets of an organisation have the same. It stays.",
    ]
    body: Annotated[
        str,
        "Liquid, with markup where it is rendered in a body; up to 100,000 characters. It sees the"
        " template's variables and what it is given.",
    ]


@dataclass(frozen=True, slots=True)
class UpdateSnippet:
    """What a snippet is to say."""

    snippet: Annotated[SnippetId, "The snippet."]
    body: Annotated[str, "Liquid, up to 100,000 characters."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DeleteSnippet:
    """What to delete."""

    snippet: Annotated[SnippetId, "The snippet."]
    if_version: IfVersion = None


async def create(ctx: Context, input: CreateSnippet) -> Snippet:
    """Write a snippet that all templates of an organisation can render."""
    refuse(list(rules.check_name(input.name)))
    await _check_body(ctx, input.body)
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        row = Snippet(
            id=new_id(),
            organization_id=place.id,
            author_id=work.by,
            name=input.name,
            body=input.body,
        )
        taken = Invalid.at("name", message="There is a snippet of this name already.")
        async with work.unique("uq_snippets_organization_id_name", taken):
            work.session.add(row)
        work.record(EventKind.SNIPPET_CREATED, row, after=_facts(row))
    return row


async def update(ctx: Context, input: UpdateSnippet) -> Snippet:
    """Say a snippet in other words. Content that was written before keeps the words that it was
    written with, and stays approved; content that is written from now on has the new ones.
    """
    await _check_body(ctx, input.body)
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.snippets, input.snippet, at="snippet", if_version=input.if_version
        )
        before, row.body = _facts(row), input.body
        work.record(EventKind.SNIPPET_UPDATED, row, before=before, after=_facts(row))
    return row


async def delete(ctx: Context, input: DeleteSnippet) -> Snippet:
    """Delete a snippet. Content that renders it keeps its words; new content cannot render it.
    Answers it once more.
    """
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.snippets, input.snippet, at="snippet", if_version=input.if_version
        )
        work.record(EventKind.SNIPPET_DELETED, row, before=_facts(row))
        await work.session.delete(row)
    return row


async def pinned(ctx: Context, content: Content, whose: snippets.Whose) -> list[PinnedSnippet]:
    """The snippets that the content renders, and those that they render, as they are now.

    One that there is not is left out: whoever checks the content tells so.
    """
    found: dict[str, str] = {}
    asked: set[str] = set()
    while wanted := (rules.rendered_by(content) | rules.rendered_in(found.values())) - asked:
        asked |= wanted
        rules.check_count(asked)
        async with ctx.reading() as session:
            rows = await snippets.by_names(session, ctx.seeing, whose, wanted)
        found |= {row.name: row.body for row in rows}
    return [PinnedSnippet(name, body) for name, body in sorted(found.items())]


async def _check_body(ctx: Context, body: str) -> None:
    refuse(list(rules.check_body(body)))
    refuse(await ctx.resources.renderer.check_snippet(body))


def _facts(row: Snippet) -> dict[str, Any]:
    return {"name": row.name, "body": row.body}
