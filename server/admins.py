"""The platform's first administrator is made on the command line; they make the others."""

from db.models import User
from domain.errors import Invalid
from resolvers import accounts
from server.errors import OperatorError
from server.settings import Settings
from server.wiring import open_resources


async def create_admin(settings: Settings, email: str, password: str, name: str) -> User:
    """A platform administrator, new or made of the account that has the address.

    Raises OperatorError for an address, a name or a password that will not do.
    """
    first, _, last = name.strip().partition(" ")
    async with open_resources(settings) as resources:
        ctx = await resources.open(None, request_id="create-admin", ip="", user_agent="")
        try:
            return await accounts.make_admin(
                ctx, accounts.Register(email, password, first, last or first)
            )
        except Invalid as invalid:
            raise OperatorError(f"That {invalid.path[0]} will not do", invalid.message) from None
