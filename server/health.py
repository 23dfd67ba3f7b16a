"""Whether this process lives, and whether it can do its work."""

import asyncio
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.services import Check

log = structlog.get_logger(__name__)

PATIENCE: Final = 2.0
"""Seconds that a dependency may take to answer."""


async def live(request: Request) -> JSONResponse:
    """Says that the event loop turns; asks nothing else, so that nothing else restarts us."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> JSONResponse:
    """Asks every dependency, all at once; 503 while one is missing or the server is closing."""
    checks: dict[str, Check] = dict(request.state.services.checks)
    fine = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
    states = {name: _word(good) for name, good in zip(checks, fine, strict=True)}
    closing = request.app.state.streams.closing
    whole = all(fine) and not closing
    status = "closing" if closing else _word(whole)
    return JSONResponse({"status": status, "checks": states}, 200 if whole else 503)


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except Exception as error:  # noqa: BLE001 (a check may fail in any way; the log has which)
        log.warning("not_ready", dependency=name, error=repr(error))
        return False
    return True


def _word(good: bool) -> str:
    return "ok" if good else "unavailable"


ROUTES: Final = [
    Route("/health", ready),
    Route("/health/live", live),
    Route("/health/ready", ready),
]
