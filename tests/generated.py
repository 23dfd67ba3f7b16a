"""Operations that somebody who knows the schema, and means no good, could send."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, queries

from tests import hostile
from tests.conformance import TYPENAME

PAGING: Final = frozenset({"first", "after", "last", "before"})
DIRECTIONS: Final = [{"first", "after"}, {"last", "before"}, {"first"}, set(), PAGING]


@dataclass(frozen=True)
class Generated:
    """A document and its variables; `@…` in them stands for something that exists."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)

    def on(self, things: dict[str, str]) -> "Generated":
        """The same, with what exists in place of what stands for it."""
        query = self.query
        for name, thing in things.items():
            query = query.replace(f'"{name}"', f'"{thing}"')
        return Generated(query, _replaced(self.variables, things))


@st.composite
def operations(draw: st.DrawFn, schema: GraphQLSchema) -> Generated:
    """A query or mutation of the schema that is valid but for what its arguments say."""
    root = draw(st.none() | st.sampled_from(_roots(schema)))
    document = visit(draw(_documents(schema, root)), Fit(draw))
    return _hoisted(document, Hoist(draw, TypeInfo(schema)))


@st.composite
def steered_queries(draw: st.DrawFn, schema: GraphQLSchema) -> Generated:
    """A query in which variables decide what is selected, and some of them are left out."""
    assert schema.query_type
    root = draw(st.none() | st.sampled_from(list(schema.query_type.fields)))
    document = visit(draw(_queries(schema, root)), Fit(draw))
    hoist = Steer(draw, TypeInfo(schema))
    made = _hoisted(document, hoist)
    left_out = {name for name in hoist.nullable if draw(st.integers(0, 3)) == 3}
    kept = {name: value for name, value in made.variables.items() if name not in left_out}
    return Generated(made.query, kept)


def _hoisted(document: DocumentNode, hoist: "Hoist") -> Generated:
    hoisted: DocumentNode = visit(document, TypeInfoVisitor(hoist.types, hoist))
    [operation] = hoisted.definitions
    assert isinstance(operation, OperationDefinitionNode)
    declared = replace(operation, variable_definitions=tuple(hoist.definitions))
    return Generated(print_ast(declared), hoist.values)


def _roots(schema: GraphQLSchema) -> list[str]:
    types = [each for each in (schema.query_type, schema.mutation_type) if each]
    return [name for type in types for name in type.fields]


@cache
def _documents(schema: GraphQLSchema, root: str | None) -> st.SearchStrategy[DocumentNode]:
    """Documents with that root field, or with any of them together."""
    roots = None if root is None else [root]
    return from_schema(
        schema, fields=roots, custom_scalars=hostile.LITERALS, print_ast=lambda made: made
    )


@cache
def _queries(schema: GraphQLSchema, root: str | None) -> st.SearchStrategy[DocumentNode]:
    """As `_documents`, of queries alone, whose texts mostly name what exists."""
    roots = None if root is None else [root]
    text = st.one_of(*[hostile.fitting] * 9, hostile.text).map(hostile.node)
    scalars = {**hostile.LITERALS, "String": text}
    return queries(schema, fields=roots, custom_scalars=scalars, print_ast=lambda made: made)


class Fit(Visitor):
    """Leaves each list with arguments that go together, mostly; says what is to fit where; and
    asks for the type of everything.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__()
        self._draw = draw

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        given = node.arguments or ()
        if not any(each.name.value in PAGING for each in given):
            return None
        unwanted = PAGING - self._draw(st.sampled_from(DIRECTIONS))
        return replace(node, arguments=tuple(a for a in given if a.name.value not in unwanted))

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        return replace(
            node, selections=(FieldNode(name=NameNode(value=TYPENAME)), *node.selections)
        )

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        return replace(node, value=_fitting(node.value, node.name.value))

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode:
        return replace(node, value=_fitting(node.value, node.name.value))


def _fitting(value: ValueNode, name: str) -> ValueNode:
    if isinstance(value, StringValueNode) and value.value == hostile.FITTING:
        return StringValueNode(value=f"@{name}")
    if isinstance(value, ListValueNode):
        return ListValueNode(values=tuple(_fitting(each, name) for each in value.values))
    return value


class Hoist(Visitor):
    """Moves arguments of the document into its variables; some become what they may not be."""

    def __init__(self, draw: st.DrawFn, types: TypeInfo) -> None:
        super().__init__()
        self._draw, self.types = draw, types
        self.definitions: list[VariableDefinitionNode] = []
        self.values: dict[str, Any] = {}
        self.nullable: set[str] = set()
        """The variables that may be left out."""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        type = self.types.get_input_type()
        if type is None or isinstance(node.value, VariableNode) or not self._draw(st.booleans()):
            return None
        return replace(node, value=self._variable(str(type), self._value(node)))

    def _variable(self, type: str, value: Any) -> VariableNode:
        name = f"v{len(self.definitions)}"
        variable = VariableNode(name=NameNode(value=name))
        self.definitions.append(VariableDefinitionNode(variable=variable, type=parse_type(type)))
        self.values[name] = value
        if not type.endswith("!"):
            self.nullable.add(name)
        return variable

    def _value(self, node: ArgumentNode) -> Any:
        if self._draw(st.integers(0, 11)) == 11:
            return self._draw(hostile.unfit)
        return value_from_ast_untyped(node.value)


class Steer(Hoist):
    """Leaves it to variables, and now and then to the document, what is selected."""

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        chosen = self._draw(st.integers(0, 15))
        names = {13: ["skip"], 14: ["include"], 15: ["include", "skip"]}.get(chosen)
        if names is None:
            return None
        return replace(node, directives=tuple(self._directive(name) for name in names))

    def _directive(self, name: str) -> DirectiveNode:
        yes = self._draw(st.booleans())
        by_variable = self._draw(st.booleans())
        value = self._variable("Boolean!", yes) if by_variable else BooleanValueNode(value=yes)
        argument = ArgumentNode(name=NameNode(value="if"), value=value)
        return DirectiveNode(name=NameNode(value=name), arguments=(argument,))


def _replaced(value: Any, things: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(each, things) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, things) for each in value]
    return things.get(value, value) if isinstance(value, str) else value
