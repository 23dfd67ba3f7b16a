"""Organisations, the people in them, and what each of them may do there."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from argon2.low_level import hash_secret
from argon2.profiles import RFC_9106_LOW_MEMORY as COST

from domain.accounts import UserStatus
from domain.permissions import GRANTS, Permission, PlatformRole, Role
from server.seeding.bench import words
from server.seeding.bench.draws import chance, later, uuid7
from server.seeding.bench.rows import Row, history

PASSWORD = "correct horse battery staple"  # noqa: S105 - the published password of invented people
ROLES = (
    *(Role.ADMIN, Role.MANAGER, Role.MANAGER),
    *(Role.EDITOR,) * 8,
    *(Role.APPROVER,) * 5,
    *(Role.VIEWER,) * 4,
)
"""The roles of every twenty members."""

_SALT = b"imprimatur bench"
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o"})
_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Staff:
    """An organisation as a sender of mail, and its members by what they may do."""

    organization_id: UUID
    slug: str
    name: str
    address: str
    writers: list[UUID]
    deciders: list[UUID]
    commenters: list[UUID]

    @classmethod
    def of(cls, organization: Row, address: str, members: Sequence[Row]) -> "Staff":
        return cls(
            organization["id"],
            organization["slug"],
            organization["name"],
            address,
            _holding(Permission.TEMPLATE_WRITE, members),
            _holding(Permission.APPROVAL_DECIDE, members),
            _holding(Permission.COMMENT_WRITE, members),
        )


def _holding(permission: Permission, members: Sequence[Row]) -> list[UUID]:
    return [member["user_id"] for member in members if permission in GRANTS[member["role"]]]


def address_of(first_name: str, last_name: str, number: int) -> str:
    """The e-mail address of the `number`th person: `ada.lovelace.1@example.com` is the first."""
    plain = f"{first_name}.{last_name}".lower().translate(_UNDECOMPOSED)
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{letters}.{number}@example.com"


def password_hash() -> str:
    """The argon2id hash of everybody's password; always the same."""
    return hash_secret(
        PASSWORD.encode(),
        _SALT,
        time_cost=COST.time_cost,
        memory_cost=COST.memory_cost,
        parallelism=COST.parallelism,
        hash_len=COST.hash_len,
        type=COST.type,
    ).decode()


def organization(rng: Random, index: int, at: datetime) -> tuple[Row, str]:
    """The organisation and its postal address; names come again, numbered, after the last."""
    known = words.people().organizations
    slug, name, address = known[index % len(known)]
    again = index // len(known)
    found = {
        "id": uuid7(rng, at),
        "slug": f"{slug}-{again + 1}" if again else slug,
        "name": f"{name} {again + 1}" if again else name,
        "authors_may_approve": (index + 1) % 5 == 0,
        **history([at]),
    }
    return found, address


def user(rng: Random, index: int, password: str, at: datetime) -> Row:
    known = words.people()
    first_name = known.first_names[index % len(known.first_names)]
    last_name = known.last_names[index % len(known.last_names)]
    return {
        "id": uuid7(rng, at),
        "email": address_of(first_name, last_name, index + 1),
        "password_hash": password,
        "first_name": first_name,
        "last_name": last_name,
        "bio": rng.choice(known.bios),
        "locale": rng.choice(known.locales),
        "timezone": rng.choice(known.timezones),
        "platform_role": PlatformRole.USER,
        "status": UserStatus.ACTIVE,
        "email_verified": True,
        "last_login_at": later(rng, at, 700 * _DAY) if chance(rng, 0.9) else None,
        **history([at]),
    }


def membership(rng: Random, organization: Row, user: Row, place: int) -> Row:
    """The `place`th person to join gets the role whose turn it is; the first is ADMIN."""
    at = later(rng, user["created_at"], _DAY)
    return {
        "id": uuid7(rng, at),
        "organization_id": organization["id"],
        "user_id": user["id"],
        "role": ROLES[place % len(ROLES)],
        **history([at]),
    }
