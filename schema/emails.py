"""How addresses are confirmed, and changed."""

from typing import Annotated

from auth.access import OWNER, PUBLIC
from engine.types import record
from resolvers import emails
from schema.building import mutation
from schema.registration import ACCEPTED

_CONFIRMED = Annotated[
    str, "The address that is confirmed now, to sign in with; null where the token was not good."
]


@record("Addresses.", access=PUBLIC)
class EmailMutations:
    verify_email = mutation(emails.verify_email, returns={"email": _CONFIRMED}, access=PUBLIC)
    change_email = mutation(emails.change_email, returns={"accepted": ACCEPTED}, access=OWNER)
