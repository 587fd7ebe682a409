"""Fixtures for every test: the real servers, started lazily and once a session."""

import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.compiled_statements import shared
from tests.servers.postgresql import disposable_postgresql, postgresql, postgresql_url
from tests.servers.rabbitmq import disposable_rabbitmq, rabbitmq, rabbitmq_vhost
from tests.thorough import THOROUGH

__all__ = [
    "disposable_postgresql",
    "disposable_rabbitmq",
    "postgresql",
    "postgresql_url",
    "rabbitmq",
    "rabbitmq_vhost",
]

# The longest journeys are made by `make chaos` alone; each has a short form in the suite.
collect_ignore = [] if THOROUGH else ["chaos"]

# How fast examples are made or run says something of the machine's load, not of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Registers of this process share compiled statements."""
    from gateway.store import engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", shared(engine.create_engine))
        yield


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """A test that sets a program's logging up leaves none of it behind: its output is closed when the next one logs."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _listed_log_lines() -> Iterator[None]:
    """Whatever the programs of a test logged is on the allow-lists: names of fields, numbers of events, and nothing but codes in them."""
    yield
    # Not imported before: most tests start no program.
    if started := sys.modules.get("tests.system.program"):
        found = [finding for program in started.STARTED for finding in program.lines.findings()]
        started.STARTED[:] = [program for program in started.STARTED if program.alive]
        assert not found, found[:5]
