"""Mails that a server without SMTP leaves in a folder, as their readers find them."""

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from tests.live_server import DEADLINE

TOKEN = re.compile(r"[0-9a-f]{32}\.[\w-]{43}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The folder of all mails."""

    folder: Path

    def mails(self, to: str) -> list[EmailMessage]:
        """What an address got, the newest last."""
        files = sorted(self.folder.glob("[!.]*.eml"), key=lambda file: file.stat().st_mtime_ns)
        read = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [mail for mail in read if mail["To"] == to]

    def subjects(self, to: str) -> list[str]:
        return [mail["Subject"] for mail in self.mails(to)]

    def texts(self, to: str) -> list[str]:
        return [text_of(mail) for mail in self.mails(to)]

    def token(self, to: str) -> str:
        """The one in the newest mail to the address."""
        return str(TOKEN.findall(self.texts(to)[-1])[0])

    async def arrived(self, to: str, count: int = 1) -> None:
        """Return when an address has so many mails; a worker sends them."""
        async with asyncio.timeout(DEADLINE):
            while len(self.mails(to)) < count:  # noqa: ASYNC110 - another process writes them
                await asyncio.sleep(0.02)


def text_of(mail: EmailMessage) -> str:
    """What it says as plain text."""
    body = cast("EmailMessage", mail.get_body(("plain",)))
    return "\n".join(body.get_content().splitlines())
