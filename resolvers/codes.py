"""Codes: each is checked before it counts, guesses wait, and what was used is used up."""

from uuid import UUID

from auth import two_factor as codes
from auth.tokens import digest
from db import two_factor as factors
from db.models import TwoFactor, User, now
from domain import two_factor as rules
from domain.errors import Conflict, Invalid, Reference, UserError
from domain.two_factor import Factor
from resolvers import guessing
from resolvers.context import Context
from resolvers.work import Work

WRONG = "This code is not good: give the one that your authenticator shows now, each only once."


async def check(
    ctx: Context, user: UUID, code: str, otherwise: UserError, *, confirmed: bool = True
) -> None:
    """Raises `Invalid` unless the code is good, and `otherwise` where there is nothing to check."""
    async with ctx.reading() as session:
        row = _there(await factors.of_user(session, user), otherwise, confirmed)

    async def is_good() -> bool:
        return _used(ctx, row, code) is not None

    if not await guessing.passes(ctx, guessing.code_of(user), is_good, user=user, path=("code",)):
        raise Invalid.at("code", message=WRONG)


async def use(
    ctx: Context, work: Work, user: User, code: str, otherwise: UserError, *, confirmed: bool = True
) -> TwoFactor:
    """The account's second factor, its code used up; raises where somebody else was faster."""
    row = _there(await factors.lock(work.session, user.id), otherwise, confirmed)
    used = _used(ctx, row, code)
    if used is None:
        raise Invalid.at("code", message=WRONG)
    factors.apply(row, used)
    vault = ctx.resources.vault
    if vault.is_outdated(row.secret):
        row.secret = vault.seal(vault.open(row.secret))
    return row


def new_recovery_codes() -> tuple[list[str], list[bytes]]:
    """Codes to be shown, and their hashes, which are stored: there is nothing to guess in them."""
    made = [codes.new_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    return made, [digest(rules.plain(code)) for code in made]


def conflict(user: UUID, message: str) -> Conflict:
    return Conflict(message, Reference("User", user))


def _there(row: TwoFactor | None, otherwise: UserError, confirmed: bool) -> TwoFactor:
    if row is None or (row.confirmed_at is not None) is not confirmed:
        raise otherwise
    return row


def _used(ctx: Context, row: TwoFactor, code: str) -> Factor | None:
    """The factor after the code; None where that is not good."""
    plain, before = rules.plain(code), factors.facts(row)
    if not rules.is_timed(plain):
        return rules.without(before, digest(plain))
    secret = ctx.resources.vault.open(row.secret).decode()
    return rules.at_step(before, codes.step_of(secret, plain, now()))
