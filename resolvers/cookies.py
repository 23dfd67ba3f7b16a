"""Sessions whose tokens a browser keeps in cookies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

from db.models import User
from domain.errors import Invalid, Unauthenticated
from resolvers.context import Context
from resolvers.jar import Kept

if TYPE_CHECKING:
    from resolvers.sessions import SignedIn

InCookies = Annotated[
    bool,
    "For browsers: keep the tokens in HttpOnly cookies instead of answering them. Every request"
    " but GET then needs the header `X-CSRF-Token` with the value of the cookie"
    " `__Host-imprimatur-csrf`.",
]
NOWHERE: Final = "Cookies can be set over plain HTTP only: not on sockets or event streams."


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a client is told of its session; the tokens are None where cookies keep them."""

    user: User
    access_token: str | None
    access_token_expires_at: datetime
    refresh_token: str | None
    refresh_token_expires_at: datetime


def check_cookies(ctx: Context, *, wanted: bool) -> None:
    """Raises `Invalid` where tokens are to be kept in cookies, but there is no way to any."""
    if wanted and ctx.jar is None:
        raise Invalid.at("cookies", message=NOWHERE)


def brought_token(ctx: Context) -> str | None:
    """The refresh token among the browser's cookies."""
    return ctx.jar.refresh_token if ctx.jar else None


def in_answer(signed_in: "SignedIn") -> HandedOver:
    """The tokens for who keeps them by themselves."""
    return HandedOver(
        signed_in.user,
        signed_in.access_token,
        signed_in.access_token_expires_at,
        signed_in.refresh_token,
        signed_in.refresh_token_expires_at,
    )


def in_jar(ctx: Context, signed_in: "SignedIn") -> HandedOver:
    """Only until when the tokens are good: the browser keeps them, unless this is only tried."""
    told = in_answer(signed_in)
    if ctx.jar and not ctx.held.is_trial:
        ctx.jar.keep(
            Kept(
                signed_in.session.id,
                signed_in.access_token,
                signed_in.access_token_expires_at,
                signed_in.refresh_token,
                signed_in.refresh_token_expires_at,
            )
        )
    return replace(told, access_token=None, refresh_token=None)


def forget(ctx: Context) -> None:
    """Have the browser forget its cookies, unless this is only tried."""
    if ctx.jar and not ctx.held.is_trial:
        ctx.jar.empty()


@contextmanager
def forgotten_where_ended(ctx: Context) -> Iterator[None]:
    """What is good for nothing any more is not to come again."""
    try:
        yield
    except Unauthenticated:
        forget(ctx)
        raise
