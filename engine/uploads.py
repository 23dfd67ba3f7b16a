"""Files that come with an operation, after the GraphQL multipart request specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a client sent; it is known by what is in it, not by what it was called."""

    content: bytes = field(repr=False, compare=False)
    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Upload:
        return cls(content, len(content), sha256(content).hexdigest())


def _received(value: Any) -> Upload:
    if isinstance(value, Upload):
        return value
    raise GraphQLError("A file is sent as a part of a multipart request; here stands null for it.")


def _never_sent(value: Any) -> Any:
    raise GraphQLError("A file that was sent is not sent back.")


SCALARS: Mapping[object, ScalarDefinition] = {
    Upload: strawberry.scalar(
        name="Upload",
        description="A file, sent as a part of a request of the type `multipart/form-data`.",
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
        serialize=_never_sent,
        parse_value=_received,
    )
}
"""For the configuration of a schema."""
