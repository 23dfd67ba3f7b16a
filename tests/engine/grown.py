"""Queries that reach far into the real schema and find something there, grown by chance."""

from random import Random
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from domain.actions import Action
from tests.generated import Generated

NODES: Final = "Template TemplateVersion ApprovalWorkflow ApprovalStep Comment User Membership"
PAGES: Final = (
    "",
    "first: 1",
    "first: 3",
    "last: 2",
    'first: 2, after: "@after"',
    'last: 3, before: "@before"',
    "first: $first",
    "last: $last",
    "first: $first, after: $after",
)
FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "TemplateFilter": (
        '{ search: "@search" }',
        "{ status: { in: [APPROVED, DRAFT] } }",
        '{ tags: { hasAny: ["@hasAny"] } }',
        '{ author: { in: ["@in"] } }',
        "{ status: { notIn: [$status] }, createdAt: { lt: $at } }",
        "{ category: null }",
    ),
    "ApprovalFilter": (
        "{ status: { in: [APPROVED, IN_PROGRESS] } }",
        '{ submitter: { in: ["@in"] } }',
        "{ createdAt: { gte: $at } }",
        "null",
    ),
    "AuditFilter": (
        "{ kind: { in: [TEMPLATE_CREATED, COMMENT_ADDED] } }",
        '{ actor: { in: ["@User"] }, occurredAt: { lt: $at } }',
        '{ subject: { in: ["@Template"] }, position: { gte: 2 } }',
        '{ entityType: { eq: "Template" } }',
    ),
    "CommentFilter": ("{ anchored: true }", "{ answers: false }", '{ step: "@ApprovalStep" }'),
    "DelegationFilter": ("{ ended: false }", '{ approver: { in: ["@User"] }, from: { gt: $at } }'),
    "DeliveryFilter": ("{ status: { notIn: [DEAD] } }", "{ createdAt: { lt: $at } }"),
    "InboxFilter": ("{ overdue: false }", '{ organization: "@Organization" }', "null"),
    "InvitationFilter": ("{ status: { in: [PENDING, EXPIRED] } }", "{ createdAt: { gte: $at } }"),
    "NotificationFilter": (
        "{ unread: true }",
        '{ kind: { in: [STEP_WAITING] }, organization: { in: ["@Organization"] } }',
    ),
    "WorkflowFilter": ("{ archived: false }", "{ isDefault: true }"),
}
ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "TemplateOrder": (
        "[{ field: NAME }]",
        "[{ field: CREATED_AT, direction: DESC }]",
        "[]",
        "null",
    ),
    "AuditOrder": ("[{ field: OCCURRED_AT }]", "[]", "null"),
}
VARIABLES: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "first": ("Int", (None, 1, 2, 5)),
    "last": ("Int", (None, 1, 2, 5)),
    "after": ("String", (None, "@after", "bad")),
    "status": ("TemplateStatus! = DRAFT", ("ARCHIVED", "DRAFT")),
    "at": ("DateTime", (None, "2026-01-01T00:00:00Z", "2024-05-01")),
    "yes": ("Boolean! = true", (True, False)),
    "no": ("Boolean! = false", (True, False)),
}
LEFT_OUT: Final = 0.3
ALIASED: Final = 0.1


class Grown:
    """Grows one query."""

    def __init__(self, schema: GraphQLSchema, chance: Random) -> None:
        self._schema, self._chance = schema, chance
        self._names = 0

    def query(self) -> Generated:
        """A query whose roots are things that exist, and its variables."""
        roots = [self._root() for _ in range(self._chance.randint(1, 2))]
        text = "\n".join(roots)
        used = [name for name in VARIABLES if f"${name}" in text]
        declared = ", ".join(f"${name}: {VARIABLES[name][0]}" for name in used)
        values = {name: self._chance.choice(VARIABLES[name][1]) for name in used}
        given = {n: value for n, value in values.items() if self._chance.random() > LEFT_OUT}
        return Generated(f"query {f'({declared})' if used else ''} {{ {text} }}", given)

    def _root(self) -> str:
        name = self._name()
        match self._chance.randint(0, 5):
            case 0:
                return f"{name}: viewer {self._selection('User', 3)}"
            case 1 | 2 | 3:
                return f'{name}: organization(slug: "@slug") {self._selection("Organization", 4)}'
            case 4:
                kind = self._chance.choice(NODES.split())
                return f'{name}: node(id: "@{kind}") {{ ... on {kind} {self._selection(kind, 4)} }}'
        ids = ", ".join(f'"@{kind}"' for kind in self._chance.choices(NODES.split(), k=4))
        return f"{name}: nodes(ids: [{ids}]) {self._selection('Node', 3)}"

    def _selection(self, name: str, depth: int) -> str:
        type = self._schema.type_map[name]
        if isinstance(type, GraphQLInterfaceType | GraphQLUnionType):
            return self._of_abstract(type, depth)
        assert isinstance(type, GraphQLObjectType)
        return f"{{ {self._fields(type, depth)} }}"

    def _of_abstract(self, type: GraphQLInterfaceType | GraphQLUnionType, depth: int) -> str:
        possible = list(self._schema.get_possible_types(type))
        chosen = self._chance.sample(possible, min(2, len(possible)))
        parts = [f"... on {each.name} {{ {self._fields(each, depth)} }}" for each in chosen]
        own = "id" if "id" in getattr(type, "fields", {}) else ""
        return f"{{ __typename {own} {' '.join(parts)} }}"

    def _fields(self, type: GraphQLObjectType, depth: int) -> str:
        leaves = [n for n, field in type.fields.items() if is_leaf_type(get_named_type(field.type))]
        inner = [name for name in type.fields if name not in leaves]
        few = self._chance.sample(leaves, min(len(leaves), self._chance.randint(0, 4)))
        if depth and inner:
            few += self._chance.choices(inner, k=self._chance.choice([1, 1, 1, 2]))
        self._chance.shuffle(few)
        grown = [self._field(n, type.fields[n], depth, few.count(n) > 1) for n in few]
        return " ".join(["__typename" if not grown else "", *grown])

    def _field(self, name: str, field: GraphQLField, depth: int, again: bool) -> str:
        alias = f"{self._name()}: " if again or self._chance.random() < ALIASED else ""
        type = get_named_type(field.type)
        passing = type.name.endswith(("Connection", "Edge", "PageInfo"))
        below = "" if is_leaf_type(type) else self._selection(type.name, depth - (not passing))
        return f"{alias}{name}{self._arguments(field)}{self._directive()} {below}"

    def _arguments(self, field: GraphQLField) -> str:
        given = []
        if "values" in field.args:
            given.append('values: {first_name: "Ada"}')
        if "action" in field.args:
            given.append(f"action: {self._chance.choice(list(Action)).name}")
        if "first" in field.args:
            given.append(self._chance.choice(PAGES))
        if "filter" in field.args and self._chance.random() < 0.5:
            kind = get_named_type(field.args["filter"].type).name
            given.append(f"filter: {self._chance.choice(FILTERS[kind])}")
        if "orderBy" in field.args and self._chance.random() < 0.5:
            order = get_named_type(field.args["orderBy"].type).name
            given.append(f"orderBy: {self._chance.choice(ORDERS[order])}")
        given = [each for each in given if each]
        return f"({', '.join(given)})" if given else ""

    def _directive(self) -> str:
        name = self._chance.choice(["@skip(if: $no)", "@include(if: $yes)", *[""] * 14])
        return f" {name}"

    def _name(self) -> str:
        self._names += 1
        return f"f{self._names}"
