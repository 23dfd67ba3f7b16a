"""What every mutation takes besides its own input, and how it is then carried out."""

from dataclasses import dataclass
from typing import Annotated

from engine.operations import Parts, Run
from resolvers.context import Context
from resolvers.effects import Effects, effects_of
from resolvers.repeating import once


@dataclass(frozen=True, slots=True)
class Options:
    """How to carry out a mutation."""

    idempotency_key: Annotated[
        str | None,
        "Makes it safe to send this again: whoever repeats the same input under the same key"
        " within 24 hours gets the first answer, and nothing is done twice. Choose a new key, such"
        " as a UUID, for everything that is to be done.",
    ] = None
    dry_run: Annotated[
        bool,
        "Tries it without doing it: the answer and the errors are those that it would have, and"
        " `effects` tells what would come of it.",
    ] = False


async def carry_out(
    ctx: Context, run: Run, options: Options, command: object
) -> tuple[Parts, Effects | None]:
    """The parts of the payload; with the effects where it was only tried."""
    if options.dry_run:
        return await _tried(ctx, run)
    if options.idempotency_key is not None:
        return await once(ctx, run, options.idempotency_key, command), None
    return await run(ctx), None


async def _tried(ctx: Context, run: Run) -> tuple[Parts, Effects]:
    """Nothing of it stays; but until the answer is complete, it is read as if it had been done."""
    session = await ctx.held.begin_trial(ctx.database, ctx.caller)
    try:
        parts = await run(ctx)
        return parts, await effects_of(ctx, session, ctx.held.events)
    except BaseException:
        await ctx.settle()
        raise
