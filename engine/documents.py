"""Parses and validates documents, and remembers the good ones."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import OverlappingFieldsCanBeMergedRule
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from engine.errors import BAD_USER_INPUT, QUERY_TOO_COMPLEX, refusal, reject
from engine.limits import check_numbers, check_shape
from engine.recent import Recent
from engine.traits import Traits, traits

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema
    from graphql.validation import ASTValidationRule, ValidationContext

    from engine.limits import Limits

ERRORS: Final = 5
OVERLAP_BUDGET: Final = 50_000
CACHED_DOCUMENTS: Final = 1_000
CACHED_BYTES: Final = 64 * 2**20
BYTES_A_TOKEN: Final = 600
"""Measured: a parsed document takes 350 to 560 bytes a token."""

ESTIMATES: Final = 8
TOO_LONG_TO_PARSE: Final = ("Document contains more than", "Document is nested too deeply")


class OverlappingFields(OverlappingFieldsCanBeMergedRule):
    """The standard rule with a tenth of its budget: half a second a document is too much."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = OVERLAP_BUDGET


RULES: Final[tuple[type[ASTValidationRule], ...]] = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    OverlappingFields,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
Passed = deque[dict[str, Any]]


def _passed() -> Passed:
    return deque(maxlen=ESTIMATES)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document; its operations are within the limits that need no variables."""

    operations: tuple[OperationDefinitionNode, ...]
    fragments: dict[str, FragmentDefinitionNode]
    details: dict[str, FragmentDetails]
    traits: Traits
    weight: int
    passed: defaultdict[str | None, Passed] = field(default_factory=lambda: defaultdict(_passed))
    """By operation, the variables with which its estimate was within the limits of late."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of that name, or the only one there is."""
        if name is not None:
            return self._named(name)
        if len(self.operations) == 1:
            return self.operations[0]
        if self.operations:
            raise reject([_bad("The document has several operations: say which by operationName.")])
        raise reject([_bad("The document has no operation.")])

    def _named(self, name: str) -> OperationDefinitionNode:
        for operation in self.operations:
            if operation.name and operation.name.value == name:
                return operation
        raise reject([_bad(f"The document has no operation named '{name}'.")])


class Documents:
    """Documents by their text, the least recently used forgotten first."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool, suggestions: bool
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not suggestions
        self._recent: Recent[str, Document] = Recent(most=CACHED_DOCUMENTS, bytes=CACHED_BYTES)

    @property
    def count(self) -> int:
        return len(self._recent)

    @property
    def weight(self) -> int:
        """Roughly the bytes that the remembered documents take."""
        return self._recent.weight

    def get(self, query: str) -> Document:
        """The valid document of that text; raises Rejected."""
        document = self._recent.get(query)
        if document is None:
            document = self._read(query)
            self._recent.keep(query, document, document.weight)
        return document

    def _read(self, query: str) -> Document:
        size = len(query.encode(errors="surrogatepass"))
        if size > self._limits.document_bytes:
            raise reject([_too_long(size, self._limits.document_bytes)])
        node = self._parse(query)
        tokens = check_numbers(node)
        document = _document(node, size + tokens * BYTES_A_TOKEN)
        check_shape(node, document.fragments, self._limits)
        self._validate(node)
        return document

    def _parse(self, query: str) -> DocumentNode:
        tokens = self._limits.tokens
        try:
            return parse(query, max_lexical_tokens=tokens, max_comments=tokens)
        except GraphQLError as error:
            raise reject([_syntax_error(error)]) from None

    def _validate(self, node: DocumentNode) -> None:
        errors = validate(
            self._schema,
            node,
            self._rules,
            max_errors=ERRORS,
            hide_suggestions=self._hide_suggestions,
        )
        if errors:
            raise reject(map(_validation_error, errors))


def _document(node: DocumentNode, weight: int) -> Document:
    operations = tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    details = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
    return Document(operations, fragments, details, traits(node), weight)


def _bad(message: str) -> GraphQLError:
    return refusal(BAD_USER_INPUT, message)


def _too_long(size: int, limit: int) -> GraphQLError:
    message = f"The document is {size} bytes long; at most {limit} are allowed."
    return refusal(QUERY_TOO_COMPLEX, message)


def _syntax_error(error: GraphQLError) -> GraphQLError:
    message = error.message.removeprefix("Syntax Error: ")
    if message.startswith(TOO_LONG_TO_PARSE):
        return _with(error, message.removesuffix(" Parsing aborted."), QUERY_TOO_COMPLEX)
    return error


def _validation_error(error: GraphQLError) -> GraphQLError:
    if isinstance(error, ValidationAbortedError) and error.message == "Validation aborted.":
        message = "The document repeats or nests too many fields and fragments to be checked."
        return _with(error, message, QUERY_TOO_COMPLEX)
    return error


def _with(error: GraphQLError, message: str, code: str) -> GraphQLError:
    extensions: dict[str, Any] = {"code": code}
    return GraphQLError(message, error.nodes, error.source, error.positions, extensions=extensions)
