"""Who a socket's client is: as they introduced themselves, and for as long as that is good."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.websockets import WebSocket

from domain.actor import Actor
from domain.errors import Refusal
from server import origins, requests
from server.credentials import Credentials
from server.messages import Close, Payload
from server.requests import Head
from server.services import OperationContext, Services
from server.settings import Settings

NOBODY = "Send connection_init first, and wait for connection_ack."


@contextmanager
def forbidding() -> Iterator[None]:
    """Whoever is refused loses the socket."""
    try:
        yield
    except Refusal as refusal:
        raise Close(4403, f"Forbidden: {refusal}") from None


async def introduced(
    websocket: WebSocket, services: Services, settings: Settings, payload: Payload
) -> OperationContext:
    """Whose socket it is, by the payload of the first message and the headers of the handshake."""
    given = _by_name(payload)
    credentials = Credentials(services.contexts, services.cookies)
    return await credentials.introduced(
        Head(websocket.scope),
        given.get("authorization"),
        str(given.get("x-csrf-token", "")),
        takes_cookies=origins.is_trusted(websocket, settings),
    )


async def prolonged(context: OperationContext, payload: Payload) -> OperationContext | None:
    """The same client by the access token in a ping; None where there is none."""
    authorization = _by_name(payload).get("authorization")
    if authorization is None:
        return None
    return await context.presenting(requests.bearer(authorization) or "")


def is_prolonged(actor: Actor, before: Actor) -> bool:
    """Whether the session was refreshed meanwhile."""
    if actor.session_id != before.session_id or actor.expires_at is None:
        return False
    return before.expires_at is not None and actor.expires_at > before.expires_at


def _by_name(payload: Payload) -> Mapping[str, object]:
    return {name.lower(): value for name, value in (payload or {}).items()}
