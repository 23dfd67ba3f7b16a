"""Evidence of an approval: what it says, and whether it agrees with itself.

Everybody who is named is named by id, name and address. Events are given as they were hashed into
the organisation's chain, so that each decision can be traced to the record without the database.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

TYPE = "imprimatur/approval-evidence"
VERSION = 1
VERDICTS = {
    "APPROVED": "APPROVE",
    "CHANGES_REQUESTED": "REQUEST_CHANGES",
    "REJECTED": "REJECT",
}
"""The verdict that leaves a step in each status."""
DECISIONS = frozenset({"STEP_DECIDED", "APPROVAL_FORCED"})

Json = Mapping[str, Any]
Hash = Callable[[bytes, Json], bytes]
"""The hash of an event in its place, after the hash before it."""
Named = Callable[[str | None], Json | None]
"""Somebody or something by the id; None for none."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was hashed, with its place in the chain."""

    position: int
    previous: bytes
    hash: bytes
    event: Json

    def told(self) -> dict[str, Any]:
        return {
            "position": self.position,
            "previousHash": self.previous.hex(),
            "hash": self.hash.hex(),
            "event": dict(self.event),
        }

    @property
    def after(self) -> Json:
        """The facts after it; none where it has none."""
        return facts(self.event)


@dataclass(slots=True)
class Examination:
    """What was found to be as it is said, and what was not."""

    good: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def weigh(self, problems: Iterable[str], otherwise: str) -> None:
        """Keep what is wrong or, where nothing is, what is so."""
        known = len(self.wrong)
        self.wrong += problems
        if len(self.wrong) == known:
            self.good.append(otherwise)


def facts(event: Json) -> Json:
    """What an event says of how things are after it; its JSON is kept as text."""
    read = json.loads(event.get("after") or "{}")
    return read if isinstance(read, dict) else {}


def decisions(
    events: Sequence[Recorded], pinned: str, person: Named, device: Named
) -> list[dict[str, Any]]:
    """Who decided what, when, on which content and from where; `pinned` is the hash that the
    approval is of, for events of a release that did not name it.
    """
    return [
        {
            "position": each.position,
            "kind": each.event["kind"],
            "verdict": each.after.get("verdict"),
            "comment": each.after.get("comment"),
            "reason": each.after.get("reason"),
            "step": each.after.get("step"),
            "contentHash": each.after.get("contentHash") or pinned,
            "decidedAt": each.event["occurred_at"],
            "by": person(each.event.get("actor_id")),
            "onBehalfOf": person(each.after.get("onBehalfOf")),
            "session": device(each.event.get("session_id")),
            "ip": each.event.get("ip"),
        }
        for each in events
        if each.event["kind"] in DECISIONS
    ]


