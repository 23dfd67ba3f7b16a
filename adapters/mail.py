"""Sending mail: through an SMTP server, or into a folder where there is none."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import localtime
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT = 30.0
"""Seconds that each exchange with an SMTP server may take."""
PERMANENT = 500
"""From this SMTP reply on, trying again is of no use (RFC 5321, 4.2.1)."""

_SEPARATORS = frozenset(" ,;:<>()")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent to one address. `key` names it: sent again, it has the same Message-ID."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class Refused(Exception):
    """Nobody will take this mail, however often it is sent."""


Send = Callable[[Mail], Awaitable[None]]


def sending(smtp_url: str | None, sender: str, folder: Path) -> Send:
    """How mail leaves: by `smtp://` (with STARTTLS where offered) or `smtps://`, or as .eml files.

    It raises `Refused`, or another error where trying again may help.
    """
    if smtp_url is None:
        return partial(_to_folder, sender, folder)
    return partial(_to_server, sender, smtp_url)


def message(mail: Mail, sender: str) -> EmailMessage:
    """The mail with its headers, each of one line whatever is in them; raises `Refused`."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = _address(mail.to)
    made["Subject"] = " ".join(mail.subject.split())
    made["Date"] = localtime()
    made["Message-ID"] = f"<{mail.key}@{_domain(made)}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def _address(to: str) -> Address:
    username, _, domain = to.rpartition("@")
    if not username or not domain or not to.isprintable() or _SEPARATORS & set(to):
        raise Refused("this is not an address")
    return Address(username=username, domain=domain)


def _domain(made: EmailMessage) -> str:
    [sender] = made["From"].addresses
    return str(sender.domain)


async def _to_folder(sender: str, folder: Path, mail: Mail) -> None:
    # As RFC 6532 has it: an address with letters beyond ASCII is to be found as it is.
    written = message(mail, sender).as_bytes(policy=SMTPUTF8)
    await asyncio.to_thread(_write, folder, f"{mail.key}.eml", written)


def _write(folder: Path, name: str, content: bytes) -> None:
    """Nobody ever sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}"
    unfinished.write_bytes(content)
    unfinished.replace(folder / name)


async def _to_server(sender: str, url: str, mail: Mail) -> None:
    where = urlsplit(url)
    try:
        await aiosmtplib.send(
            message(mail, sender),
            hostname=where.hostname,
            port=where.port,
            username=unquote(where.username) if where.username else None,
            password=unquote(where.password) if where.password else None,
            use_tls=where.scheme == "smtps",
            timeout=TIMEOUT,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        if all(each.code >= PERMANENT for each in error.recipients):
            raise Refused("the address was refused") from error
        raise
    except (UnicodeEncodeError, aiosmtplib.SMTPNotSupported) as error:
        raise Refused("the server cannot take such an address") from error
