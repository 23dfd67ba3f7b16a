"""A simple model of an approval: what people said about which content, and nothing that follows
from it. Statuses are worked out from scratch whenever they are asked for.
"""

from dataclasses import dataclass, field
from typing import Any

from domain.approvals import ApprovalStatus, StepStatus, Verdict

Snapshot = dict[str, int]


@dataclass
class Turn:
    """Somebody's turn: whose it is, and what was said last about which content."""

    owner: int
    verdict: Verdict | None = None
    about: Snapshot = field(default_factory=dict)
    is_lost: bool = False


@dataclass
class Part:
    """A stage: `is_over` where nobody is asked any more whatever they said."""

    turns: list[Turn]
    need: int
    required: bool
    covers: frozenset[str]
    is_over: bool = False

    def said(self, *verdicts: Verdict) -> int:
        return sum(turn.verdict in verdicts for turn in self.turns)

    @property
    def open(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.verdict is None and not turn.is_lost]

    @property
    def is_approved(self) -> bool:
        return self.said(Verdict.APPROVE) >= self.need

    @property
    def spare(self) -> int:
        """How many refusals it bears."""
        return len(self.turns) - self.need

    @property
    def end(self) -> ApprovalStatus | None:
        """How it ends an approval that depends on it, if it does so without approving."""
        refusals = self.said(Verdict.REJECT, Verdict.REQUEST_CHANGES)
        if self.said(Verdict.REJECT) > self.spare:
            return ApprovalStatus.REJECTED
        if refusals > self.spare:
            return ApprovalStatus.CHANGES_REQUESTED
        lost = sum(turn.is_lost for turn in self.turns)
        return ApprovalStatus.VOIDED if refusals + lost > self.spare else None

    @property
    def asks(self) -> bool:
        return not (self.is_over or self.is_approved or self.end) and bool(self.open)


@dataclass
class Model:
    """An approval; `content` counts the versions of each part."""

    parts: list[Part]
    content: Snapshot
    status: ApprovalStatus = ApprovalStatus.IN_PROGRESS
    is_forced: bool = False

    @property
    def turns(self) -> list[tuple[Part, Turn]]:
        return [(part, turn) for part in self.parts for turn in part.turns]

    def current(self) -> Part | None:
        """The stage whose turn it is."""
        running = self.status is ApprovalStatus.IN_PROGRESS
        return next((part for part in self.parts if running and part.asks), None)

    def may_decide(self, n: int) -> bool:
        """Whether a turn can be decided by its owner: no required stage before it asks."""
        part, turn = self.turns[n]
        earlier = self.parts[: self.parts.index(part)]
        in_turn = part.asks and not any(each.required and each.asks for each in earlier)
        return self.status is ApprovalStatus.IN_PROGRESS and in_turn and turn in part.open

    def decide(self, n: int, verdict: Verdict) -> None:
        part, turn = self.turns[n]
        for earlier in self.parts[: self.parts.index(part)]:
            earlier.is_over |= earlier.asks
        turn.verdict = verdict
        turn.about = {name: self.content[name] for name in part.covers}
        self.settle()

    def settle(self) -> None:
        if self.status is not ApprovalStatus.IN_PROGRESS:
            return
        required = [part for part in self.parts if part.required]
        ends = [part.end for part in required if part.end and not part.is_approved]
        if ends:
            self.end(ends[0])
        elif all(part.is_approved for part in required):
            self.end(ApprovalStatus.APPROVED)

    def end(self, status: ApprovalStatus) -> None:
        self.status = status
        for part in self.parts:
            part.is_over |= part.asks

    def lose(self, owner: int, replacement: int | None) -> None:
        """Somebody leaves; what they had said stays said."""
        if self.status is not ApprovalStatus.IN_PROGRESS:
            return
        for part, turn in self.turns:
            if turn.owner == owner and part.asks and turn in part.open:
                turn.is_lost = replacement is None
                turn.owner = owner if replacement is None else replacement
        self.settle()

    def change(self, names: frozenset[str], gone: set[int]) -> None:
        """New content: what was said about what changed is as if it had never been said."""
        for name in names:
            self.content[name] += 1
        if self.status not in {ApprovalStatus.IN_PROGRESS, ApprovalStatus.APPROVED}:
            return
        self.status, was_forced = ApprovalStatus.IN_PROGRESS, self.is_forced
        self.is_forced = False
        for part in self.parts:
            if part.covers & names:
                self._begin_anew(part, gone)
            elif was_forced and part.required and not part.is_approved:
                part.is_over = False
                self._drop(part, gone)
        self.settle()

    def _begin_anew(self, part: Part, gone: set[int]) -> None:
        part.is_over = False
        for turn in part.turns:
            turn.verdict, turn.is_lost = None, False
        self._drop(part, gone)

    def _drop(self, part: Part, gone: set[int]) -> None:
        for turn in part.turns:
            turn.is_lost = turn.verdict is None and turn.owner in gone

    def step(self, part: Part, turn: Turn) -> Any:
        """The status that its step has."""
        if turn.verdict is not None:
            return {
                Verdict.APPROVE: StepStatus.APPROVED,
                Verdict.REQUEST_CHANGES: StepStatus.CHANGES_REQUESTED,
                Verdict.REJECT: StepStatus.REJECTED,
            }[turn.verdict]
        if self.status is not ApprovalStatus.IN_PROGRESS or turn.is_lost or not part.asks:
            return StepStatus.SKIPPED
        return StepStatus.WAITING if part is self.current() else StepStatus.PENDING
