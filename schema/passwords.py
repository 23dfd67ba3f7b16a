"""How passwords are changed, and replaced when they are forgotten."""

from typing import Annotated

from auth.access import OWNER, PUBLIC
from engine.types import record
from resolvers import passwords
from schema.building import mutation
from schema.registration import ACCEPTED

_CHANGED = Annotated[
    bool, "True once the new password is the one to sign in with; null where nothing was changed."
]


@record("Passwords.", access=PUBLIC)
class PasswordMutations:
    request_password_reset = mutation(
        passwords.request_password_reset, returns={"accepted": ACCEPTED}, access=PUBLIC
    )
    reset_password = mutation(
        passwords.reset_password, returns={"password_changed": _CHANGED}, access=PUBLIC
    )
    change_password = mutation(
        passwords.change_password, returns={"password_changed": _CHANGED}, access=OWNER
    )
