"""The HTTPS channel for the contract suite: the gateway's own application in uvicorn on loopback, over a real register."""

import secrets
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from connectors.channel.https import HttpsConnectorEnd
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ConnectorEnd, GatewayEnd
from gateway.api.application import create_app
from gateway.api.parts import Parts
from gateway.clock import SystemClock
from gateway.model.connector import Carrier, Connector
from gateway.store.sql_store import SqlStore, open_store
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId, ConnectorId
from tests.contract.channels.pairs import HEALTH, HOUSING, Gate, new_inboxes
from tests.empty_register import lay
from tests.gateway.enrolling import FACTS

LEASE_SECONDS = 2.0
"""A lost end is noticed by its lease running out; the shorter, the less this suite waits."""


class HttpsPair:
    """A gateway with two connectors, which reach it through a gate."""

    def __init__(self, folder: Path) -> None:
        self.inboxes = new_inboxes()
        self._keys = {connector: generate() for connector in (HOUSING, HEALTH)}
        self._clock = SystemClock()
        self._store = _register(folder / "register.sqlite")
        self._queue = self._store.queue(self._clock, LEASE_SECONDS)
        self._ends: list[ConnectorEnd] = []
        for connector, inbox in self.inboxes.items():
            self._enrol(connector, inbox)
            self._queue.open_inbox(connector, inbox)
        parts = Parts(
            self._store, self._clock, self._queue, dict, lambda: self._server.should_exit, "1.2.3", FACTS, lambda: None
        )
        config = uvicorn.Config(create_app(parts), port=0, log_config=None, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        self.gate = Gate(self._server.servers[0].sockets[0].getsockname())

    def connector_end(self, connector: ConnectorId) -> ConnectorEnd:
        settings = HttpsSettings(f"http://127.0.0.1:{self.gate.port}", connect_timeout=5.0)
        end = HttpsConnectorEnd(settings, self._keys[connector].signing)
        self._ends.append(end)
        return end

    def gateway_end(self) -> GatewayEnd:
        return self._store.queue(self._clock, LEASE_SECONDS)

    def interrupt(self) -> None:
        self.gate.lower()

    def resume(self) -> None:
        self.gate.raise_()

    def close(self) -> None:
        """End the connectors, the server and the register, in this order."""
        for end in self._ends:
            end.close()
        self.gate.lower()
        self._server.should_exit = True
        self._thread.join(20)
        self._store.close()

    def _enrol(self, connector: ConnectorId, inbox: str) -> None:
        agency = AgencyId(f"https://seaton.example/agency/{connector}")
        keys = self._keys[connector].public(connector.value)
        since = datetime(2026, 1, 1, tzinfo=UTC)
        with self._store.write() as unit:
            unit.trust.add_agency(Agency(agency, connector.value, AgencyType.HOUSING, "Seaton"))
            unit.trust.add_connector(Connector(connector, (agency,), keys, Status.LIVE, Carrier.HTTPS, inbox, since))


def _register(path: Path) -> SqlStore:
    return open_store(
        lay(path), secrets.token_bytes(32), record_keys_url=f"sqlite:///{path.with_name('record-keys.sqlite')}"
    )
