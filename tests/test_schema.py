"""The rules that the schema keeps, whatever is added to it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    assert_object_type,
    get_named_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)
from strawberry.types.base import StrawberryObjectDefinition

from db.loaders import BY_ENTITY
from domain.ids import ENTITY_OF
from engine.types import fields_without_access
from schema import schema

SDL = Path(__file__).parent.parent / "schema.graphql"
SERVED: GraphQLSchema = schema._schema
OURS: list[GraphQLNamedType] = [
    type
    for type in SERVED.type_map.values()
    if not is_introspection_type(type) and not is_specified_scalar_type(type)
]
MUTATIONS = assert_object_type(SERVED.mutation_type).fields
ROOTS = [
    (str(root), name, field)
    for root in (SERVED.query_type, SERVED.mutation_type, SERVED.subscription_type)
    for name, field in assert_object_type(root).fields.items()
]
WITHOUT_VERSION = {
    "register": "asks for an account, which is not there yet",
    "resendVerification": "has a mail sent again",
    "verifyEmail": "a token is good once",
    "requestPasswordReset": "has a mail sent",
    "resetPassword": "a token is good once",
    "changePassword": "replaces a secret, which is itself the proof of being current",
    "changeEmail": "has a mail sent; what it is for takes the place of what was asked before",
    "createUser": "opens an account",
    "impersonate": "starts a session",
    "login": "starts a session",
    "refreshSession": "replaces a secret, which is itself the proof of being current",
    "logout": "ends a session, which has no other way to change",
    "createOrganization": "founds an organisation",
    "inviteMember": "adds an invitation",
    "acceptInvitation": "adds a membership; an invitation is good once",
    "leaveOrganization": "ends one's own membership, whatever was changed of it",
    "createRole": "adds a role",
    "createTeam": "adds a team",
    "addTeamMember": "adds somebody to a team, which stays as it is",
    "removeTeamMember": "takes somebody out of a team, which stays as it is",
    "createTemplate": "adds a template",
    "duplicateTemplate": "adds a template and leaves the copied one as it is",
    "createSnippet": "adds a snippet",
    "addComment": "adds a comment",
    "createWorkflow": "adds a workflow",
    "createDelegation": "adds a delegation",
    "createWebhook": "adds a webhook",
    "pingWebhook": "sends something and leaves the webhook as it is",
    "redeliverWebhook": "sends something again that is there and says for itself what became of it",
    "exportMyData": "hands out what there is and leaves it as it is",
    "deleteAccount": "ends an account, which has no other way to change after it",
    "enableTwoFactor": "sets up a secret, which has no effect until it is confirmed",
    "confirmTwoFactor": "turns something on, which its own secret proves to be current",
    "disableTwoFactor": "removes something, by a code that proves it to be current",
    "replaceRecoveryCodes": "replaces secrets, whatever they were",
    "verifyTwoFactor": "starts a session",
    "revokeSession": "ends a session, which has no other way to change",
    "revokeOtherSessions": "ends sessions",
    "endSessions": "ends sessions, and leaves the account as it is",
    "createAccessToken": "adds a token",
    "markNotificationsRead": "marks what is read, which nobody takes back",
}
NEVER_SHOWN = {"passwordHash", "currentHash", "previousHash", "tokenHash", "searchText", "search"}


def parts() -> Iterator[tuple[str, str, Any]]:
    """Where each named part of the schema is, its name, and the part itself."""
    for type in OURS:
        yield type.name, type.name, type
        for kind in ("fields", "values"):
            for name, part in getattr(type, kind, {}).items():
                yield f"{type.name}.{name}", name, part
                for argument, given in (getattr(part, "args", None) or {}).items():
                    yield f"{type.name}.{name}({argument}:)", argument, given


def objects() -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    for type in OURS:
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            yield type


def implements_node(type: GraphQLNamedType) -> bool:
    return isinstance(type, GraphQLObjectType) and "Node" in {i.name for i in type.interfaces}


def test_the_committed_schema_is_the_served_one() -> None:
    assert SDL.read_text() == schema.as_str() + "\n", "run `make schema`"


def test_everything_is_described() -> None:
    silent = [where for where, _, part in parts() if not (part.description or "").strip()]
    assert silent == []


def test_descriptions_are_written_for_clients() -> None:
    """No parameter lists, no types, no names of our modules."""
    inside = re.compile(r"ctx|Context\b|:param|domain\.|resolvers|SQL|asyncio|TODO")
    told = [where for where, _, part in parts() if inside.search(part.description or "")]
    assert told == []


def test_every_field_says_who_may() -> None:
    concrete = schema.schema_converter.type_map.values()
    types = [each.definition for each in concrete]
    assert fields_without_access(t for t in types if _is_output(t)) == []


def _is_output(definition: Any) -> bool:
    return isinstance(definition, StrawberryObjectDefinition) and not definition.is_input


def test_every_root_tells_clients_who_may() -> None:
    assert [name for _, name, field in ROOTS if "Who may: " not in (field.description or "")] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_one_input_and_answers_a_payload(name: str) -> None:
    field, named = MUTATIONS[name], name[0].upper() + name[1:]
    assert {each: str(given.type) for each, given in field.args.items()} == {
        "input": f"{named}Input!"
    }
    assert str(field.type) == f"{named}Payload!"
    payload = assert_object_type(get_named_type(field.type)).fields
    assert str(payload["errors"].type) == "[UserError!]!"
    assert len(payload) > 1
    assert not [
        each for each in payload if each != "errors" and is_non_null_type(payload[each].type)
    ]


def test_what_changes_an_entity_takes_the_version_it_supposes() -> None:
    def takes_version(name: str) -> bool:
        input = get_named_type(MUTATIONS[name].args["input"].type)
        assert isinstance(input, GraphQLInputObjectType)
        given = input.fields.get("ifVersion")
        return given is not None and str(given.type) == "Int"

    assert {name for name in MUTATIONS if not takes_version(name)} == set(WITHOUT_VERSION)


def test_entities_are_the_nodes() -> None:
    nodes = {type.name for type in OURS if implements_node(type)}
    assert nodes == {type.name for type in objects() if "id" in type.fields} - {"Node"}
    assert nodes == set(ENTITY_OF.values()) == set(BY_ENTITY)


def test_an_entity_that_changes_shows_its_version() -> None:
    for type in objects():
        if implements_node(type) and "updatedAt" in type.fields:
            assert str(type.fields["version"].type) == "Int!", type.name


def test_every_list_that_grows_is_paged_both_ways() -> None:
    paged = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
    for type in objects():
        for name, field in type.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                given = {each: str(field.args[each].type) for each in paged if each in field.args}
                assert given == paged, f"{type.name}.{name}"


def test_a_connection_has_the_shape_that_relay_expects() -> None:
    connections = [type for type in objects() if type.name.endswith("Connection")]
    assert connections
    for type in connections:
        row = type.name.removesuffix("Connection")
        shape = {name: str(field.type) for name, field in type.fields.items()}
        assert shape == {
            "nodes": f"[{row}!]!",
            "edges": f"[{row}Edge!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }
        edge = assert_object_type(SERVED.type_map[f"{row}Edge"]).fields
        assert {name: str(field.type) for name, field in edge.items()} == {
            "node": f"{row}!",
            "cursor": "String!",
        }


def test_only_bounded_lists_of_entities_are_no_connections() -> None:
    plain = {
        f"{type.name}.{name}"
        for type in objects()
        for name, field in type.fields.items()
        if implements_node(get_named_type(field.type))
        and "[" in str(field.type)
        and not type.name.endswith("Connection")
    }
    assert plain == {
        *("ApprovalWorkflow.stages", "ApprovalWorkflow.steps", "ApprovalWorkflow.checklist"),
        "ApprovalStage.steps",
        "WorkflowStage.approvers",
        *("MutationEffects.notified", "MutationEffects.webhooks"),
        "MutationEffects.voidedApprovals",
    }


def test_lists_hold_no_nulls() -> None:
    holed = [
        where
        for where, _, part in parts()
        if (type := getattr(part, "type", None)) is not None
        and re.search(r"\w\]", str(type))
        and where != "Query.nodes"
    ]
    assert holed == []


def test_names_follow_the_conventions_of_graphql() -> None:
    camel, pascal = re.compile(r"[a-z][a-zA-Z0-9]*\Z"), re.compile(r"[A-Z][a-zA-Z0-9]*\Z")
    shouting = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
    for where, name, part in parts():
        if isinstance(part, GraphQLNamedType):
            assert pascal.match(name), where
        elif isinstance(SERVED.type_map[where.partition(".")[0]], GraphQLEnumType):
            assert shouting.match(name), where
        else:
            assert camel.match(name), where


def test_inputs_are_named_for_what_they_do() -> None:
    names = [type.name for type in OURS if isinstance(type, GraphQLInputObjectType)]
    assert [name for name in names if not name.endswith(("Input", "Filter", "Order"))] == []


def test_nothing_that_only_we_may_know_has_a_field() -> None:
    shown = {where for where, name, _ in parts() if name in NEVER_SHOWN}
    assert shown == {"AccountFilter.search", "TemplateFilter.search"}


def test_deprecations_say_why_and_until_when() -> None:
    reasons = {where: getattr(part, "deprecation_reason", None) for where, _, part in parts()}
    dated = re.compile(r".{10,}\d{4}-\d{2}-\d{2}", re.DOTALL)
    assert [where for where, why in reasons.items() if why and not dated.search(why)] == []


def test_a_list_argument_is_never_a_bare_scalar() -> None:
    """`ids: [ID!]!` and its like: GraphQL would take a single value for a list of one."""
    for where, name, part in parts():
        if name == "ids":
            assert is_list_type(part.type.of_type), where
