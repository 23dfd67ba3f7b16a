"""What a client is told when something goes wrong, the same on every transport."""

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from starlette.responses import Response

from domain.errors import DomainError
from engine.errors import FAULT, INTERNAL
from engine.execution import Rejected
from server.negotiation import GRAPHQL, JSON
from server.requests import Malformed

log = structlog.get_logger(__name__)

STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "UNAVAILABLE": 503}
HEADERS: Mapping[str, Mapping[str, str]] = {
    "UNAUTHENTICATED": {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    "UNAVAILABLE": {"Retry-After": "5"},
}


def formatted(message: str, code: str, **extensions: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, **extensions}}


def told(error: Exception, request_id: str) -> list[dict[str, Any]]:
    """The errors for a client; a fault is logged whole and told by its request id only."""
    if isinstance(error, Rejected):
        return error.errors
    if isinstance(error, DomainError):
        return [formatted(str(error), error.code)]
    if isinstance(error, Malformed):
        return [formatted(str(error), "BAD_USER_INPUT")]
    log.error("fault", request_id=request_id, exc_info=error)
    return [fault(request_id)]


def fault(request_id: str) -> dict[str, Any]:
    return formatted(FAULT, INTERNAL, requestId=request_id)


def body(errors: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"errors": errors})


def response(error: Exception, request_id: str, media: str = JSON) -> Response:
    """An error as an HTTP response with the status that its media type asks for."""
    return Response(
        body(told(error, request_id)),
        _status(error, media),
        {"Vary": "Accept", **_headers(error)},
        f"{media}; charset=utf-8",
    )


def _status(error: Exception, media: str) -> int:
    if isinstance(error, Rejected):
        return 400 if media == GRAPHQL else 200
    if isinstance(error, Malformed):
        return error.status
    return STATUS.get(error.code, 400) if isinstance(error, DomainError) else 500


def _headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, Malformed):
        return error.headers
    return HEADERS.get(error.code, {}) if isinstance(error, DomainError) else {}
