"""The demonstration: whole or not at all, once, and something in every state."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.approvals import StepStatus
from domain.content import content_hash
from domain.permissions import Role
from domain.templates import TemplateStatus
from server.seeding import acme, demo
from server.seeding.demo import LOGINS, Login, seed_demo
from server.seeding.press import Press
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.engines import Engines, migrated_database
from tests.seeded import Everything, checksums, everything_in
from tests.world import Person, World

LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) { user { id } accessToken refreshToken errors { message } }
}
"""
DECIDE = """
mutation ($input: DecideStepInput!) { decideStep(input: $input) { errors { message } } }
"""
LOOK = """
query {
  organization(slug: "acme") {
    name
    members { totalCount }
    templates {
      nodes {
        name status
        approval { currentStep { id approver { email } } }
      }
    }
  }
}
"""
PREVIEW = """
query ($id: ID!, $values: JSON!) {
  node(id: $id) {
    ... on Template {
      currentVersion { preview(values: $values) { rendered { subject } errors { message } } }
    }
  }
}
"""
DESK = """
query {
  viewer {
    standingIn { nodes { approver { name { first } } } }
    myApprovals {
      nodes {
        delegatedFrom { name { first } }
        stage { name }
        approval {
          templateVersion {
            body
            locales { locale }
            snippets { name body }
            comments(filter: {anchored: true}) {
              nodes { anchor { quote } currentLine replies { totalCount } }
            }
          }
        }
      }
    }
  }
  organization(slug: "acme") {
    workflows { nodes { stages { name } } }
    snippets { nodes { name body } }
  }
}
"""
LIST = """
{ organization(slug: "acme") { templates { nodes { id metadata } } } }
"""


class Interrupted(Exception):
    """What ends a run half way."""


@pytest.fixture(scope="module")
async def filled(engines: Engines, settings: Settings) -> AsyncIterator[Settings]:
    """A demonstration's database."""
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        assert await seed_demo(own) == LOGINS
        yield own


@pytest.fixture(scope="module")
async def acme_world(filled: Settings) -> AsyncIterator[World]:
    async with open_resources(filled) as resources:
        yield World(resources, build_engine(filled))


@pytest.fixture(scope="module")
async def everything(filled: Settings) -> Everything:
    return await everything_in(filled.database_url or "")


async def _sign_in(world: World, login: Login) -> Person:
    done = await world.done(LOGIN, None, email=login.email, password=login.password)
    return Person(done["user"]["id"], login.email, done["accessToken"], done["refreshToken"])


def _login(role: Role) -> Login:
    [login] = [login for login in LOGINS if login.role == role.value]
    return login


async def test_there_is_one_login_a_role_and_each_signs_in(acme_world: World) -> None:
    assert [login.role for login in LOGINS] == [role.value for role in Role]
    for login in LOGINS:
        assert login.email.endswith("@example.com")
        person = await _sign_in(acme_world, login)
        answer = await acme_world.ask(LOOK, by=person)
        assert answer["data"]["organization"]["members"]["totalCount"] == len(Role)


def test_every_state_of_a_template_is_shown(everything: Everything) -> None:
    assert {template.status for template in everything.templates} == set(TemplateStatus)
    assert StepStatus.WAITING in {step.status for step in everything.steps}
    discussed = {comment.subject_id for comment in everything.comments}
    for template in everything.templates:
        if template.status is TemplateStatus.CHANGES_REQUESTED:
            assert template.id in discussed
        assert template.tags
        assert template.category


def test_versions_are_named_by_their_content(everything: Everything) -> None:
    for version in everything.versions:
        assert version.content_hash == content_hash(version.content)


async def test_every_template_renders_with_its_sample_values(acme_world: World) -> None:
    viewer = await _sign_in(acme_world, _login(Role.VIEWER))
    listed = await acme_world.ask(LIST, by=viewer)
    for template in listed["data"]["organization"]["templates"]["nodes"]:
        values = {"id": template["id"], "values": template["metadata"]["sampleValues"]}
        answer = await acme_world.ask(PREVIEW, values, by=viewer)
        preview = answer["data"]["node"]["currentVersion"]["preview"]
        assert preview["errors"] == []
        assert preview["rendered"]["subject"]


async def test_the_approver_finds_a_step_that_waits_for_them(acme_world: World) -> None:
    approver = await _sign_in(acme_world, _login(Role.APPROVER))
    listed = await acme_world.ask(LOOK, by=approver)
    templates = listed["data"]["organization"]["templates"]["nodes"]
    steps = [
        template["approval"]["currentStep"]
        for template in templates
        if template["status"] == "IN_REVIEW"
    ]
    [waiting] = [step for step in steps if step["approver"]["email"] == approver.email]
    await acme_world.done(DECIDE, approver, step=waiting["id"], verdict="APPROVE")


async def test_a_newcomer_finds_every_part_of_an_approval_by_stages(acme_world: World) -> None:
    admin = await _sign_in(acme_world, _login(Role.ADMIN))
    answer = await acme_world.ask(DESK, by=admin)
    place = answer["data"]["organization"]
    [workflow] = place["workflows"]["nodes"]
    assert [stage["name"] for stage in workflow["stages"]] == ["Style", "Second reading", "Client"]
    [snippet] = place["snippets"]["nodes"]
    [waiting] = answer["data"]["viewer"]["myApprovals"]["nodes"]
    assert waiting["delegatedFrom"]["name"]["first"] == "Marco"
    assert waiting["stage"]["name"] == "Client"
    version = waiting["approval"]["templateVersion"]
    assert [variant["locale"] for variant in version["locales"]] == ["de"]
    assert version["snippets"] == [snippet]
    [comment] = version["comments"]["nodes"]
    assert comment["anchor"]["quote"] in version["body"].splitlines()[comment["currentLine"] - 1]
    assert comment["replies"]["totalCount"] == 1
    [absence] = answer["data"]["viewer"]["standingIn"]["nodes"]
    assert absence["approver"] == waiting["delegatedFrom"]


async def test_a_second_run_changes_nothing_and_opens_nothing(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = filled.database_url or ""
    before = await checksums(url)
    monkeypatch.setattr(demo, "open_resources", None)
    assert await seed_demo(filled) == LOGINS
    assert await checksums(url) == before


async def test_two_servers_that_start_together_seed_once(
    engines: Engines, settings: Settings
) -> None:
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        assert list(await asyncio.gather(seed_demo(own), seed_demo(own))) == [LOGINS, LOGINS]
        assert len((await everything_in(url)).organizations) == 1


async def test_a_run_that_breaks_off_leaves_nothing_and_can_be_repeated(
    engines: Engines, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(press: Press) -> None:
        await press.write(acme.MAILS / "password-reset", Role.EDITOR)
        raise Interrupted

    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        with monkeypatch.context() as patch:
            patch.setattr(demo, "tell", interrupted)
            with pytest.raises(Interrupted):
                await seed_demo(own)
        assert set((await checksums(url)).values()) == {None}
        assert await seed_demo(own) == LOGINS


async def test_a_database_with_other_users_is_left_as_it_is(
    engines: Engines, settings: Settings
) -> None:
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        async with open_resources(own) as resources:
            await World(resources, build_engine(own)).person("Solo")
        before = await checksums(url)
        assert await seed_demo(own) == []
        assert await checksums(url) == before
