"""What a process needs to tell other systems of what happens."""

from dataclasses import dataclass
from typing import Any, Protocol

from adapters.outbound import Outbound
from auth.sealing import Seal
from domain.events import Event


class Payloads(Protocol):
    """Answers GraphQL selections of events."""

    def problems(self, selection: str) -> list[str]:
        """What is wrong with a selection; nothing where it can be used."""
        ...

    async def data(self, selection: str, event: Event, context: Any) -> bytes:
        """The selected facts as JSON, as the one may see them whose context it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is needed to tell other systems."""

    outbound: Outbound
    payloads: Payloads
    secrets: Seal
    plain_allowed: bool
    """Whether addresses may be private or without TLS: in development only."""
