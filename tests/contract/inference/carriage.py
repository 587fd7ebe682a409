"""One channel with two connectors on it, and everything that can be observed at one of its ends.

What may differ between two gateways that do the same is masked: random ids, digests, ciphertext, the date of an HTTP answer. How long each of
them is stays, and so do number, order and every other byte.
"""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from connectors.channel.port import ConnectorEnd, GatewayEnd, Parcel
from mappings.canonical.identifiers import ConnectorId
from tests.contract.channels.amqp_pair import AmqpPair
from tests.contract.channels.https_pair import HttpsPair
from tests.contract.channels.pairs import HOUSING, Gate, MemoryPair

PATIENCE = 30.0
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b")
_DATE = re.compile(r"(?im)^date: .*$")
_SEALED = re.compile(r'"sealed":"([^"]*)"')
_TAG = re.compile(r'"id":"[^"]*"')


def masked(text: str) -> str:
    """The text with what is random in it as long as it was, and recognisable as what it is."""
    text = _SEALED.sub(
        lambda found: f'"sealed":<{len(found.group(1))}>', _TAG.sub('"id":<tag>', _DATE.sub("date: <date>", text))
    )
    return _RANDOM.sub(lambda found: f"<{len(found.group())}>", text)


class Tap(Gate):
    """A gate that also writes down every byte of every answer, by connection."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.answers: list[bytearray] = []
        super().__init__(target)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            answered = bytearray()
            self.answers.append(answered)
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, answered), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, written: bytearray | None) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if written is not None:
                    written += piece
                sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@dataclass
class Observed:
    """A connector's end that counts what is sent, and writes down every call and how it came out."""

    end: ConnectorEnd
    calls: list[str] = field(default_factory=list)
    sent: int = 0

    def send(self, sealed: bytes) -> None:
        """See the port."""
        self.sent += 1
        try:
            self.end.send(sealed)
        except Exception as problem:
            self.calls.append(f"send: {type(problem).__name__} {masked(str(problem))}")
            raise
        self.calls.append(f"send {len(sealed)}: done")

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        return self.end.take(limit, wait)

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self.end.acknowledge(parcels)

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self.end.release(parcels)

    def close(self) -> None:
        """See the port."""
        self.end.close()


@dataclass
class Inboxes:
    """The gateway's end. The channel under test has made its inboxes already, under names of its own."""

    end: GatewayEnd
    names: dict[ConnectorId, str]

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        return self.end.take(limit, wait)

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self.end.acknowledge(parcels)

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self.end.release(parcels)

    def send(self, connector: ConnectorId, inbox: str, sealed: bytes, ttl_seconds: float | None) -> None:
        """See the port."""
        self.end.send(connector, self.names[connector], sealed, ttl_seconds)

    def open_inbox(self, connector: ConnectorId, inbox: str) -> None:
        """They are open."""

    def close(self) -> None:
        """See the port."""
        self.end.close()


class Carriage:
    """What a `World` takes for its broker. Beyond the two connectors of the pair there is nobody on it. What the web server answers the one
    that watches is tapped."""

    def __init__(self, pair: MemoryPair | AmqpPair | HttpsPair) -> None:
        self.pair = pair
        self.tap: Tap | None = None
        self.ends: dict[ConnectorId, Observed] = {}
        self._gateway = Inboxes(pair.gateway_end(), pair.inboxes)

    def gateway_end(self) -> Inboxes:
        """One for all that the gateway does."""
        return self._gateway

    def connector_end(self, connector: ConnectorId, inbox: str) -> Observed:
        """The connector's own."""
        self.ends[connector] = Observed(self._tapped() if connector == HOUSING else self.pair.connector_end(connector))
        return self.ends[connector]

    def http(self) -> list[str]:
        """Every answer that the web server gave, whole: status, headers and body."""
        return [] if self.tap is None else [masked(bytes(each).decode("latin-1")) for each in self.tap.answers]

    def close(self) -> None:
        """Everything."""
        for end in self.ends.values():
            end.close()
        self._gateway.close()
        if self.tap is not None:
            self.tap.lower()
        self.pair.close()

    def _tapped(self) -> ConnectorEnd:
        if not isinstance(self.pair, HttpsPair):
            return self.pair.connector_end(HOUSING)
        gate = self.pair.gate
        self.tap = self.pair.gate = Tap(("127.0.0.1", gate.port))
        end = self.pair.connector_end(HOUSING)
        self.pair.gate = gate
        return end
