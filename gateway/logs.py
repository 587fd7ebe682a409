"""Logs: JSON lines on standard error, one event a line, in which only allow-listed fields of the event's stream can
appear.

* An event is a code such as `batch-taken`, never a sentence made from data; text that is no code is replaced. Its number stands beside it
  (`gateway.audit.event_ids`).
* One processor drops every field that the stream does not list and says how many it dropped; values are numbers,
  booleans or short codes.
* What libraries log keeps its logger's name, its level and the kind of an exception. Its text is dropped: it may quote
  anything.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from gateway.audit.event_ids import LOG_IDS

Event = MutableMapping[str, Any]

ALWAYS = frozenset({"event", "level", "at", "stream"})
ADDED = frozenset({"id", "dropped"})
"""What no caller gives: the event's number, and how many fields were dropped."""

ALLOWED: dict[str, frozenset[str]] = {
    "operations": frozenset(
        {
            "worker",
            "count",
            "wait_seconds",
            "fault",
            "channel",
            "connector",
            "host",
            "port",
            "mode",
            "version",
            "library",
            "signal",
            "digest",
            "dead_letter",
            "outcome",
            "kind",
            "status",
        }
    ),
    "security": frozenset({"connector", "key_id", "fault", "route", "status", "kind", "count"}),
}
_CODE = re.compile(r"[A-Za-z0-9/][A-Za-z0-9 ._:/-]{0,79}")
UNLISTED = "unlisted-event"


def configure(level: str, output: TextIO | None = None) -> None:
    """Send this process's logs to `output` (standard error), at this level and above."""
    target = output or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            keep_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(logging.WARNING)


def operations() -> Any:
    """The stream about how the gateway runs."""
    return structlog.get_logger().bind(stream="operations")


def security() -> Any:
    """The stream about who was turned away."""
    return structlog.get_logger().bind(stream="security")


def keep_allowed(logger: object, method: str, event: Event) -> Event:
    """The processor: drops what the event's stream does not list, and every value that is not a number, a boolean or a
    short code."""
    event.setdefault("stream", "operations")
    stream = event["stream"]
    allowed = ALWAYS | ALLOWED.get(stream if isinstance(stream, str) else "", frozenset())
    kept = {name: value for name, value in event.items() if name in allowed and is_plain(value)}
    if not isinstance(kept.get("event"), str):
        kept["event"] = UNLISTED
    if dropped := len(event) - len([name for name in event if name in kept]):
        kept["dropped"] = dropped
    if number := LOG_IDS.get(str(stream), {}).get(kept["event"]):
        kept["id"] = number
    return kept


def is_plain(value: object) -> bool:
    """Whether a value is a number, a boolean or a short code."""
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    return isinstance(value, bool | int | float)


class _LibraryHandler(logging.Handler):
    """Turns a library's log record into an event without its text."""

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "none"
        level = "warning" if record.levelno < logging.ERROR else "error"
        getattr(operations(), level)("library-log", library=record.name, fault=fault)
