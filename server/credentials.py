"""Who asks, as a request says it: with a bearer token, with a browser's cookies, or not at all."""

from functools import partial
from typing import Final
from uuid import UUID

import structlog

from auth.tokens import session_of
from domain.errors import Forbidden, Unauthenticated
from resolvers.jar import Jar
from server import cookies, requests
from server.cookies import Brought, Cookies
from server.requests import Head
from server.services import Contexts, OperationContext

log = structlog.get_logger(__name__)

READING: Final = frozenset({"GET", "HEAD"})
UNPROVED: Final = (
    f"Cookies alone do not do: send the value of the cookie `{cookies.CSRF}` in the header"
    f" `{cookies.HEADER}`."
)
LAPSED: Final = "The access token has expired: refresh the session."


class Credentials:
    """Opens the contexts of requests; who sends a bearer token is not asked for cookies.

    Cookies without a good access token are somebody's whose session has to be refreshed. They get
    no answer as if they were nobody, but their mutations are carried out as nobody's: among them
    are those that refresh the session, end it, or begin another.
    """

    def __init__(self, contexts: Contexts, cookies: Cookies) -> None:
        self._contexts = contexts
        self._cookies = cookies

    async def context(self, head: Head, kind: str = "query") -> OperationContext:
        """For an operation of that kind; raises `Unauthenticated`, or `Forbidden` for cookies that
        another site may have had sent.
        """
        brought = _brought(head)
        if brought is None:
            return await self._open(head, requests.bearer(head.get(b"authorization", None)))
        try:
            context = await self._recognised(head, brought)
        except Unauthenticated:
            if kind != "mutation":
                raise
            return await self._open(head, None)
        if head.method not in READING:
            self._require_proof(head, brought, context.actor.session_id)
        return context

    async def introduced(
        self, head: Head, authorization: object, proof: str, *, takes_cookies: bool
    ) -> OperationContext:
        """For a socket, by its handshake and what the first message brings."""
        brought = _brought(head, proof) if takes_cookies and authorization is None else None
        if brought is None:
            given = head.get(b"authorization", None) if authorization is None else authorization
            return await self._open(head, requests.bearer(given))
        context = await self._recognised(head, brought)
        self._require_proof(head, brought, context.actor.session_id)
        return context

    def jar(self, head: Head) -> Jar:
        """What use cases find and leave of the browser's cookies."""
        brought = _brought(head)
        return Jar(brought.refresh, partial(self._check, head, brought)) if brought else Jar()

    def _check(self, head: Head, brought: Brought) -> None:
        self._require_proof(head, brought, session_of(brought.refresh or ""))

    def _require_proof(self, head: Head, brought: Brought, session: UUID | None) -> None:
        if self._cookies.is_proved(brought, session):
            return
        log.warning(
            "csrf_refused",
            ip=requests.address(head.scope),
            origin=head.get(b"origin", None),
            proof="wrong" if brought.proof else "missing",
        )
        raise Forbidden(UNPROVED)

    async def _recognised(self, head: Head, brought: Brought) -> OperationContext:
        if brought.access is None:
            raise Unauthenticated(LAPSED)
        return await self._open(head, brought.access)

    async def _open(self, head: Head, token: str | None) -> OperationContext:
        return await self._contexts.open(
            token,
            request_id=head.request_id,
            ip=requests.address(head.scope),
            user_agent=head.get(b"user-agent", ""),
        )


def _brought(head: Head, proof: str | None = None) -> Brought | None:
    """The session in the cookies, where they count."""
    cookie = head.get(b"cookie", None)
    if cookie is None or head.get(b"authorization", None) is not None:
        return None
    brought = cookies.brought(cookie, head.get(b"x-csrf-token", "") if proof is None else proof)
    return brought if brought.has_session else None
