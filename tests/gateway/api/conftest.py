"""The public and internal applications over a real register, and callers who sign as connectors do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.channel.request_signature import sign_request
from gateway.api.application import create_app, create_internal_app
from gateway.api.parts import Parts
from gateway.running.health import Health
from gateway.running.metrics import Metrics, Shown
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.sql_store import SqlStore
from gateway.trust.operators import Office
from identity.agency.keys import PrivateKeys, generate
from mappings.canonical.codes import Mode
from tests.gateway.enrolling import FACTS
from tests.gateway.staff import PARTNERSHIP, Staff, StillClock, opened
from tests.gateway.two_sides import sqlite_pair, two_stores


@dataclass
class Door:
    """Everything around one public application."""

    staff: Staff
    queue: QueueGatewayEnd
    parts: Parts
    health: Health
    public: TestClient
    internal: TestClient
    nonces: list[str] = field(default_factory=list)

    def post(
        self, keys: PrivateKeys, path: str, body: bytes | dict[str, Any], late: timedelta = timedelta(0), **headers: str
    ) -> Any:
        """A signed POST; JSON where `body` is a dictionary. `headers` come on top, after signing."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        media_type = "application/jose" if isinstance(body, bytes) else "application/json"
        signed = sign_request("POST", path, data, media_type, keys.signing, self.parts.clock.now() - late)
        return self.public.post(path, content=data, headers={**signed, **headers})


@pytest.fixture
def door(staff: Staff, office: Office, store: SqlStore) -> Door:
    health = Health()
    queue = QueueGatewayEnd(store.transactions, office.clock)
    parts = Parts(store, office.clock, queue, health.faults, lambda: False, "1.2.3", FACTS, lambda: None)
    metrics = Metrics([Shown(Mode.TRIAL, store, lambda: {"intake": queue.waiting()})], health)
    public = TestClient(create_app(parts), raise_server_exceptions=False)
    internal = TestClient(create_internal_app(parts, metrics.text), raise_server_exceptions=False)
    return Door(staff, queue, parts, health, public, internal)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Door, QueueGatewayEnd]]:
    """The same for a gateway with two sides, whose queue on the trial side comes with it."""
    facts = replace(FACTS, mode=Mode.LIVE, trial_side=True)
    with two_stores(*sqlite_pair(tmp_path)) as (live, trial):
        office, health = Office(live, StillClock(), PARTNERSHIP), Health()
        queue, on_trial = (QueueGatewayEnd(store.transactions, office.clock) for store in (live, trial))
        parts = Parts(
            live, office.clock, queue, health.faults, lambda: False, "1.2.3", facts, lambda: None, trial_queue=on_trial
        )
        sides = [Shown(Mode.LIVE, live, dict), Shown(Mode.TRIAL, trial, lambda: {"intake": on_trial.waiting()})]
        public = TestClient(create_app(parts), raise_server_exceptions=False)
        internal = TestClient(create_internal_app(parts, Metrics(sides, health).text), raise_server_exceptions=False)
        yield Door(opened(office), queue, parts, health, public, internal), on_trial


@pytest.fixture
def keys() -> PrivateKeys:
    """Of the school's connector."""
    return generate()
