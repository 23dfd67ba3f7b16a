"""How people get accounts at a server that runs by itself."""

from argon2 import PasswordHasher

from db.database import Database
from db.models import User, new_id
from tests.world import PASSWORD

# Whoever signs in with it gets a hash as the server makes them.
_HASHED = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


async def given_account(database_url: str, email: str, first: str, last: str) -> None:
    """Somebody has an account without having asked for it, in less time than a mail takes."""
    database = Database(database_url, pool_size=1)
    try:
        async with database.transaction() as session:
            session.add(
                User(
                    id=new_id(),
                    email=email,
                    email_verified=True,
                    password_hash=_HASHED,
                    first_name=first,
                    last_name=last,
                )
            )
    finally:
        await database.close()
