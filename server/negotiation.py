"""Which media type a client wants its answer in (RFC 9110, section 12.5.1)."""

import re
from functools import cached_property, lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
PAGE = "text/html"

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_EXACT = 2
_LONGEST_KNOWN = 300


class Accept:
    """An `Accept` header; one that is missing or empty accepts everything."""

    def __init__(self, header: str | None) -> None:
        self._ranges = dict(_range(part) for part in (header or "*/*").split(","))

    @cached_property
    def json(self) -> str | None:
        """The JSON media type to answer in, or None if neither is accepted.

        A client that names both equally gets GraphQL's own; one that takes anything gets plain
        JSON, which is what clients older than GraphQL's own expect.
        """
        weight, _, _, media = max(self._candidate(media) for media in (GRAPHQL, JSON))
        return media if weight > 0 else None

    @cached_property
    def events(self) -> bool:
        """Whether the client names server-sent events: they are never sent unasked."""
        return self._exactly(EVENTS) > 0

    @cached_property
    def page(self) -> bool:
        """Whether this is a browser that came to see a page."""
        wanted = self._exactly(PAGE)
        return wanted > 0 and wanted >= max(self._exactly(JSON), self._exactly(GRAPHQL))

    def streams(self, kind: str) -> bool:
        """Whether an operation of this kind is answered by server-sent events."""
        if kind == "subscription" or self.json is None:
            return self.events
        return self.events and self._prefers_events

    @cached_property
    def _prefers_events(self) -> bool:
        return self._exactly(EVENTS) > max(self._weigh(JSON)[0], self._weigh(GRAPHQL)[0])

    def _candidate(self, media: str) -> tuple[float, int, bool, str]:
        weight, specificity = self._weigh(media)
        return weight, specificity, (media == GRAPHQL) == (specificity == _EXACT), media

    def _exactly(self, media: str) -> float:
        return self._ranges.get(media, 0.0)

    def _weigh(self, media: str) -> tuple[float, int]:
        for specificity, name in ((2, media), (1, f"{media.partition('/')[0]}/*"), (0, "*/*")):
            if name in self._ranges:
                return self._ranges[name], specificity
        return 0.0, -1


def accepts(header: str | None) -> Accept:
    """What the header asks for; of those that clients send all the time it is known already."""
    if header is not None and len(header) > _LONGEST_KNOWN:
        return Accept(header)
    return _known(header)


_known = lru_cache(maxsize=128)(Accept)


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weights = [value.strip() for key, _, value in map(_pair, parameters) if key == "q"]
    return media, _weight(weights[0]) if weights else 1.0


def _pair(parameter: str) -> tuple[str, str, str]:
    key, equals, value = parameter.partition("=")
    return key.strip(), equals, value


def _weight(text: str) -> float:
    """A weight as a number; one that is malformed accepts nothing."""
    return float(text) if _WEIGHT.fullmatch(text) else 0.0
