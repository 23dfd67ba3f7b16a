"""GraphiQL, built into `web/dist/` and served by ourselves: no other host is ever asked."""

import os
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).parent.parent / "web" / "dist"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    # Monaco lays out its lines with style attributes and adds <style> elements as it runs,
    # and has no way to give either a nonce.
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    # 'self' covers ws: and wss: on the same host and port.
    "connect-src": "'self'",
    "worker-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}
ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Imprimatur</title>
<h1>GraphiQL is not built yet</h1>
<p>Stop the server and start it with <code>make run</code>, which builds the page.
The API itself answers POST requests at this address.</p>
</html>
"""


def page(dist: Path = DIST) -> Response:
    """GraphiQL's page, or how to build it with status 503 while `web/dist/` is missing."""
    document = _document(dist)
    if document is None:
        return HTMLResponse(NOT_BUILT, status_code=503, headers=PAGE_HEADERS)
    return HTMLResponse(document, headers=PAGE_HEADERS)


def static_routes(dist: Path = DIST) -> list[Mount]:
    """What the page loads; it has to be routed before `/graphql` itself is mounted."""
    if _document(dist) is None:
        return []
    return [Mount("/graphql/assets", Assets(directory=dist / "assets"), name="graphiql")]


class Assets(StaticFiles):
    """Files whose names change with their content: cached for ever, compressed where accepted."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        gzipped = Path(f"{os.fspath(full_path)}.gz")
        if "gzip" in Headers(scope=scope).get("accept-encoding", "") and gzipped.is_file():
            response = super().file_response(gzipped, gzipped.stat(), scope, status_code)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = (
                guess_type(full_path)[0] or "application/octet-stream"
            )
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(ASSET_HEADERS)
        return response


@cache
def _document(dist: Path) -> bytes | None:
    index = dist / "index.html"
    return index.read_bytes() if index.is_file() else None
