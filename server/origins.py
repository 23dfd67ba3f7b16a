"""Which sites' pages may open sockets here: a browser lets any, and no preflight asks us first."""

from starlette.websockets import WebSocket

from server.settings import Settings


def may_connect(websocket: WebSocket, settings: Settings) -> bool:
    """Whether it is from our own page, from one of CORS_ORIGINS, or from no browser."""
    origin = websocket.headers.get("origin")
    return "*" in settings.cors_origins or origin is None or is_trusted(websocket, settings)


def is_trusted(websocket: WebSocket, settings: Settings) -> bool:
    """Whether it may bring cookies, which are never for everybody."""
    origin = websocket.headers.get("origin")
    return origin is None or _is_own(origin, websocket) or origin in settings.cors_origins


def _is_own(origin: str, websocket: WebSocket) -> bool:
    return origin.partition("://")[2].lower() == websocket.headers.get("host", "").lower()
