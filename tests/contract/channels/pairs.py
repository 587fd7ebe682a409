"""A pair of ends for the contract suite, and how to break the way between them.

Each adapter has one class with the attributes of `ChannelPair`; `conftest.py` lists them.
"""

import socket
import threading
from contextlib import suppress
from typing import Protocol

from connectors.channel.memory import MemoryBroker
from connectors.channel.port import ConnectorEnd, GatewayEnd
from connectors.channel.topology import new_inbox_name
from mappings.canonical.identifiers import ConnectorId

HOUSING, HEALTH = ConnectorId("housing"), ConnectorId("health")


class ChannelPair(Protocol):
    """Both ends of one channel on which `HOUSING` and `HEALTH` are known and have the inboxes in `inboxes`."""

    inboxes: dict[ConnectorId, str]

    def connector_end(self, connector: ConnectorId) -> ConnectorEnd:
        """A new end, as after a restart of the connector."""

    def gateway_end(self) -> GatewayEnd:
        """A new end, as after a restart of the gateway."""

    def interrupt(self) -> None:
        """Cut what lies between both ends: nothing is reached from now on."""

    def resume(self) -> None:
        """Undo `interrupt`."""


def new_inboxes() -> dict[ConnectorId, str]:
    """An inbox name for each connector of the suite."""
    return {connector: new_inbox_name(connector) for connector in (HOUSING, HEALTH)}


class MemoryPair:
    """The in-process broker."""

    def __init__(self) -> None:
        self.inboxes = new_inboxes()
        self.broker = MemoryBroker()
        for connector, inbox in self.inboxes.items():
            self.broker.gateway_end().open_inbox(connector, inbox)

    def connector_end(self, connector: ConnectorId) -> ConnectorEnd:
        return self.broker.connector_end(connector, self.inboxes[connector])

    def gateway_end(self) -> GatewayEnd:
        return self.broker.gateway_end()

    def interrupt(self) -> None:
        self.broker.down = True

    def resume(self) -> None:
        self.broker.down = False

    def close(self) -> None:
        """Nothing to clear away."""


class Gate:
    """A TCP forwarder on loopback that can be shut: every connection through it is cut and new ones are refused.

    `mute` lets bytes pass towards the target only, so that its answers never arrive.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.mute = False
        self.port = 0
        self.raise_()

    def raise_(self) -> None:
        """Let connections through, on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def lower(self) -> None:
        """Cut everything."""
        with self._lock:
            sockets, self._open = self._open, []
            if self._listener is not None:
                sockets.append(self._listener)
                self._listener = None
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open += [near, far]
            for source, sink, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=(source, sink, answers), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if not (answers and self.mute):
                    sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
