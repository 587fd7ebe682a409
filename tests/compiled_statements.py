"""Lets every register of a test process share what SQLAlchemy has compiled, as the units of one register do anyway.

A statement is compiled once for each engine, and each test opens registers of its own: without this a fifth of the suite's work would be
compiling the same statements for the same two kinds of database.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.util import LRUCache

MOST = 5_000


def shared(create_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    """`create_engine`, whose engines of one kind and one way to be made take over the dialect of the first that has connected."""
    dialects: dict[str, tuple[Any, Any]] = {}

    def create(url: URL, **options: Any) -> Engine:
        made = create_engine(url, **options)
        kind = url.drivername
        if kind in dialects:
            made.dialect, made._compiled_cache = dialects[kind]
            return made
        made._compiled_cache = LRUCache(MOST)
        # The first thing that is done on a connection is that the dialect learns about the server.
        event.listen(made, "connect", lambda *_: dialects.setdefault(kind, (made.dialect, made._compiled_cache)))
        return made

    return create
