"""The engine's words, bound to this product's ids, errors and permissions."""

from functools import partial

from domain.errors import Invalid, Problem, Reference, UserError
from domain.ids import ENTITY_OF
from engine import connections, lookups, operations
from engine.inputs import Inputs, Path
from resolvers.options import Options, carry_out
from schema.effects import MutationEffects
from schema.errors import UserError as UserErrorType

inputs = Inputs(ENTITY_OF, Reference)


def _invalid(problems: list[tuple[Path, str]]) -> Invalid:
    return Invalid([Problem(path, message) for path, message in problems])


connected = partial(connections.connected, inputs=inputs)
answered = partial(operations.answered, inputs=inputs)
lookup = partial(lookups.lookup, inputs=inputs)
query = partial(operations.root, inputs=inputs)
subscription = partial(operations.stream, inputs=inputs)
mutation = operations.Mutations(
    inputs, UserError, _invalid, UserErrorType, Options, MutationEffects, carry_out
)
