"""Both executors of the real schema, over seeded data, and everybody who could ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from domain.actor import Actor
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import PlatformRole, Role
from engine import ids
from resolvers.caller import Caller
from resolvers.context import Context, Resources
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.engine.both import Both
from tests.engine.comparing import Json
from tests.generated import Generated
from tests.seeded import Everything, everything_in

LAST_CURSOR = """
query ($slug: String!) { organization(slug: $slug) { templates { pageInfo { endCursor } } } }
"""
OUTSIDE = 0.2
"""How many ask who are not of the organisation."""

WORDS = {"@search": "the", "@eq": "welcome", "@hasAny": "welcome", "@hasAll": "launch"}


@dataclass(frozen=True)
class Choice:
    """By the names that stand for them, things of one organisation; and its members."""

    things: dict[str, str]
    insiders: list[Actor]


@dataclass(frozen=True)
class Real:
    """The product, executed in both ways."""

    both: Both
    resources: Resources
    choices: list[Choice]
    outsiders: list[Actor]
    """Nobody, a stranger, an administrator of the platform."""

    async def ask(self, asked: Generated, chance: Random) -> Json:
        """What both executors answer to somebody, of some organisation's things."""
        choice = chance.choice(self.choices)
        by = chance.choice(self.outsiders if chance.random() < OUTSIDE else choice.insiders)
        given = asked.on(choice.things)
        return await self.both.ask(given.query, given.variables, partial(self.context, by))

    def context(self, actor: Actor) -> Any:
        return Context(resources=self.resources, caller=Caller(actor), request_id="test")


@asynccontextmanager
async def real(settings: Settings) -> AsyncIterator[Real]:
    """The product over the database of the settings."""
    rows = await everything_in(settings.database_url or "")
    core = build_engine(settings.model_copy(update={"graphql_engine": "core"}))
    async with open_resources(settings) as resources:
        made = Real(Both(core, build_engine(settings)), resources, [], _outsiders(rows))
        chance = Random(0)  # noqa: S311 - which rows are chosen is no secret
        made.choices.extend([await _choice(made, rows, chance) for _ in range(30)])
        yield made


def _outsiders(rows: Everything) -> list[Actor]:
    one, other = rows.users[0].id, rows.users[-1].id
    stranger = Actor(UserId(other), SessionId(other))
    return [Actor(), stranger, Actor(UserId(one), SessionId(one), platform_role=PlatformRole.ADMIN)]


def _insider(membership: Any) -> Actor:
    grants = {OrganizationId(membership.organization_id): membership.grant}
    return Actor(UserId(membership.user_id), SessionId(membership.id), grants=grants)


async def _choice(real: Real, rows: Everything, chance: Random) -> Choice:
    """Things that hang together, mostly those of one template; and who has which role."""
    approval = chance.choice(rows.approvals)
    home = approval.organization_id
    members = [each for each in rows.members if each.organization_id == home]
    things = {f"@{kind}": id for kind, id in _ids(rows, approval, chance.choice(members)).items()}
    organization = next(each for each in rows.organizations if each.id == home)
    insiders = {each.role: _insider(each) for each in members}
    asking = partial(real.context, insiders[Role.ADMIN])
    found = await real.both.ask(LAST_CURSOR, {"slug": organization.slug}, asking)
    cursor = found["data"]["organization"]["templates"]["pageInfo"]["endCursor"]
    words = {"@slug": organization.slug, "@after": cursor, "@before": cursor, **WORDS}
    named = {"@id": chance.choice(list(things.values())), "@in": things["@User"]}
    named["@ids"] = chance.choice(list(things.values()))
    return Choice({**things, **words, **named}, list(insiders.values()))


def _ids(rows: Everything, approval: Any, member: Any) -> dict[str, str]:
    template = approval.template_id
    found = {
        "Organization": approval.organization_id,
        "Template": template,
        "TemplateVersion": next(e.id for e in rows.versions if e.template_id == template),
        "ApprovalWorkflow": approval.id,
        "ApprovalStep": next(e.id for e in rows.steps if e.approval_id == approval.id),
        "Comment": rows.comments[template.int % len(rows.comments)].id,
        "Membership": member.id,
        "User": member.user_id,
    }
    return {kind: ids.encode(kind, id) for kind, id in found.items()}
