"""What auditors are shown: differences by their path, and never a secret."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.audit import MASK, SENSITIVE, changes, is_sensitive, masked, reference
from domain.errors import Reference

SECRETS = [
    *("password", "passwordHash", "password_hash", "PASSWORD", "newPassword"),
    *("token", "refreshToken", "token_hash", "accessTokens", "Token"),
    *("secret", "clientSecret", "webhook_secret", "secrets"),
    *("apiKey", "api_key", "APIKey", "signing-key", "privateKey", "private_key_pem"),
    *("Authorization", "cookie", "set-cookie", "recoveryCodes", "credentials"),
]
PLAIN = [
    *("email", "ip", "name", "status", "contentHash", "userAgent", "role", "key", "code"),
    *("position", "verdict", "comment", "secretary", "tokenizer", "passwords2go"[:4]),
]
names = some.sampled_from(["status", "name", "details", "token", "a", "b"])
values: Any = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=4),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
facts = some.none() | some.dictionaries(names, values, max_size=4)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_known_by_its_name_however_it_is_written(name: str) -> None:
    assert is_sensitive(name)
    assert masked({name: "hunter2"}) == {name: MASK}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_no_secret_is_shown(name: str) -> None:
    assert masked({name: "plain"}) == {name: "plain"}


def test_every_name_that_is_masked_has_a_reason() -> None:
    assert all(is_sensitive(name) and reason for name, reason in SENSITIVE.items())


def test_a_secret_is_masked_however_deep_it_is_and_whatever_it_is() -> None:
    told = {"webhooks": [{"url": "https://a.example", "secret": {"value": "s"}, "token": None}]}
    assert masked(told) == {
        "webhooks": [{"url": "https://a.example", "secret": MASK, "token": None}]
    }


def test_what_differs_is_told_by_its_path_and_nothing_else_is() -> None:
    before = {"name": "A", "settings": {"theme": "dark", "size": 1}, "tags": ["x"]}
    after = {"name": "A", "settings": {"theme": "light", "size": 1}, "tags": ["x", "y"], "n": 0}
    assert [(each.path, each.before, each.after) for each in changes(before, after)] == [
        (("n",), None, 0),
        (("settings", "theme"), "dark", "light"),
        (("tags",), ["x"], ["x", "y"]),
    ]


def test_a_secret_that_changed_is_seen_to_have_changed_and_not_how() -> None:
    [change] = changes({"tokenHash": {"a": "1"}}, {"tokenHash": {"a": "2"}})
    assert (change.path, change.before, change.after) == (("tokenHash",), MASK, MASK)
    assert changes({"token": "same"}, {"token": "same"}) == []


@given(facts, facts)
def test_changes_are_what_turns_before_into_after(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    found = changes(before, after)
    assert (found == []) is _is_same(before or {}, after or {})
    assert found == sorted(found, key=lambda change: change.path)
    for change in found:
        assert masked(_at(before, change.path), change.path[-1]) == change.before
        assert masked(_at(after, change.path), change.path[-1]) == change.after


def _is_same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether they say the same: what is null, or an empty object, says nothing."""
    return all(
        _is_same(before[name], after[name])
        if isinstance(before.get(name), dict) and isinstance(after.get(name), dict)
        else before.get(name) == after.get(name)
        for name in before.keys() | after.keys()
    )


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = (value or {}).get(step)
    return value


def test_a_reference_is_read_and_anything_else_is_none() -> None:
    id = UUID("01a1fede-6a23-7000-8000-000000000001")
    assert reference(f"Template:{id}") == Reference("Template", id)
    assert [reference(text) for text in ("", "Template", "Template:x", ":")] == [None] * 4
