"""Signed evidence of approvals, to be verified by whoever has the public key."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from db import audit_export, evidence
from db.evidence import Subject
from db.models import Approval, ApprovalStage, ApprovalStep, Session, User
from domain import evidence as rules
from domain.errors import Forbidden, Unavailable
from domain.evidence import Recorded
from domain.history import identity
from domain.ids import OrganizationId
from domain.permissions import Permission
from events import chain
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document and its signature."""

    document: dict[str, Any]
    signature: str
    key_id: str


async def of_approval(ctx: Context, approval: Approval) -> Evidence:
    """Signed evidence of the approval: what was approved, who decided what and when, from which
    session, and where the record says so. Keep `document` and `signature` in one JSON object:
    `imprimatur evidence verify` verifies it without the server. For who may read the record of what
    happened, or manages approvals: it tells addresses and devices.
    """
    _check_allowed(ctx, OrganizationId(approval.organization_id))
    async with ctx.database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        subject = await evidence.subject(session, approval.id)
        events = await _recorded(session, approval.id)
        head = await audit_export.head(session, subject.organization.id)
        names = await _names(session, subject, events)
    document = _document(subject, events, names)
    document["head"] = {"position": head.position, "hash": head.hash.hex()}
    signer = ctx.resources.evidence
    return Evidence(document, signer.sign(document), signer.kid)


def hashed(previous: bytes, event: rules.Json) -> bytes:
    """The hash of an event of evidence, as the chain makes it."""
    row = {name: event.get(name) for name in chain.FACTS}
    return chain.link(previous, row, event["position"])


def _check_allowed(ctx: Context, organization: OrganizationId) -> None:
    may = (Permission.AUDIT_READ, Permission.APPROVAL_MANAGE)
    if not any(ctx.actor.may(permission, organization) for permission in may):
        raise Forbidden(
            "This needs the permission AUDIT_READ or APPROVAL_MANAGE in the organisation."
        )


async def _recorded(session: AsyncSession, approval: UUID) -> list[Recorded]:
    rows = await evidence.recorded(session, approval)
    if any(row.position is None for row in rows):
        raise Unavailable("The last change of the approval is being recorded: try again.")
    return [
        Recorded(
            row.position,
            row.previous or chain.BEGINNING,
            row.hash,
            orjson.loads(chain.canonical(row._asdict(), row.position)),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Names:
    """Everybody, and every device, that the evidence names."""

    people: Mapping[UUID, User]
    devices: Mapping[UUID, Session]

    def person(self, id: UUID | str | None) -> dict[str, Any] | None:
        if id is None:
            return None
        known = identity(str(id))
        user = self.people.get(known) if known else None
        name = None if user is None else f"{user.first_name} {user.last_name}".strip()
        return {"id": str(id), "name": name, "email": user and user.email}

    def device(self, id: str | None) -> dict[str, Any] | None:
        if id is None:
            return None
        device = self.devices.get(UUID(id))
        return {
            "id": id,
            "userAgent": device and device.user_agent,
            "ip": device and device.ip,
            "startedAt": device and _moment(device.created_at),
        }


async def _names(session: AsyncSession, subject: Subject, events: Collection[Recorded]) -> _Names:
    people = {each.event.get("actor_id") for each in events}
    people |= {each.after.get("onBehalfOf") for each in events}
    people |= {str(id) for id in _named_by(subject)}
    devices = {each.event.get("session_id") for each in events}
    return _Names(
        await evidence.people(session, _ids(people)),
        await evidence.devices(session, _ids(devices)),
    )


def _named_by(subject: Subject) -> list[UUID | None]:
    approval = subject.approval
    people = [approval.submitter_id, approval.forced_by_id, subject.version.author_id]
    for step in subject.steps:
        people += [step.approver_id, step.delegated_from_id]
    return people


def _ids(texts: Collection[Any]) -> list[UUID]:
    found = [identity(each) for each in texts if isinstance(each, str)]
    return [each for each in found if each is not None]


def _document(subject: Subject, events: list[Recorded], names: _Names) -> dict[str, Any]:
    approval, version, place = subject.approval, subject.version, subject.organization
    decided = rules.decisions(events, approval.content_hash, names.person, names.device)
    return {
        "type": rules.TYPE,
        "version": rules.VERSION,
        "organization": {"id": str(place.id), "slug": place.slug, "name": place.name},
        "template": {"id": str(subject.template.id), "name": subject.template.name},
        "templateVersion": {
            "id": str(version.id),
            "number": version.number,
            "contentHash": version.content_hash,
            "partHashes": dict(version.part_hashes),
            "author": names.person(version.author_id),
        },
        "approval": {
            "id": str(approval.id),
            "status": approval.status.value,
            "contentHash": approval.content_hash,
            "submittedAt": _moment(approval.created_at),
            "finishedAt": approval.finished_at and _moment(approval.finished_at),
            "submitter": names.person(approval.submitter_id),
            "forced": approval.forced_by_id
            and {"by": names.person(approval.forced_by_id), "reason": approval.force_reason},
        },
        "stages": [_stage(stage, subject, names) for stage in subject.stages],
        "decisions": decided,
        "events": [each.told() for each in events],
    }


def _stage(stage: ApprovalStage, subject: Subject, names: _Names) -> dict[str, Any]:
    steps = [each for each in subject.steps if each.stage_id == stage.id]
    return {
        "id": str(stage.id),
        "name": stage.name,
        "rule": stage.rule.value,
        "atLeast": stage.at_least,
        "required": stage.required,
        "status": stage.status.value,
        "covers": list(stage.covers),
        "steps": [_step(each, subject.approval, names) for each in steps],
    }


def _step(step: ApprovalStep, approval: Approval, names: _Names) -> dict[str, Any]:
    """Verdicts of a release that did not name their content are on the approval's."""
    pinned = approval.content_hash if step.decided_at else None
    return {
        "id": str(step.id),
        "status": step.status.value,
        "approver": names.person(step.approver_id),
        "onBehalfOf": names.person(step.delegated_from_id),
        "decidedAt": step.decided_at and step.decided_at.isoformat(),
        "contentHash": step.content_hash or pinned,
        "partHashes": step.part_hashes and dict(step.part_hashes),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat()
