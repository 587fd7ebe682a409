"""A schema of this run's own in somebody's PostgreSQL, dropped at the end."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from deploy.demo.failure import DemoFailure

# Waiting for locks is bounded: at the end of the demo somebody is waiting for their prompt.
OPTIONS = "-c lock_timeout=15s -c statement_timeout=30s"


@contextmanager
def cleared_schema(url: str) -> Iterator[str]:
    """The URL with which everything stays in a new schema. Raises `DemoFailure`."""
    schema = f"patchwork_demo_{secrets.token_hex(4)}"
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    if not plain.startswith(("postgresql://", "postgres://")):
        raise DemoFailure("DATABASE must look like postgresql://user:password@host:5432/name")
    plain = plain.replace("postgres://", "postgresql://", 1)
    try:
        _run(plain, "CREATE SCHEMA {}", schema)
    except psycopg.Error as problem:
        raise DemoFailure(
            f"the database named by DATABASE cannot be used ({type(problem).__name__}): it must look like "
            "postgresql://user:password@host:5432/name, be reachable, and let that user create a schema"
        ) from None
    joint = "&" if "?" in plain else "?"
    try:
        yield f"{plain}{joint}options=-csearch_path%3D{schema}"
    finally:
        try:
            _run(plain, "DROP SCHEMA IF EXISTS {} CASCADE", schema)
        except psycopg.Error as problem:
            raise DemoFailure(
                f"the database went away ({type(problem).__name__}) before the demo's schema was dropped; "
                f"drop it yourself: DROP SCHEMA {schema} CASCADE"
            ) from None


def _run(url: str, statement: str, schema: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=10, options=OPTIONS) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(schema)))
