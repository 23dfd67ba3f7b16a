"""What clients are told when something goes wrong, and what is kept from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from graphql import GraphQLError, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql.language import Node

BAD_USER_INPUT: Final = "BAD_USER_INPUT"
QUERY_TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"
UNAVAILABLE: Final = "UNAVAILABLE"
INTERNAL: Final = "INTERNAL"

MESSAGE_LENGTH: Final = 300
LOCATIONS: Final = 10
FAULT: Final = "Something went wrong on our side. Quote the request id when you report it."

log = structlog.get_logger(__name__)

_foreign_text = re.compile(r", but encountered error '.*?'; found", re.DOTALL)


class Rejected(Exception):
    """A request that was refused before execution; `errors` are formatted for the client."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


def refusal(code: str, message: str, *nodes: Node) -> GraphQLError:
    """An error the client can act on, at the given places of its document."""
    return GraphQLError(message, list(nodes), extensions={"code": code})


def reject(errors: Iterable[GraphQLError]) -> Rejected:
    """The refusal of a request for errors that are all the client's own."""
    return Rejected([_clients(error, _root_cause(error)) for error in errors])


class Mask(NamedTuple):
    """Formats errors of an execution; faults are logged and replaced by the request's id."""

    public: tuple[type[Exception], ...]

    def format(self, errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
        """Formatted errors in order; an exception behind several of them is logged once."""
        formatted = []
        logged: set[int] = set()
        for error in errors:
            cause = _root_cause(error)
            if isinstance(cause, self.public):
                formatted.append(_public(error, cause))
            elif _is_clients(error, cause):
                formatted.append(_clients(error, cause))
            else:
                if id(cause) not in logged:
                    log.error("fault", request_id=request_id, path=error.path, exc_info=cause)
                logged.add(id(cause))
                formatted.append(_fault(error, request_id))
        return formatted


def _root_cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_clients(error: GraphQLError, cause: Exception) -> bool:
    """Arguments that fail to coerce know the value's node; faults of resolvers do not."""
    return isinstance(cause, GraphQLError) and (
        cause is error
        or "code" in (cause.extensions or {})
        or isinstance(cause, StrawberryInputCoercionError)
        or any(isinstance(node, ValueNode) for node in cause.nodes or ())
    )


def _public(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    details = getattr(cause, "details", None) or {}
    return _entry(error, str(cause), {"code": getattr(cause, "code", BAD_USER_INPUT), **details})


def _clients(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    message = error.message
    if type(cause) is not ValueError and not isinstance(cause, GraphQLError):
        message = _foreign_text.sub(", found", message)
    return _entry(error, message, {"code": BAD_USER_INPUT, **(error.extensions or {})})


def _fault(error: GraphQLError, request_id: str) -> dict[str, Any]:
    return _entry(error, FAULT, {"code": INTERNAL, "requestId": request_id})


def _entry(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": _shortened(message)}
    if error.locations:
        entry["locations"] = [place.formatted for place in error.locations[:LOCATIONS]]
    if error.path:
        entry["path"] = error.path
    entry["extensions"] = extensions
    return entry


def _shortened(message: str) -> str:
    """Short enough to send, and of characters that can be sent."""
    short = message if len(message) <= MESSAGE_LENGTH else message[: MESSAGE_LENGTH - 1] + "…"
    return short.encode(errors="replace").decode()
