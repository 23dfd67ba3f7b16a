"""How accounts are opened."""

from auth.access import PUBLIC
from engine.types import record
from resolvers import accounts
from schema.building import mutation
from schema.sessions import SIGNED_IN


@record("Accounts.", access=PUBLIC)
class RegistrationMutations:
    register = mutation(accounts.register, returns=SIGNED_IN, access=PUBLIC)
