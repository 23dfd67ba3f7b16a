"""docs/permissions.md: who may do what, with tables that are read off the code."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from auth.access import (
    AUTHENTICATED,
    OWNER,
    OWNER_OR_ADMIN,
    PARTICIPANT,
    PLATFORM_ADMIN,
    PUBLIC,
    Access,
)
from domain.actions import Action
from domain.permissions import GRANTS, Permission, Role
from domain.seeing import SEEN_WITH
from server import permission_matrix as matrix
from server.permission_matrix import KINDS, Kind, Outcome

PROSE = Path(__file__).parent / "permissions.md"
CELLS = {
    Outcome.DONE: "✓",
    Outcome.UNAUTHENTICATED: "sign in",
    Outcome.FORBIDDEN: "no",
    Outcome.NOT_FOUND: "unseen",
}
LEVELS = {
    PUBLIC: "everybody who sees the object; at a root, everybody",
    AUTHENTICATED: "everybody who is signed in",
    OWNER: "the person whose account it is, in person: no access token; at a root, nobody who"
    " impersonates them either",
    OWNER_OR_ADMIN: "the person whose account it is, but for their access tokens; and"
    " administrators of the platform",
    PARTICIPANT: "everybody who is signed in; which rows there are depends on who asks",
    PLATFORM_ADMIN: "administrators of the platform",
}


def page() -> str:
    """The page in Markdown, the same on every machine."""
    tables = {
        "levels": _levels(),
        "roles": _roles(),
        "callers": _table(("caller", "is"), ((f"{k.name}", k.description) for k in KINDS)),
        "queries": _matrix(matrix.QUERIES, matrix.of_query),
        "subscriptions": _matrix(matrix.SUBSCRIPTIONS, matrix.of_subscription),
        "mutations for everybody": _mutations(PUBLIC),
        "mutations in person": _mutations(OWNER),
        "mutations for administrators": _mutations(PLATFORM_ADMIN),
        "mutations with a permission": _mutations(None),
        "ownership": _ownership(),
        "seeing": _seeing(),
        "fields": _fields(),
    }
    text = PROSE.read_text("utf-8")
    for name, table in tables.items():
        text = text.replace(f"<!-- {name} -->\n", table)
    return text


def _levels() -> str:
    rows = [(access.name, told) for access, told in LEVELS.items()]
    named = ("a permission", "members whose role has it in the organisation of the object")
    return _table(("level", "lets pass"), [*rows, named])


def _roles() -> str:
    roles = list(reversed(Role))
    return _table(
        ("permission", *(role.value for role in roles)),
        (
            (each.name, *("✓" if each in GRANTS[role] else "" for role in roles))
            for each in Permission
        ),
    )


def _matrix(roots: dict[str, Access], outcome: Callable[[str, Kind], Outcome]) -> str:
    return _table(
        ("", "needs", *(kind.name for kind in KINDS)),
        (
            (f"`{name}`", access.name, *(CELLS[outcome(name, kind)] for kind in KINDS))
            for name, access in sorted(roots.items())
        ),
    )


def _mutations(level: Access | None) -> str:
    """Those of a level; without one, those that need a permission."""
    roots = matrix.MUTATIONS.items()
    found = {
        name: access
        for name, access in roots
        if access is level or (level is None and access.permission)
    }
    return _matrix(found, matrix.of_mutation)


def _ownership() -> str:
    return _table(
        ("mutation", "who else may", "told to the others", *(kind.name for kind in KINDS)),
        (
            (
                f"`{name}` of others",
                own.others.name if own.others else "nobody",
                own.only,
                *(CELLS[matrix.of_mutation(name, kind, others=True)] for kind in KINDS),
            )
            for name in sorted(matrix.of_others())
            if (action := matrix.action_of(name)) and (own := action.rule.own)
        ),
    )


def _seeing() -> str:
    return _table(
        ("a thing of the type", "is seen with", "and what can be done to it"),
        (
            (f"`{entity}`", needed.name if needed else "being concerned", _actions_of(entity))
            for entity, needed in sorted(SEEN_WITH.items())
        ),
    )


def _actions_of(entity: str) -> str:
    return ", ".join(action.name for action in Action if action.rule.entity == entity) or "nothing"


def _fields() -> str:
    alike: dict[tuple[str, str], list[str]] = {}
    for (type_name, field), access in matrix.guarded().items():
        alike.setdefault((type_name, access.name), []).append(field)
    return _table(
        ("of the type", "fields", "needs", *(kind.name for kind in KINDS)),
        (
            (f"`{type_name}`", ", ".join(sorted(fields)), level, *_cells(type_name, fields[0]))
            for (type_name, level), fields in sorted(alike.items())
        ),
    )


def _cells(type_name: str, field: str) -> Iterator[str]:
    is_own = matrix.guarded()[type_name, field] in (OWNER, OWNER_OR_ADMIN)
    for kind in KINDS:
        others = matrix.of_field(type_name, field, kind)
        own = matrix.of_field(type_name, field, kind, own=True)
        is_only_own = is_own and own is Outcome.DONE and others is not Outcome.DONE
        yield "own" if is_only_own else CELLS[others]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join([_line(*head), _line(*["---"] * len(head)), *(_line(*row) for row in rows)])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
