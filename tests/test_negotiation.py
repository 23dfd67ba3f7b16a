"""What an Accept header asks for."""

import pytest

from server.negotiation import EVENTS, GRAPHQL, JSON, Accept

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL};q=0.1, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENTS}, multipart/mixed", GRAPHQL),
        ("text/html, application/json;q=2, application/*;q=0.1", GRAPHQL),
        (BROWSER, JSON),
        ("application/JSON", JSON),
    ],
)
def test_the_media_type_is_negotiated(accept: str, answered: str) -> None:
    assert Accept(accept).json == answered


@pytest.mark.parametrize(
    ("accept", "query", "subscription"),
    [
        (EVENTS, True, True),
        (f"{GRAPHQL}, {JSON}, {EVENTS}", False, True),
        (f"{JSON};q=0.5, {EVENTS}", True, True),
        ("*/*", False, False),
        (f"{EVENTS};q=0, */*", False, False),
    ],
)
def test_events_are_sent_to_those_who_name_them(
    accept: str, query: bool, subscription: bool
) -> None:
    assert Accept(accept).streams("query") is query
    assert Accept(accept).streams("subscription") is subscription


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "x;q=1e9", ";"])
def test_what_is_not_named_is_not_acceptable(accept: str) -> None:
    assert Accept(accept).json is None
    assert not Accept(accept).events


@pytest.mark.parametrize(
    ("accept", "page"),
    [(BROWSER, True), ("*/*", False), (JSON, False), (f"text/html;q=0.1, {JSON}", False)],
)
def test_browsers_are_known_by_what_they_ask_for(accept: str, page: bool) -> None:
    assert Accept(accept).page is page
