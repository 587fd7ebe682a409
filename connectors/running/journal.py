"""Structured log lines, one JSON object each, on standard error. Only the fields listed here ever leave: everything else is dropped.

No client, no worker, no reference, no key: counts, names of sources and sinks as the settings call them, and sentences of our own.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        *(
            "event",
            "level",
            "timestamp",
            "connector",
            "agency",
            "source",
            "sink",
            "reading",
            "as_of",
            "problem",
            "reason",
            "count",
            "version",
        ),
        *(
            "read",
            "rejected",
            "skipped",
            "changes",
            "parcels",
            "delivered",
            "sent",
            "refused",
            "held",
            "mode",
            "pause_seconds",
            "digest",
        ),
    }
)


def only_listed(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {name: value for name, value in line.items() if name in FIELDS}


def journal(connector: str) -> structlog.typing.FilteringBoundLogger:
    """The log of one connector."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(connector=connector)
    return logger
