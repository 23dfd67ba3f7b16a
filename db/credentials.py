"""Who is asking, by what they show: a session, or an access token."""

from collections.abc import Sequence

from db import access_tokens, sessions
from db.reads import Reads
from domain.actor import Actor
from domain.ids import AccessTokenId

Key = sessions.Key | AccessTokenId


async def actors(reads: Reads, keys: Sequence[Key]) -> dict[Key, Actor]:
    """Who they are; those whose session or token is good no more are left out.

    One statement for all sessions, and one for all tokens.
    """
    of_sessions = [key for key in keys if isinstance(key, tuple)]
    of_tokens = [key for key in keys if not isinstance(key, tuple)]
    found: dict[Key, Actor] = {}
    if of_sessions:
        found.update((await sessions.actors(reads, of_sessions)).items())
    if of_tokens:
        found.update((await access_tokens.actors(reads, of_tokens)).items())
    return found
