"""Where log lines go and how they look: ours and the libraries' alike, on stderr."""

import logging
import sys
from contextvars import ContextVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.settings import Settings

CHATTY = ("alembic", "asyncio", "pgqueuer", "uvicorn")

request_id: ContextVar[str] = ContextVar("request_id")
"""Of the request that is being answered."""


def _with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    named = request_id.get(None)
    return event if named is None else {"request_id": named, **event}


EVERY_LINE: list[Processor] = [
    _with_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# The local variables of a traceback may be passwords and tokens.
WITHOUT_LOCALS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def configure(settings: Settings) -> None:
    """Log from now on as the settings say."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(settings))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(level if level < logging.INFO else logging.WARNING)
    structlog.configure(
        processors=[*EVERY_LINE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def _formatter(settings: Settings) -> structlog.stdlib.ProcessorFormatter:
    last: list[Processor] = (
        [
            structlog.processors.ExceptionRenderer(WITHOUT_LOCALS),
            structlog.processors.JSONRenderer(),
        ]
        if settings.log_format == "json"
        else [_for_people()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=EVERY_LINE,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
