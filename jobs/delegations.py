"""Delegations begin and end in their time."""

from uuid import UUID

from domain.ids import DelegationId
from jobs.registry import job
from resolvers import delegations
from resolvers.context import Context


@job("delegations.begin")
async def begin(ctx: Context, delegation: str) -> None:
    """Hand over what waits, unless the delegation has ended before."""
    await delegations.begin(ctx, DelegationId(UUID(delegation)))


@job("delegations.end")
async def end(ctx: Context, delegation: str) -> None:
    """Note the end, unless somebody has ended it before."""
    await delegations.run_out(ctx, DelegationId(UUID(delegation)))
