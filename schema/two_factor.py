"""Second factors."""

from datetime import datetime
from typing import Annotated

from auth.access import OWNER, PUBLIC
from engine.fields import attribute, computed
from engine.types import record
from resolvers import two_factor
from schema.accounts import User
from schema.building import mutation
from schema.sessions import SIGNED_IN


@record("What is asked for at sign-in besides the password.", access=PUBLIC)
class TwoFactor:
    enabled: bool = computed(
        lambda row: row.confirmed_at is not None,
        description="Whether it is asked for; false until it is confirmed.",
        needs=("confirmed_at",),
    )
    since: datetime | None = attribute("Since when it is asked for.", of="confirmed_at")
    recovery_codes_left: int = computed(
        lambda row: len(row.recovery_hashes),
        description="How many recovery codes were not used yet.",
        needs=("recovery_hashes",),
    )


_SECRET = Annotated[str, "In base32, to be typed into an authenticator. Shown this once."]
_URI = Annotated[str, "The same as `otpauth://…`, to be shown as a QR code."]
_CODES = Annotated[
    list[str], "Ten codes that are each good once in place of the authenticator. Shown this once."
]


@record("Second factors.", access=PUBLIC)
class TwoFactorMutations:
    enable_two_factor = mutation(
        two_factor.enable,
        returns={"user": User, "secret": _SECRET, "uri": _URI},
        access=OWNER,
    )
    confirm_two_factor = mutation(
        two_factor.confirm, returns={"user": User, "recovery_codes": _CODES}, access=OWNER
    )
    disable_two_factor = mutation(two_factor.disable, returns={"user": User}, access=OWNER)
    replace_recovery_codes = mutation(
        two_factor.replace_recovery_codes,
        returns={"user": User, "recovery_codes": _CODES},
        access=OWNER,
    )
    verify_two_factor = mutation(two_factor.verify, returns=SIGNED_IN, access=PUBLIC)
