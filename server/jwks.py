"""`/.well-known/jwks.json`: the public keys with which others verify our access tokens."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.signing_keys import PUBLISHED
from server.services import Services

CACHED: Final = f"public, max-age={int(PUBLISHED.total_seconds())}"


async def key_set(request: Request) -> JSONResponse:
    """The JSON Web Key Set (RFC 7517); a key is in it before it signs, as long as this is kept."""
    services: Services = request.state.services
    return JSONResponse(services.key_set(), headers={"Cache-Control": CACHED})


ROUTES: Final = [Route("/.well-known/jwks.json", key_set)]
