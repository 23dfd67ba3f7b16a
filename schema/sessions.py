"""How people sign in, stay signed in and sign out."""

from datetime import datetime
from typing import Annotated

from auth.access import PUBLIC
from engine.types import record
from resolvers import sessions
from schema.accounts import User
from schema.building import mutation

SIGNED_IN = {
    "user": Annotated[User, "Who is signed in now; null where `errors` say why nobody is."],
    "access_token": Annotated[
        str,
        "For the header `Authorization: Bearer …`. Shown this once; null where a cookie keeps it.",
    ],
    "access_token_expires_at": Annotated[datetime, "Until when the access token is good."],
    "refresh_token": Annotated[
        str,
        "Keeps the session going: `refreshSession` takes it in exchange for the next. Null where a"
        " cookie keeps it.",
    ],
    "refresh_token_expires_at": Annotated[datetime, "Until when the refresh token is good."],
}

_SIGNED_OUT = Annotated[bool, "True once the session has ended; null where it could not be."]


@record("Sessions.", access=PUBLIC)
class SessionMutations:
    login = mutation(sessions.login, returns=SIGNED_IN, access=PUBLIC)
    refresh_session = mutation(sessions.refresh_session, returns=SIGNED_IN, access=PUBLIC)
    logout = mutation(sessions.logout, returns={"signed_out": _SIGNED_OUT}, access=PUBLIC)
