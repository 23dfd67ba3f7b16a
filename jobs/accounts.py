"""People are told what was changed in their accounts."""

from jobs.registry import job
from resolvers import emails, passwords
from resolvers.context import Context


@job(passwords.TELL)
async def tell_of_password(ctx: Context, to: str, key: str) -> None:
    """Write that an account has another password."""
    await passwords.tell(ctx, to, key)


@job(emails.TELL)
async def tell_of_address(ctx: Context, to: str, address: str, key: str) -> None:
    """Write to the address that an account had which one it has now."""
    await emails.tell(ctx, to, address, key)
