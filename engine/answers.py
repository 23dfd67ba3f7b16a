"""What an execution comes to, and the bytes that it leaves as."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson


@dataclass(slots=True)
class Answer:
    """The result of an execution, its errors formatted and masked.

    In `data` may be moments that only `body` turns into text. `position` is that of the event
    which it answers, where that has one: a stream can be resumed after it.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    is_failure: bool = False
    """Whether it is what ended its subscription, and no answer to an event."""

    position: int | None = None
    _body: bytes | None = field(default=None, init=False, compare=False, repr=False)

    def body(self) -> bytes:
        """The answer as JSON, made once; `errors` only where there are any."""
        if self._body is None:
            self._body = self._encoded()
        return self._body

    def _encoded(self) -> bytes:
        content = {"data": self.data, "errors": self.errors} if self.errors else {"data": self.data}
        try:
            return orjson.dumps(content)
        except TypeError:
            # JSON has integers beyond 64 bits and lone surrogates, orjson has not.
            return json.dumps(content, default=_as_text).encode()


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
