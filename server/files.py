"""`/files/…`: what people uploaded, under names that say nothing and that nobody guesses."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.avatars import FOLDER, PLACE, avatar_in
from server.services import Services

MEDIA: Final = "image/webp"
HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""A name never stands for anything else; whoever opens it as a page finds nothing that runs."""


async def avatar(request: Request) -> Response:
    """A picture in one of its sizes; 404 for any other name."""
    services: Services = request.state.services
    name: str = request.path_params["name"]
    if services.storage is None or avatar_in(name) is None:
        raise HTTPException(404)
    headers = {**HEADERS, "ETag": f'"{name}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = await services.storage.get(f"{FOLDER}/{name}")
    if content is None:
        raise HTTPException(404)
    return Response(content, headers=headers, media_type=MEDIA)


ROUTES = [Route(f"{PLACE}/{{name}}", avatar, methods=["GET"])]
