"""How accounts are opened."""

from typing import Annotated

from auth.access import PUBLIC
from engine.types import record
from resolvers import registration
from schema.building import mutation

ACCEPTED = Annotated[
    bool,
    "True: whatever is to be mailed will be; null where it could not be asked for. It tells nothing"
    " of whether there is such an account.",
]


@record("Accounts.", access=PUBLIC)
class RegistrationMutations:
    register = mutation(registration.register, returns={"accepted": ACCEPTED}, access=PUBLIC)
    resend_verification = mutation(
        registration.resend_verification, returns={"accepted": ACCEPTED}, access=PUBLIC
    )
