"""A newcomer's walk through the whole product, from `make run` to Ctrl-C."""

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.embedded.processes import is_alive
from tests.editorial import CREATE, DECIDE, SUBMIT, UPDATE, WITHDRAW
from tests.mails import MAILS, mail
from tests.product import Product, running
from tests.visitors import (
    Discussion,
    Hear,
    Visitor,
    over_events,
    over_websocket,
    until_heard,
    visiting,
)
from tests.websocket_client import initialised

NEWSLETTER = "garden-newsletter"
APPROVALS = """
subscription ($organization: ID!) {
  approvalChanged(organization: $organization) {
    kind actor { id }
    approval {
      id status contentHash currentStep { position }
      template { status }
      steps { position status comment approver { id } }
    }
  }
}
"""
PREVIEW = """
query ($id: ID!, $values: JSON!) {
  node(id: $id) {
    ... on TemplateVersion {
      preview(values: $values) { rendered { subject html text } errors { message path } }
    }
  }
}
"""
VIEWER = "{ viewer { email memberships { nodes { role { name } } } } }"


@dataclass(frozen=True)
class Office:
    """Three people in an organisation of theirs: the author, and who decides first and second."""

    organization: str
    author: Visitor
    first: Visitor
    second: Visitor

    async def writes(self, content: dict[str, Any], name: str = "Garden letter") -> dict[str, Any]:
        payload = await self.author.done(
            CREATE, organization=self.organization, name=name, content=content
        )
        return dict(payload["template"])

    async def submits(self, template: str) -> dict[str, Any]:
        steps = [{"approver": person.id} for person in (self.first, self.second)]
        payload = await self.author.done(SUBMIT, template=template, steps=steps)
        return dict(payload["approval"])

    @asynccontextmanager
    async def watched(self, product: Product) -> AsyncIterator[list[Hear]]:
        """The third person over WebSocket and the author over SSE, who listen to all approvals."""
        of = {"organization": self.organization}
        draft = await self.writes(content_of("password-reset"), "Password reset")

        async def sign() -> str:
            approval = await self.submits(draft["id"])
            await self.author.done(WITHDRAW, approval=approval["id"])
            return f"APPROVAL_WITHDRAWN {approval['id']}"

        async with (
            over_websocket(product, self.second, APPROVALS, **of) as over_socket,
            over_events(self.author, APPROVALS, **of) as over_sse,
        ):
            await until_heard([over_socket, over_sse], sign, kind_and_approval)
            yield [over_socket, over_sse]


def kind_and_approval(answer: dict[str, Any]) -> str:
    change = answer["approvalChanged"]
    return f"{change['kind']} {change['approval']['id']}"


def content_of(name: str) -> dict[str, Any]:
    """A real mail as clients send it."""
    declared = json.loads((MAILS / name / "variables.json").read_text("utf-8"))["variables"]
    variables = [
        {("defaultValue" if key == "default" else key): value for key, value in each.items()}
        for each in declared
    ]
    return {**asdict(mail(name).source), "variables": variables}


async def an_office(visitor: Visitor) -> Office:
    """Three people register, one of them founds an organisation and invites the others."""
    author = await visitor.registered("Edith", "Okonkwo")
    first = await visitor.registered("Anselm", "Roth")
    second = await visitor.registered("Vera", "Nguyễn")
    organization = await author.founds("Lindenhof Botanical Garden", "lindenhof")
    await author.brings_in(first, "APPROVER", organization)
    await author.brings_in(second, "MANAGER", organization)
    return Office(organization, author, first, second)


async def look_at_the_page(visitor: Visitor) -> None:
    page = await visitor.http.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    [script] = [part.split('"')[0] for part in page.text.split('src="')[1:]]
    assert (await visitor.http.get(script)).status_code == 200


async def sign_in_as_printed(product: Product, visitor: Visitor) -> None:
    assert list(product.logins) == ["ADMIN", "MANAGER", "EDITOR", "APPROVER", "VIEWER"]
    for role, (email, password) in product.logins.items():
        person = await visitor.signed_in(email, password)
        viewer = (await person.see(VIEWER))["viewer"]
        assert viewer["email"] == email
        assert [each["role"]["name"] for each in viewer["memberships"]["nodes"]] == [role]


async def preview(person: Visitor, letter: dict[str, Any]) -> None:
    """All ten variables take part, and the mail is laid out as mail clients need it."""
    values = mail(NEWSLETTER).values
    answer = await person.see(PREVIEW, id=letter["currentVersion"]["id"], values=values)
    assert answer["node"]["preview"]["errors"] == []
    rendered = answer["node"]["preview"]["rendered"]
    assert rendered["subject"] == "The water lily carries a child · No. 117, May 2026"
    for part in (rendered["html"], rendered["text"]):
        assert [word for word in ("Zoë", "Peat is over", "5f1c09a2") if word not in part] == []
        assert [mark for mark in ("{{", "{%", "<mj") if mark in part] == []
    assert rendered["html"].count("style=") > 100


