"""A town under attack: a real gateway application over TLS, a register of its own for each story, and what stands in it before and after.

One server serves all stories of a module; every story gets a new register, queue and clock.
"""

import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import uvicorn

from connectors.channel.https import HttpsConnectorEnd
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.memory import MemoryBroker
from connectors.channel.request_signature import sign_request
from gateway.api.application import create_app
from gateway.api.parts import Parts
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.connector import Connector
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.sql_store import SqlStore
from identity.agency.keys import SigningKey
from identity.agency.trust import Status
from mappings.canonical.identifiers import AgencyId
from tests.gateway.broker.certificates import Authority
from tests.gateway.enrolling import FACTS
from tests.system.attacks.watched import Watched

JOSE, JSON = "application/jose", "application/json"
NOTICES = "/channel/notices"
HOUSING, HEALTH = AgencyId("urn:patchwork:seaton:housing"), AgencyId("urn:patchwork:seaton:health")


class OverHttps(MemoryBroker):
    """Lets a `World` speak over the real queue: connectors' ends are put in place by `Town.join`."""

    def __init__(self, queue: QueueGatewayEnd) -> None:
        super().__init__()
        self._carriage = queue

    def gateway_end(self) -> Any:
        """The gateway's end of the real queue."""
        return self._carriage


class Server:
    """uvicorn with TLS on loopback, set up as `gateway.running.service` does."""

    def __init__(self, authority: Authority) -> None:
        shown = authority.server()
        self.ca_file = authority.file
        # Its parts are those of the `Town` whose turn it is.
        nobody: Any = SimpleNamespace(version="1.2.3")
        self.app = create_app(nobody)
        config = uvicorn.Config(
            self.app,
            port=0,
            log_config=None,
            access_log=False,
            lifespan="off",
            http="h11",
            ws="none",
            h11_max_incomplete_event_size=64 * 1024,
            ssl_certfile=shown.certificate,
            ssl_keyfile=shown.key,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]

    def close(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(20)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The problem's code; empty where it is none."""
        return str(json.loads(self.body).get("code", "")) if self.body else ""


@dataclass
class Town(Watched):
    """`housing` turns hostile, `health` is honest. `log` is what the security log said."""

    server: Server
    store: SqlStore
    log: list[Any]
    ends: list[HttpsConnectorEnd] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = World(self.store)
        self.queue = QueueGatewayEnd(self.store.transactions, world.clock)
        world.broker = OverHttps(self.queue)
        self.world, self.clock = world, world.clock
        self.server.app.state.parts = Parts(
            self.store, world.clock, self.queue, dict, lambda: False, "1.2.3", FACTS, lambda: None
        )
        self.housing, self.health = self.join(HOUSING), self.join(HEALTH)
        world.agree(HOUSING, HEALTH)
        self.mark()

    def join(self, agency: AgencyId) -> Counterpart:
        """A live connector that speaks over HTTPS."""
        made = self.world.join(agency)
        made.end = self.end(made.keys.signing)
        return made

    def end(self, key: SigningKey) -> HttpsConnectorEnd:
        """An honest client with any key."""
        settings = HttpsSettings(f"https://127.0.0.1:{self.server.port}", ca_file=self.server.ca_file)
        self.ends.append(HttpsConnectorEnd(settings, key, self.clock.now))
        return self.ends[-1]

    def connector(self, counterpart: Counterpart) -> Connector:
        """As it stands in the register."""
        with self.store.read() as unit:
            found = unit.trust.connector(counterpart.id)
        assert found
        return found

    def change(self, counterpart: Counterpart, **changes: Any) -> None:
        """Change the register's row of a connector, as its registrars would; then the story begins."""
        with self.store.write() as unit:
            found = unit.trust.connector(counterpart.id)
            assert found
            unit.trust.update_connector(replace(found, **changes))
        self.mark()

    def stop(self, counterpart: Counterpart, status: Status) -> None:
        """Suspend or revoke it."""
        self.change(counterpart, status=status)

    def post(
        self, key: SigningKey | None, path: str, body: bytes, media_type: str = JOSE, also: Any = None, **headers: str
    ) -> Answer:
        """A signed POST; `headers` come on top after signing, and replace; `also` is the path it is sent to instead."""
        signed = sign_request("POST", path, body, media_type, key, self.clock.now()) if key else {}
        sent = {"content-type": media_type, **signed, **{name.replace("_", "-"): v for name, v in headers.items()}}
        return self.send("POST", also or path, body, sent)

    def send(self, method: str, path: str, body: Any, headers: dict[str, str], chunked: bool = False) -> Answer:
        """Any request."""
        context = ssl.create_default_context(cafile=str(self.server.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=context, timeout=20)
        try:
            connection.request(method, path, body, headers, encode_chunked=chunked)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def assert_turned_away(self, answer: Answer, status: int, code: str) -> None:
        """Refused at the door: nothing was queued, nothing changed, and the security log has what is more than a mistake."""
        assert (answer.status, answer.code) == (status, code)
        assert self.queue.waiting() == 0
        assert self.held() == self.before
        logged = [(each["event"], each["fault"]) for each in self.log if each["event"] == "request-refused"]
        assert logged == ([("request-refused", code)] if status in (401, 403, 408, 413) else [])
        self.assert_tells_nothing(answer.body)

    def close(self) -> None:
        """Let go of everything."""
        for end in self.ends:
            end.close()
