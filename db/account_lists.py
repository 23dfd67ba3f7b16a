"""The lists of accounts, of where they are signed in, and of the tokens that act for them."""

from sqlalchemy import DateTime, and_, literal_column

from db import administration, visibility
from db.listings import NEWEST_FIRST, Age
from db.lists import Many
from db.models import AccessToken, Session, User

_NOW = literal_column("now()", DateTime(timezone=True))

accounts_of_everybody = administration.Accounts(
    User,
    User.everybody,
    visibility.accounts,
    administration.ORDERS,
    (administration.AccountOrderField.CREATED_AT, True),
    administration.CONDITIONS,
)
sessions_of_user = Many(
    Session,
    Session.user_id,
    and_(visibility.own_sessions, Session.revoked_at.is_(None), Session.expires_at > _NOW),
    {Age.CREATED_AT: Session.created_at},
    NEWEST_FIRST,
)
access_tokens_of_user = Many(
    AccessToken,
    AccessToken.user_id,
    visibility.access_tokens,
    {Age.CREATED_AT: AccessToken.created_at},
    NEWEST_FIRST,
)
access_tokens_of_organization = Many(
    AccessToken,
    AccessToken.organization_id,
    visibility.access_tokens,
    {Age.CREATED_AT: AccessToken.created_at},
    NEWEST_FIRST,
)
