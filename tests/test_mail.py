"""Mail leaves whole, to one address, and with no header that somebody else wrote."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from aiosmtplib import SMTPException, SMTPRecipientsRefused

from adapters.mail import Mail, Refused, message, sending
from tests.post_office import post_office

SENDER = "Imprimatur <no-reply@example.org>"
MAIL = Mail("one", "ada@example.com", "Größe: 24 px", "Dear Ada,\n\nüber.\n", "<p>über</p>")
INJECTED = "Welcome\r\nBcc: everybody@example.com\r\n\r\nNew body"


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def test_a_mail_says_the_same_as_text_and_as_html() -> None:
    made = read(message(MAIL, SENDER).as_bytes())
    assert made["Subject"] == MAIL.subject
    assert made["To"] == MAIL.to
    assert made["From"] == SENDER
    assert made["Message-ID"] == "<one@example.org>"
    assert made["Auto-Submitted"] == "auto-generated"
    text, html = made.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert cast(EmailMessage, text).get_content().splitlines() == MAIL.text.splitlines()
    assert cast(EmailMessage, html).get_content().strip() == MAIL.html


@pytest.mark.parametrize("subject", [INJECTED, "Welcome\nX: y", "Welcome\u2028X: y", "\r\n"])
def test_a_subject_stays_one_header_whatever_is_in_it(subject: str) -> None:
    made = read(message(Mail("one", "ada@example.com", subject, "x", "x"), SENDER).as_bytes())
    assert sorted(made.keys()) == sorted(read(message(MAIL, SENDER).as_bytes()).keys())
    assert made["Subject"] == " ".join(subject.split())


@pytest.mark.parametrize("to", ["ada@example.com\r\nBcc: b@example.com", "a@x.org, b@x.org", ""])
def test_an_address_that_is_not_one_is_refused(to: str) -> None:
    with pytest.raises(Refused):
        message(Mail("one", to, "Welcome", "x", "x"), SENDER)


async def test_without_a_server_mails_are_files_and_one_that_is_sent_again_is_one_file(
    tmp_path: Path,
) -> None:
    send = sending(None, SENDER, tmp_path / "mail")
    for _ in range(2):
        await send(MAIL)
    [file] = (tmp_path / "mail").iterdir()
    assert file.name == "one.eml"
    assert read(file.read_bytes())["Subject"] == MAIL.subject


async def test_a_file_has_an_address_beyond_ascii_as_it_is(tmp_path: Path) -> None:
    to = "nguyễn@example.com"
    await sending(None, SENDER, tmp_path / "mail")(replace(MAIL, to=to))
    [file] = (tmp_path / "mail").iterdir()
    assert f"To: {to}" in file.read_text()
    assert read(file.read_bytes())["To"] == to


async def test_a_server_is_handed_the_mail(tmp_path: Path) -> None:
    async with post_office() as office:
        await sending(office.url, SENDER, tmp_path)(MAIL)
        [received] = office.mails
        assert office.envelopes == [MAIL.to]
    assert received["Subject"] == MAIL.subject
    assert received["Message-ID"] == "<one@example.org>"
    assert not (tmp_path / "one.eml").exists()


async def test_what_nobody_will_ever_take_is_told_from_what_may_be_tried_again(
    tmp_path: Path,
) -> None:
    async with post_office() as office:
        send = sending(office.url, SENDER, tmp_path)
        office.refuses[MAIL.to] = 550
        with pytest.raises(Refused):
            await send(MAIL)
        office.refuses[MAIL.to] = 450
        with pytest.raises(SMTPRecipientsRefused):
            await send(MAIL)
        assert office.mails == []
    with pytest.raises((SMTPException, OSError)):
        await send(MAIL)


async def test_an_address_of_other_letters_is_handed_over_as_it_is(tmp_path: Path) -> None:
    async with post_office() as office:
        mail = Mail("two", "größe@example.com", "Welcome", "x", "x")
        await sending(office.url, SENDER, tmp_path)(mail)
        assert office.envelopes == ["größe@example.com"]