def examine(document: Any, hash: Hash) -> Examination:
    """Whether a document that is known to be signed agrees with the chain, and with itself."""
    found = Examination()
    try:
        _examine(document, hash, found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        found.wrong.append(f"the document is not of this form: {type(error).__name__} {error}")
    return found


def _examine(document: Any, hash: Hash, found: Examination) -> None:
    if (document["type"], document["version"]) != (TYPE, VERSION):
        raise ValueError("another type or version")
    events, decided = document["events"], document["decisions"]
    approval = document["approval"]
    found.weigh(_broken(events, hash), f"{len(events)} events have the hashes of the record")
    found.weigh(_unlinked(events, document["head"]), "their order agrees with the record's")
    found.weigh(_foreign(document, events), "all of them are of this approval")
    found.weigh(_unfounded(decided, events), f"{len(decided)} decisions are as they were recorded")
    found.weigh(_unsupported(document), "every verdict that stands was decided")
    found.weigh(_outdated(document), f"what was approved is the content {approval['contentHash']}")
    status = approval["status"]
    found.weigh(_contradicted(document, events), f"it is {status}, as its rules say")


def _broken(events: Sequence[Any], hash: Hash) -> Iterator[str]:
    for each in events:
        if hash(bytes.fromhex(each["previousHash"]), each["event"]).hex() != each["hash"]:
            yield f"the event at position {each['position']} does not have its hash"
        if each["event"]["position"] != each["position"]:
            yield f"the event at position {each['position']} has another place"


def _unlinked(events: Sequence[Any], head: Any) -> Iterator[str]:
    for one, other in pairwise(events):
        if other["position"] <= one["position"]:
            yield f"position {other['position']} does not follow {one['position']}"
        if other["position"] == one["position"] + 1 and other["previousHash"] != one["hash"]:
            yield f"the event at position {other['position']} does not follow the one before"
    for each in events:
        if each["position"] > head["position"]:
            yield f"position {each['position']} lies behind the head"
        if each["position"] == head["position"] and each["hash"] != head["hash"]:
            yield "the head has another hash"


def _foreign(document: Any, events: Sequence[Any]) -> Iterator[str]:
    expected = document["approval"]["id"], document["organization"]["id"]
    for each in events:
        if (each["event"]["entity_id"], each["event"]["organization_id"]) != expected:
            yield f"the event at position {each['position']} is of something else"


def _unfounded(decisions: Sequence[Any], events: Sequence[Any]) -> Iterator[str]:
    recorded = {each["position"]: each["event"] for each in events}
    for each in decisions:
        event = recorded.pop(each["position"], None)
        if event is None or not _agrees(each, event):
            yield f"the decision at position {each['position']} is not what was recorded"
    for position, event in recorded.items():
        if event["kind"] in DECISIONS:
            yield f"the decision at position {position} is left out"


def _agrees(decision: Any, event: Any) -> bool:
    after = facts(event)
    said = (decision["kind"], decision["decidedAt"], _id(decision["by"]), _id(decision["session"]))
    kept = (event["kind"], event["occurred_at"], event.get("actor_id"), event.get("session_id"))
    same = ("verdict", "comment", "reason", "step")
    return (
        said == kept
        and all(decision[name] == after.get(name) for name in same)
        and _id(decision["onBehalfOf"]) == after.get("onBehalfOf")
        and decision["contentHash"] == after.get("contentHash", decision["contentHash"])
    )


def _id(named: Any) -> Any:
    return None if named is None else named["id"]


def _unsupported(document: Any) -> Iterator[str]:
    """A step's verdict is the last one that was recorded of it."""
    for stage in document["stages"]:
        for step in stage["steps"]:
            if step["status"] not in VERDICTS:
                continue
            verdicts = [each for each in document["decisions"] if _is_of(each, step)]
            if not verdicts or verdicts[-1]["verdict"] != VERDICTS[step["status"]]:
                yield f"the step {step['id']} is {step['status']}, but nobody decided so"
            elif verdicts[-1]["contentHash"] != step["contentHash"]:
                yield f"the verdict of the step {step['id']} was on other content"


def _is_of(decision: Any, step: Any) -> bool:
    """Older releases name who decided, and not the step."""
    if decision["step"] is None:
        return bool(_id(decision["by"]) == _id(step["approver"]))
    return bool(decision["step"] == step["id"])


def _outdated(document: Any) -> Iterator[str]:
    """An approval of other content stands for the parts that are still the same."""
    content, version = document["approval"]["contentHash"], document["templateVersion"]
    if version["contentHash"] != content:
        yield "the version has another hash than the approval"
    for stage in document["stages"]:
        for step in stage["steps"]:
            if step["status"] != "APPROVED" or step["contentHash"] == content:
                continue
            seen, now = step["partHashes"] or {}, version["partHashes"]
            changed = [part for part in stage["covers"] if seen.get(part) != now[part]]
            if changed:
                yield f"the step {step['id']} approved another {', '.join(changed)}"


def _contradicted(document: Any, events: Sequence[Any]) -> Iterator[str]:
    status = document["approval"]["status"]
    told = [facts(each["event"]).get("status", status) for each in events]
    if told and told[-1] != status:
        yield f"the last event left it {told[-1]}, not {status}"
    if status == "APPROVED" and document["approval"]["forced"] is None:
        for stage in document["stages"]:
            if stage["required"] and _approvals(stage) < _needed(stage):
                yield f"it is APPROVED, but its required stage {stage['id']} is not"


def _approvals(stage: Any) -> int:
    return sum(step["status"] == "APPROVED" for step in stage["steps"])


def _needed(stage: Any) -> int:
    if stage["rule"] == "ALL":
        return len(stage["steps"])
    return 1 if stage["rule"] == "ANY" else int(stage["atLeast"])
