"""How accounts end."""

from typing import Annotated

from auth.access import OWNER, PLATFORM_ADMIN, PUBLIC
from engine.types import record
from resolvers import erasure
from schema.accounts import User
from schema.building import mutation

_DELETED = Annotated[bool, "True once the account is gone; null where it could not be ended."]


@record("Accounts that end.", access=PUBLIC)
class ErasureMutations:
    delete_account = mutation(erasure.delete_account, returns={"deleted": _DELETED}, access=OWNER)
    delete_user = mutation(erasure.delete_user, returns={"user": User}, access=PLATFORM_ADMIN)
