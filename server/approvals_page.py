"""docs/approvals.md: how approvals work, with tables that the rules themselves fill in."""

from collections.abc import Mapping
from pathlib import Path

from domain.approval_table import (
    ENDED,
    EVENTS,
    FIRST,
    RELIEF,
    RULES,
    RUNNING,
    SECOND,
    Event,
    Outcome,
    State,
    outcome,
    verdicts,
)
from domain.approvals import Approval

PROSE = Path(__file__).parent / "approvals.md"
NAMES = {FIRST: "the first approver", SECOND: "the last approver", RELIEF: "who takes over"}


def page() -> str:
    """The page in Markdown, the same on every machine."""
    tables = {
        "running": _of_states(RUNNING),
        "ended": _of_states(ENDED),
        "verdicts": _of_verdicts(),
    }
    text = PROSE.read_text("utf-8")
    for name, table in tables.items():
        text = text.replace(f"<!-- {name} -->\n", table)
    return text


def _of_states(states: Mapping[str, State]) -> str:
    lines = [_line("event", *states), _line(*["---"] * (len(states) + 1))]
    return "".join([*lines, *(_of_event(name, event, states) for name, event in EVENTS.items())])


def _of_event(name: str, event: Event, states: Mapping[str, State]) -> str:
    return _line(name, *(_told(outcome(state, event)) for state in states.values()))


def _told(outcome: Outcome) -> str:
    if outcome.refused is not None:
        return f"*{outcome.refused}*"
    if outcome.is_same or outcome.after is None:
        return "as it is"
    asks = f"; asks {_people(outcome)}" if outcome.asked else ""
    return f"{_status(outcome.after)}{asks}"


def _status(approval: Approval) -> str:
    stages = ", ".join(stage.status.value for stage in approval.stages)
    return f"**{approval.status.value}**: {stages}"


def _people(outcome: Outcome) -> str:
    return " and ".join(NAMES[user] for user in outcome.asked)


def _of_verdicts() -> str:
    lines = [_line("what the three said", *RULES), _line(*["---"] * (len(RULES) + 1))]
    rows = (_line(said, *ends.values()) for said, ends in verdicts())
    return "".join([*lines, *rows])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
