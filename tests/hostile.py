"""Inputs that nobody sends who means well, for every scalar of the schema."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from graphql import NameNode, ObjectFieldNode, ValueNode
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from engine import ids

FITTING: Final = "@"
"""Stands for something that exists and fits where it stands: see `tests.scenes`."""

NEVER: Final = UUID("01890000-0000-7000-8000-000000000000")
STRANGE: Final = [
    "",
    " ",
    "\0",
    "before\0after",
    "\u202eredrum\u202c",
    "\ufeff\u200b\u200d",
    "e\u0301" * 300,
    "\u0130" * 200,
    "ﷺ" * 50,
    "\U0001d54f\U0001f3f3\ufe0f\u200d\U0001f308",
    "x" * 3_000,
    "x" * 10_000,
    "word " * 2_000,
    "'; DROP TABLE users; --",
    "%s %(name)s {0} \\x00 \\",
    "a & !b | (c",
    "{{ 1 | divided_by: 0 }}",
    "{% for i in (1..100000000) %}{{ i }}{% endfor %}",
    "{% include 'x' %}{{ a.b.c }}",
    "<mjml><mj-body><mj-text>Dear {{ first_name }}</mj-text></mj-body></mjml>",
    "<div>" * 200,
    "first_name",
    "acme-press",
    "Ada",
    "a quiet harbour at dawn",
    "ada@example.com",
    "ada@[127.0.0.1]",
    "a@" + "b" * 64 + ".example",
    "@xn--a.example",
    "https://[::1",
    "2026-02-30",
    "eyJhbGciOiJub25lIn0.e30.",
]
UNSPEAKABLE: Final = ["\ud800", "half \udfff of a pair"]
"""Texts that no document can hold, but variables can."""

MOMENTS: Final = [
    "2026-03-31T17:00:00+02:00",
    "2026-03-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "9998-12-31T24:00:00Z",
    "2026-W53-7",
    "2026-02-29T00:00:00Z",
    "2026-01-01T00:00:00+99:99",
    "\uff12\uff10\uff12\uff16-01-01",
    "now",
    "infinity",
    "0000-01-01",
]
BORDERS: Final = [
    -(2**63) - 1,
    -(2**63),
    -(2**31) - 1,
    -(2**31),
    -1,
    0,
    1,
    2,
    3,
    20,
    100,
    101,
    2**31 - 1,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
    10**400,
]
DEEP: Final = 120


def _id(entity: str) -> str:
    return ids.encode(entity, NEVER)


BROKEN_IDS: Final = [
    _id("Template"),
    _id("Session"),
    _id("Nonsense"),
    _id(""),
    _id("Template") + "=",
    _id("Template") + "\n",
    urlsafe_b64encode(b"Template:1").decode(),
    "Template:1",
    "====",
    "@",
    str(NEVER),
    "\uff21" * 4,
]


def _nested(depth: int) -> Any:
    value: Any = None
    for level in range(depth):
        value = {"in": value} if level % 2 else [value]
    return value


fitting = st.just(FITTING)
text = fitting | st.sampled_from(STRANGE) | st.text(st.characters(codec="utf-8"), max_size=20)
number = st.sampled_from(BORDERS) | st.integers()
small = st.integers(0, 5) | st.integers(1, 3) | st.sampled_from([-1, 20, 100, 2**31 - 1])
identity = st.one_of(*[fitting] * 5, st.sampled_from(BROKEN_IDS), text)
moment = st.one_of(*[st.datetimes().map(str)] * 3, st.sampled_from(MOMENTS))
scalar = st.none() | st.booleans() | number | st.floats(allow_nan=False) | text
json: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries({"first_name": scalar}),
    st.fixed_dictionaries({"amount": scalar, "currency": st.sampled_from(["EUR", [], {}, None])}),
    st.recursive(
        scalar,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=8,
    ),
    st.sampled_from([5, 50, DEEP]).map(_nested),
    st.lists(st.just(1), min_size=2_000, max_size=2_000),
)

unfit: st.SearchStrategy[Any] = st.sampled_from([*UNSPEAKABLE, *BORDERS, [], {}, None, True]) | json
"""For variables of whatever type."""


def node(value: Any) -> ValueNode:
    """A value as a document writes it."""
    if value is None:
        return nodes.Null
    if isinstance(value, list):
        return nodes.List([node(each) for each in value])
    if isinstance(value, dict):
        return _object(value)
    return _SCALARS[type(value)](value)


def _object(value: Mapping[str, Any]) -> ValueNode:
    named = {name: each for name, each in value.items() if name.isidentifier() and name.isascii()}
    return nodes.Object(
        [ObjectFieldNode(name=NameNode(value=key), value=node(each)) for key, each in named.items()]
    )


_SCALARS: Final[dict[type, Callable[[Any], ValueNode]]] = {
    bool: nodes.Boolean,
    int: nodes.Int,
    float: nodes.Float,
    str: nodes.String,
}
LITERALS: Final = {
    "String": text.map(node),
    "ID": identity.map(node),
    "Int": small.map(node),
    "DateTime": moment.map(node),
    "JSON": json.map(node),
    "Upload": text.map(node),
}
"""Strategies for `hypothesis_graphql`, by the names of scalars."""
