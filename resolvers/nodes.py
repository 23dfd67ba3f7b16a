"""Anything by its id."""

from typing import Annotated, Any

from db import loaders
from domain.errors import BadInput, NotFound, Reference
from resolvers.context import Context

MOST_IDS = 100


async def node(ctx: Context, id: Annotated[Reference, "The id, as you received it."]) -> Any:
    """The thing with this id; NOT_FOUND for what there is not or what you may not see."""
    found = await ctx.loaders.load(loaders.anything.load, id)
    if found is None:
        raise NotFound("There is no such thing.", ("id",))
    return found


async def nodes(
    ctx: Context, ids: Annotated[tuple[Reference, ...], "Up to 100 ids, as you received them."]
) -> list[Any]:
    """The things with these ids, in the same order; null for what there is not or what you may
    not see.
    """
    if len(ids) > MOST_IDS:
        raise BadInput(f"Ask for at most {MOST_IDS} ids at a time; these are {len(ids)}.")
    return [await found for found in [ctx.loaders.load(loaders.anything.load, id) for id in ids]]
