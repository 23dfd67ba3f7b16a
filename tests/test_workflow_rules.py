"""The rules of workflows: what a workflow may say, and who its stages are put to."""

from dataclasses import replace
from typing import Any

import pytest

from db.models import new_id
from db.models.workflows import Stages
from domain.content import ContentPart
from domain.errors import Conflict, Invalid
from domain.ids import UserId, WorkflowId
from domain.permissions import Role
from domain.stages import MOST_APPROVERS, MOST_HOURS, MOST_STAGES, StageRequest, StageRule
from domain.workflows import (
    People,
    WorkflowStage,
    check_named,
    check_usable,
    check_workflow,
    facts,
    requests,
)

ANN, BEN, CLEO = PEOPLE = [UserId(new_id()) for _ in range(3)]
NAMES = {ANN: "Ann Ames", BEN: "Ben Boyd", CLEO: "Cleo Cox"}


def stage(**changed: Any) -> WorkflowStage:
    return replace(WorkflowStage("Legal", (ANN, BEN)), **changed)


def problems(*stages: WorkflowStage, name: str = "Letters") -> dict[str, str]:
    found = check_workflow(name, "", stages)
    return {".".join(map(str, problem.path)): problem.message for problem in found}


def people(
    able: list[UserId] | None = None, holders: dict[Role, list[UserId]] | None = None
) -> People:
    return People(PEOPLE if able is None else able, holders or {}, NAMES)


def refused(*stages: WorkflowStage, people: People) -> list[str]:
    with pytest.raises(Invalid) as caught:
        requests(stages, people)
    assert {problem.path for problem in caught.value.problems} == {("workflow",)}
    return [problem.message for problem in caught.value.problems]


# What a workflow may say


def test_a_workflow_needs_a_name_and_stages_of_which_one_is_required() -> None:
    assert problems(stage()) == {}
    assert set(problems(stage(), name=" ")) == {"name"}
    assert set(problems()) == {"stages"}
    assert set(problems(*[stage()] * (MOST_STAGES + 1))) == {"stages"}
    assert "required" in problems(stage(required=False))["stages"]
    assert problems(stage(required=False), stage()) == {}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": ""}, "name"),
        ({"approvers": ()}, "approvers"),
        ({"approvers": (ANN, ANN)}, "approvers"),
        (
            {"approvers": tuple(UserId(new_id()) for _ in range(MOST_APPROVERS + 1))},
            "approvers",
        ),
        ({"role": Role.VIEWER}, "role"),
        ({"role": Role.EDITOR}, "role"),
        ({"rule": StageRule.AT_LEAST}, "atLeast"),
        ({"rule": StageRule.AT_LEAST, "at_least": 0}, "atLeast"),
        ({"rule": StageRule.AT_LEAST, "at_least": 3}, "atLeast"),
        ({"rule": StageRule.ANY, "at_least": 1}, "atLeast"),
        ({"due_in_hours": 0}, "dueInHours"),
        ({"due_in_hours": MOST_HOURS + 1}, "dueInHours"),
        ({"remind_after_hours": -1}, "remindAfterHours"),
        ({"escalate_to": CLEO}, "escalateTo"),
        ({"covers": ()}, "covers"),
    ],
)
def test_what_is_wrong_with_a_stage_is_told_at_its_place(
    changed: dict[str, Any], path: str
) -> None:
    assert set(problems(stage(), stage(**changed))) == {f"stages.1.{path}"}


@pytest.mark.parametrize(
    "changed",
    [
        {"approvers": (), "role": Role.APPROVER},
        {"rule": StageRule.AT_LEAST, "at_least": 2},
        {"rule": StageRule.AT_LEAST, "at_least": 9, "role": Role.MANAGER},
        {"due_in_hours": 48, "remind_after_hours": 24, "escalate_to": CLEO},
        {"covers": (ContentPart.SOURCE, ContentPart.LOCALES)},
    ],
)
def test_a_stage_that_makes_sense_is_kept_as_it_was_given(changed: dict[str, Any]) -> None:
    given = stage(**changed)
    assert problems(given) == {}
    column = Stages()
    assert column.process_result_value([facts(given)], None) == [given]  # type: ignore[arg-type] # it does not matter to which dialect


def test_who_is_named_has_to_be_one_who_may_decide() -> None:
    stages = [stage(), stage(approvers=(CLEO, BEN), due_in_hours=1, escalate_to=BEN)]
    found = [problem.path for problem in check_named(stages, [ANN, CLEO])]
    assert found == [
        ("stages", 0, "approvers", 1),
        ("stages", 1, "approvers", 1),
        ("stages", 1, "escalateTo"),
    ]


def test_an_archived_workflow_is_of_no_more_use() -> None:
    check_usable(WorkflowId(new_id()), archived=False)
    with pytest.raises(Conflict):
        check_usable(WorkflowId(new_id()), archived=True)


# Who its stages are put to


def test_a_stage_is_asked_of_who_is_named_and_then_of_who_has_the_role_each_once() -> None:
    given = stage(role=Role.APPROVER, due_in_hours=8, rule=StageRule.ANY)
    [asked] = requests([given], people(holders={Role.APPROVER: [CLEO, BEN]}))
    assert asked == StageRequest("Legal", (ANN, BEN, CLEO), StageRule.ANY, due_in_hours=8)
    assert type(asked) is StageRequest


def test_authors_are_not_taken_for_their_role_but_named_ones_stay() -> None:
    """Whoever names an author is told so when they submit."""
    holders = {Role.APPROVER: [BEN, CLEO]}
    given = stage(approvers=(ANN,), role=Role.APPROVER)
    [asked] = requests([given], people(holders=holders), without=[ANN, CLEO])
    assert asked.approvers == (ANN, BEN)


def test_who_has_the_role_but_may_not_decide_is_not_asked() -> None:
    given = stage(approvers=(), role=Role.APPROVER)
    [asked] = requests([given], people([BEN], {Role.APPROVER: [ANN, BEN]}))
    assert asked.approvers == (BEN,)


def test_every_stage_that_cannot_be_staffed_is_named_with_the_reason() -> None:
    told = refused(
        stage(name="Legal"),
        stage(name="Brand", approvers=(), role=Role.MANAGER),
        stage(name="Facts", approvers=(ANN,), escalate_to=CLEO, due_in_hours=1),
        people=people([ANN]),
    )
    assert [each.removeprefix("The stage ") for each in told] == [
        "“Legal” of this workflow cannot begin: Ben Boyd may no longer decide approvals.",
        "“Brand” of this workflow cannot begin: nobody has the role MANAGER who may decide this.",
        "“Facts” of this workflow cannot begin: Cleo Cox may no longer decide approvals.",
    ]


def test_a_stage_that_takes_more_than_it_has_cannot_begin() -> None:
    rule = {"rule": StageRule.AT_LEAST, "at_least": 2, "role": Role.APPROVER, "approvers": ()}
    told = refused(stage(**rule), people=people(holders={Role.APPROVER: [ANN]}))
    assert "it takes 2 approvals, and 1 can be given" in told[0]


def test_a_role_that_too_many_have_cannot_be_asked() -> None:
    many = [UserId(new_id()) for _ in range(MOST_APPROVERS + 1)]
    given = stage(approvers=(), role=Role.APPROVER)
    told = refused(given, people=people(many, {Role.APPROVER: many}))
    assert "21 people would decide" in told[0]
