"""The bench data: the same every time, true to the rules, and written once or not at all."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from adapters.rendering import mails
from db.templates import search_text
from domain import approvals as rules
from domain.approval_moves import check_comment
from domain.approvals import ApprovalStatus, StageStatus, StepStatus
from domain.content import content_hash
from domain.organizations import check_organization
from domain.permissions import Permission, Role
from domain.templates import STATUS_AFTER, TemplateStatus, check_details
from domain.variables import check_declarations, resolve
from server.seeding.bench import BENCH, PASSWORD, AlreadySeeded, seed_bench
from server.seeding.bench.seed import STEPS
from server.seeding.bench.words import kinds
from tests.engines import Engines, migrated_database
from tests.seeded import (
    TINY,
    Everything,
    checksums,
    everything_in,
    samples,
    seeded_database,
    source_of,
    unwatched,
)

STOPPED = {
    ApprovalStatus.CHANGES_REQUESTED: StepStatus.CHANGES_REQUESTED,
    ApprovalStatus.REJECTED: StepStatus.REJECTED,
}


@pytest.fixture(scope="module")
async def seeded_url(engines: Engines) -> AsyncIterator[str]:
    async with seeded_database(engines) as url:
        yield url


@pytest.fixture(scope="module")
async def everything(seeded_url: str) -> Everything:
    return await everything_in(seeded_url)


async def test_two_databases_get_the_same_rows(engines: Engines, seeded_url: str) -> None:
    async with seeded_database(engines) as other:
        assert await checksums(other) == await checksums(seeded_url)


async def test_a_second_run_is_refused_and_nothing_changes(seeded_url: str) -> None:
    before = await checksums(seeded_url)
    with pytest.raises(AlreadySeeded, match="already") as refusal:
        await seed_bench(seeded_url, progress=unwatched, scale=TINY)
    assert "\n" not in str(refusal.value)
    assert await checksums(seeded_url) == before


async def test_a_run_that_breaks_off_leaves_nothing_and_can_be_repeated(
    engines: Engines, seeded_url: str
) -> None:
    def interrupted(what: str, done: int, total: int) -> None:
        if what == "templates":
            raise KeyboardInterrupt

    async with migrated_database(engines) as url:
        with pytest.raises(KeyboardInterrupt):
            await seed_bench(url, progress=interrupted, scale=TINY)
        assert set((await checksums(url)).values()) == {None}
        await seed_bench(url, progress=unwatched, scale=TINY)
        assert await checksums(url) == await checksums(seeded_url)


async def test_progress_reaches_the_end_of_every_stage(engines: Engines) -> None:
    told: dict[str, tuple[int, int]] = {}
    async with migrated_database(engines) as url:
        await seed_bench(url, progress=lambda what, *at: told.update({what: at}), scale=TINY)
    assert told == {
        "organizations": (3, 3),
        "users": (63, 63),
        "templates": (120, 120),
        "statistics": (9, 9),
    }


def test_there_is_as_much_as_was_asked_for(everything: Everything) -> None:
    assert len(everything.organizations) == TINY.organizations
    assert len(everything.users) == len(everything.members) == TINY.users
    assert len(everything.templates) == TINY.templates
    assert len(everything.approvals) == TINY.approvals
    assert len(everything.steps) == 3 * TINY.approvals
    assert len(everything.comments) == TINY.comments
    assert len(everything.versions) > TINY.templates


def test_the_full_scale_has_three_steps_an_approval_and_a_hundred_members() -> None:
    whole, rest = divmod(BENCH.approvals, len(STEPS))
    assert whole * sum(STEPS) + sum(STEPS[:rest]) == 30_000
    assert BENCH.users == 100 * BENCH.organizations


def test_every_organization_has_every_role_and_as_many_members(everything: Everything) -> None:
    members = Counter((each.organization_id, each.role) for each in everything.members)
    assert len(members) == TINY.organizations * len(Role)
    homes = Counter(each.organization_id for each in everything.members)
    assert set(homes.values()) == {TINY.users // TINY.organizations}
    for organization in everything.organizations:
        assert list(check_organization(organization.slug, organization.name)) == []


def test_everybody_signs_in_with_the_published_password(everything: Everything) -> None:
    (stored,) = {user.password_hash for user in everything.users}
    assert stored is not None
    assert PasswordHasher().verify(stored, PASSWORD)
    assert not PasswordHasher().check_needs_rehash(stored)
    (first,) = (user for user in everything.users if user.email == "ada.lovelace.1@example.com")
    (role,) = (each.role for each in everything.members if each.user_id == first.id)
    assert role is Role.ADMIN
    assert all(user.email.isascii() for user in everything.users)


def test_ids_are_of_version_7_and_of_the_time_of_their_row(everything: Everything) -> None:
    for row in (*everything.users, *everything.templates, *everything.comments):
        assert row.id.version == 7
        assert row.id.int >> 80 == int(row.created_at.timestamp() * 1000)
        assert row.created_at <= row.updated_at


def test_every_version_has_its_true_hash_and_valid_declarations(everything: Everything) -> None:
    for version in everything.versions:
        assert version.content_hash == content_hash(version.content)
        assert check_declarations(version.variables) == []


def test_a_template_shows_its_latest_version_and_is_found_by_it(everything: Everything) -> None:
    in_order = sorted(everything.versions, key=lambda version: version.number)
    numbers = Counter(version.template_id for version in in_order)
    latest = {version.template_id: version for version in in_order}
    for template in everything.templates:
        current = latest[template.id]
        assert template.current_version_id == current.id
        assert current.number == numbers[template.id]
        assert current.organization_id == template.organization_id
        assert template.search_text == search_text(template, current.subject)
        details = (template.name, template.description, template.category, template.tags)
        assert list(check_details(*details, template.details)) == []


def test_a_template_has_the_status_that_its_latest_approval_gives(everything: Everything) -> None:
    latest = everything.latest_approvals()
    for template in everything.templates:
        approval = latest.get(template.id)
        assert template.approval_id == (approval.id if approval else None)
        expected = STATUS_AFTER[approval.status] if approval else TemplateStatus.DRAFT
        archived = template.status is TemplateStatus.ARCHIVED
        assert template.status is expected or archived
        if approval and approval.status in rules.STANDING:
            assert approval.version_id == template.current_version_id
            assert not archived
    assert {template.status for template in everything.templates} == set(TemplateStatus)


def test_only_the_latest_approval_of_a_template_stands(everything: Everything) -> None:
    latest = {approval.id for approval in everything.latest_approvals().values()}
    versions = {version.id: version for version in everything.versions}
    for approval in everything.approvals:
        assert approval.id in latest or approval.status not in rules.STANDING
        version = versions[approval.version_id]
        assert approval.content_hash == version.content_hash
        assert approval.template_id == version.template_id
        assert approval.created_at >= version.created_at


def test_approvers_may_decide_and_are_no_authors(everything: Everything) -> None:
    versions = {version.id: version.author_id for version in everything.versions}
    authors = {template.id: template.author_id for template in everything.templates}
    for approval, steps in everything.reviews():
        wrote = {versions[approval.version_id], authors[approval.template_id]}
        home = approval.organization_id
        able = [everything.may(home, s.approver_id, Permission.APPROVAL_DECIDE) for s in steps]
        assert all(able)
        assert not wrote & {step.approver_id for step in steps}
        assert len({step.approver_id for step in steps}) == len(steps)
        assert {step.organization_id for step in steps} == {home}


def test_steps_are_where_the_rules_lead(everything: Everything) -> None:
    for approval, steps in everything.reviews():
        assert [step.position for step in steps] == list(range(1, len(steps) + 1))
        waiting = [step.status for step in steps].count(StepStatus.WAITING)
        running = approval.status is ApprovalStatus.IN_PROGRESS
        assert waiting == (1 if running else 0)
        assert (approval.finished_at is None) is running
        required = {step.status for step in steps if step.required}
        assert required == {StepStatus.APPROVED} or approval.status is not ApprovalStatus.APPROVED
        assert STOPPED.get(approval.status) in required | {None}
    every = set(ApprovalStatus) - {ApprovalStatus.EXPIRED}
    assert {approval.status for approval in everything.approvals} == every
    assert {step.status for step in everything.steps} == set(StepStatus)


def test_what_was_decided_says_when_and_why(everything: Everything) -> None:
    verdicts = {status: verdict for verdict, status in rules.OUTCOME.items()}
    for approval, steps in everything.reviews():
        times = [step.decided_at for step in steps if step.decided_at]
        assert times == sorted(times)
        assert all(time > approval.created_at for time in times)
        for step in steps:
            verdict = verdicts.get(step.status)
            assert (step.decided_at is not None) is (verdict is not None)
            assert verdict is None or list(check_comment(step.comment, verdict)) == []


def test_a_verdict_names_the_content_that_it_is_about(everything: Everything) -> None:
    versions = {version.id: version for version in everything.versions}
    for approval, steps in everything.reviews():
        version = versions[approval.version_id]
        for step in steps:
            seen = (step.decided_version_id, step.content_hash, step.part_hashes)
            told = (version.id, version.content_hash, version.part_hashes)
            assert seen == (told if step.decided_at else (None, None, None))


def test_every_step_is_a_stage_of_its_own_that_stands_as_it_does(everything: Everything) -> None:
    stages = {stage.id: stage for stage in everything.stages}
    assert stages.keys() == {step.stage_id for step in everything.steps}
    for step in everything.steps:
        stage = stages[step.stage_id]
        assert (stage.approval_id, stage.required) == (step.approval_id, step.required)
        assert (stage.status is StageStatus.ACTIVE) is (step.status is StepStatus.WAITING)
        assert stage.status.value == step.status.value or stage.status is StageStatus.ACTIVE


def test_comments_are_on_templates_of_their_organization(everything: Everything) -> None:
    templates = {template.id: template for template in everything.templates}
    for comment in everything.comments:
        template = templates[comment.subject_id]
        assert comment.subject == "Template"
        assert comment.organization_id == template.organization_id
        assert comment.created_at > template.created_at
        home, author = comment.organization_id, comment.author_id
        assert everything.may(home, author, Permission.COMMENT_WRITE)


def test_every_mail_is_accepted_and_renders(everything: Everything) -> None:
    assert {each.category for each in everything.templates} == {kind.category for kind in kinds()}
    for version in everything.versions[::3]:
        source, declared = source_of(version), version.variables
        assert mails.check(source, {each.name for each in declared}, unstaged) == []
        values, problems = resolve(declared, samples(declared))
        assert problems == []
        rendered = mails.render(source, values, unstaged)
        assert "{{" not in rendered.html + rendered.subject + rendered.text
        assert 1_500 < len(version.body) < 3_000


def unstaged(part: str) -> None:
    pass
