"""What administrators of the platform see of accounts, and do to them."""

from datetime import datetime
from typing import Annotated

from auth.access import PLATFORM_ADMIN, PUBLIC
from db import account_lists
from db.administration import AccountFilter, AccountOrder
from engine.connections import Connection
from engine.types import record
from resolvers import administration, impersonation
from schema.accounts import User
from schema.building import connected, mutation

_IMPERSONATION = {
    "user": Annotated[User, "In whose place you act; null where `errors` say why in nobody's."],
    "access_token": Annotated[
        str, "For the header `Authorization: Bearer …` of what is done in their place. Shown once."
    ],
    "access_token_expires_at": Annotated[datetime, "When it ends by itself."],
}


@record("Everybody's accounts.", access=PUBLIC)
class AdministrationQueries:
    users: Connection[User] | None = connected(
        account_lists.accounts_of_everybody,
        on=None,
        filter=AccountFilter,
        order=AccountOrder,
        description="Everybody's accounts, newest first unless ordered otherwise; deleted ones"
        " only where their status is asked for.\n\nWho may: " + PLATFORM_ADMIN.description,
        access=PLATFORM_ADMIN,
    )


@record("Everybody's accounts.", access=PUBLIC)
class AdministrationMutations:
    create_user = mutation(administration.create, returns={"user": User}, access=PLATFORM_ADMIN)
    update_user = mutation(administration.update, returns={"user": User}, access=PLATFORM_ADMIN)
    suspend_user = mutation(administration.suspend, returns={"user": User}, access=PLATFORM_ADMIN)
    reinstate_user = mutation(
        administration.reinstate, returns={"user": User}, access=PLATFORM_ADMIN
    )
    set_platform_role = mutation(
        administration.set_platform_role, returns={"user": User}, access=PLATFORM_ADMIN
    )
    impersonate = mutation(impersonation.impersonate, returns=_IMPERSONATION, access=PLATFORM_ADMIN)
