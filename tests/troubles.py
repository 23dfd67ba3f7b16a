"""What the process would write into its log in alarm: hostile input may never make it do so."""

import gc
import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

ALARMING = ("error", "critical", "exception")


@contextmanager
def troubles() -> Iterator[list[str]]:
    """Collects errors and tracebacks, ours and the libraries', of the whole process."""
    gc.collect()  # what others left behind is not of this server
    found: list[str] = []
    before = structlog.get_config()
    watcher = _Watcher(found)
    logging.getLogger().addHandler(watcher)
    structlog.configure(processors=[_noting(found)])
    try:
        yield found
    finally:
        structlog.configure(**before)
        logging.getLogger().removeHandler(watcher)


class _Watcher(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self._found.append(logging.Formatter().format(record))


def _noting(found: list[str]) -> structlog.typing.Processor:
    def note(_logger: Any, name: str, event: MutableMapping[str, Any]) -> Any:
        if name in ALARMING or event.get("exc_info"):
            found.append(repr(dict(event)))
        raise structlog.DropEvent

    return note
