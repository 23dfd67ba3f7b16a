"""Anything by its id."""

from typing import Annotated

from domain.errors import BadInput, NotFound, Reference
from resolvers.context import Context

MOST_IDS = 100


def node(ctx: Context, id: Annotated[Reference, "The id, as you received it."]) -> Reference:
    """The thing with this id; NOT_FOUND for what there is not or what you may not see."""
    return id


def absent() -> NotFound:
    return NotFound("There is no such thing.", ("id",))


def nodes(
    ctx: Context, ids: Annotated[tuple[Reference, ...], "Up to 100 ids, as you received them."]
) -> tuple[Reference, ...]:
    """The things with these ids, in the same order; null for what there is not or what you may
    not see.
    """
    if len(ids) > MOST_IDS:
        raise BadInput(f"Ask for at most {MOST_IDS} ids at a time; these are {len(ids)}.")
    return ids
