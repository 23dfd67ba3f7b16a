"""What is done once a mail has come: asking for it, and having it sent."""

from typing import Any

from tests.jobs import run_jobs
from tests.mailbox import Mailbox
from tests.world import World

JOBS = {"confirmations.mail", "confirmations.resend", "passwords.tell", "emails.tell"}
RESEND = """
mutation ($input: ResendVerificationInput!) {
  resendVerification(input: $input) { accepted errors { __typename code message path } }
}
"""
REQUEST_RESET = """
mutation ($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) { accepted errors { __typename code message path } }
}
"""
RESET = """
mutation ($input: ResetPasswordInput!) {
  resetPassword(input: $input) { passwordChanged errors { __typename code message path } }
}
"""
CHANGE_PASSWORD = """
mutation ($input: ChangePasswordInput!) {
  changePassword(input: $input) { passwordChanged errors { __typename code message path } }
}
"""
CHANGE_EMAIL = """
mutation ($input: ChangeEmailInput!) {
  changeEmail(input: $input) { accepted errors { __typename code message path } }
}
"""


async def sent(world: World) -> None:
    """All mails that concern accounts are in the folder."""
    await run_jobs(world, names=JOBS)


async def token_to(world: World, mailbox: Mailbox, email: str) -> str:
    """The token in the newest mail to the address."""
    await sent(world)
    return mailbox.token(email)


def is_unusable(payload: dict[str, Any]) -> bool:
    """Whether it is the one answer to whatever is wrong with a token."""
    told = [(each["__typename"], each["path"], each["message"]) for each in payload["errors"]]
    message = "This token is not good: it was used already, or it is too old."
    return told == [("NotFoundError", ["token"], message)]