async def review(office: Office, letter: dict[str, Any], watching: list[Hear]) -> None:
    """Each change reaches both watchers, with everything as it is after it."""
    approval = await office.submits(letter["id"])
    one, two = (step["id"] for step in approval["steps"])
    author, first, second = office.author.id, office.first.id, office.second.id
    await expect(watching, "APPROVAL_SUBMITTED", author, "IN_PROGRESS", 1, "WAITING", "PENDING")
    refused = await office.second.ask(DECIDE, input={"step": two, "verdict": "APPROVE"})
    assert refused["data"]["decideStep"]["errors"][0]["code"] == "CONFLICT"
    await office.first.done(DECIDE, step=one, verdict="APPROVE", comment="Lovely lilies.")
    await expect(watching, "STEP_DECIDED", first, "IN_PROGRESS", 2, "APPROVED", "WAITING")
    await office.second.done(DECIDE, step=two, verdict="APPROVE")
    change = await expect(
        watching, "STEP_DECIDED", second, "APPROVED", None, "APPROVED", "APPROVED"
    )
    assert change["contentHash"] == letter["currentVersion"]["contentHash"]
    assert [step["comment"] for step in change["steps"]] == ["Lovely lilies.", None]


async def rewrite(office: Office, letter: dict[str, Any], watching: list[Hear]) -> None:
    """New content voids what was approved: its author is told at once, the others hear it."""
    content = content_of(NEWSLETTER) | {"subject": "{{ editionTitle }}"}
    changed = await office.author.done(UPDATE, template=letter["id"], content=content)
    assert changed["voidedApproval"]["status"] == "IN_PROGRESS"
    assert changed["template"]["status"] == "IN_REVIEW"
    author = office.author.id
    change = await expect(watching, "STAGES_VOIDED", author, "IN_PROGRESS", 1, "WAITING", "PENDING")
    assert change["template"]["status"] == "IN_REVIEW"


async def expect(
    watching: list[Hear],
    kind: str,
    actor: str,
    status: str,
    current: int | None,
    *steps: str,
) -> dict[str, Any]:
    """The approval that every watcher hears of next, in that state."""
    one, *others = [(await hear())["approvalChanged"] for hear in watching]
    assert others == [one] * len(others)
    approval: dict[str, Any] = one["approval"]
    assert (one["kind"], one["actor"]["id"], approval["status"]) == (kind, actor, status)
    assert [(step["position"], step["status"]) for step in approval["steps"]] == list(
        enumerate(steps, 1)
    )
    assert approval["currentStep"] == (current and {"position": current})
    return approval


async def discuss(product: Product, office: Office, template: str) -> None:
    discussion = Discussion(template)
    async with discussion.heard(product, office.author, office.first) as hear:
        body = "The fee is CHF 90 now — “ninety”, not 80. 🌿"
        id = await discussion.comment(office.second, body)
        author = {"name": {"full": "Vera Nguyễn"}}
        assert (await hear())["commentAdded"] == {
            "kind": "COMMENT_ADDED",
            "comment": {"id": id, "body": body, "author": author},
        }


async def leave(product: Product) -> None:
    """Ctrl-C ends everything that was started, whoever is still connected."""
    started = product.processes
    address = product.address
    async with initialised(product) as socket:
        # make ends by the signal itself; a command of its that fails is an error that it tells.
        assert await product.interrupted() == -signal.SIGINT
        assert await socket.closed() == 1001
    assert [process for process in started if is_alive(process)] == []
    assert list((product.data_dir / "run").iterdir()) == []
    assert [word for word in ("Traceback", "error", "***") if word in product.printed] == []
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(address)


async def test_a_newcomer_has_a_newsletter_approved_while_others_watch(new_dir: Path) -> None:
    content = content_of(NEWSLETTER)
    assert (content["kind"], len(content["variables"])) == ("MJML", 10)
    assert len(content["body"]) > 19_000
    async with running(new_dir) as product:
        async with visiting(product) as visitor:
            await look_at_the_page(visitor)
            await sign_in_as_printed(product, visitor)
            office = await an_office(visitor)
            letter = await office.writes(content)
            await preview(office.author, letter)
            async with office.watched(product) as watching:
                await review(office, letter, watching)
                await discuss(product, office, letter["id"])
                await rewrite(office, letter, watching)
        await leave(product)
