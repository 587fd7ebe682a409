"""A listening socket inside the agency: a bounded number of connections, a thread for each, from the senders that were named, until stopped."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol

from connectors.listeners.connection import Connection, TooSlow
from connectors.settings import SettingsFault

Network = IPv4Network | IPv6Network
_ACCEPT_SECONDS = 0.2


class Door(Protocol):
    """What is spoken on a connection."""

    def serve(self, connection: Connection) -> None:
        """Until the other side is done. `TooSlow` and `OSError` end it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. `senders` are the networks whose connections are taken; all where empty. `first_seconds`: for the TLS handshake and the
    first byte."""

    address: str
    port: int
    senders: tuple[Network, ...] = ()
    most_connections: int = 32
    first_seconds: float = 10.0


class Listener:
    """`note` is told of what went wrong in a word, never with anything of what was said."""

    def __init__(self, place: Place, door: Door, tls: ssl.SSLContext | None, note: Callable[[str], None]) -> None:
        self._place, self._door, self._tls, self._note = place, door, tls, note
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[Connection, threading.Thread] = {}
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.port = place.port

    def start(self) -> None:
        """Returns once connections are taken. Raises `SettingsFault` where the address cannot be had."""
        family = socket.AF_INET6 if ":" in self._place.address else socket.AF_INET
        try:
            self._socket = socket.create_server((self._place.address, self._place.port), family=family, backlog=64)
        except OSError as problem:
            raise SettingsFault(
                f"cannot listen at {self._place.address} port {self._place.port}: {problem.strerror}; choose another address or port, or stop "
                "the program that has it"
            ) from None
        self._socket.settimeout(_ACCEPT_SECONDS)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, args=(self._socket,), name="listener", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Take no more; what is being answered is finished within that time, then every connection is closed."""
        self._stopping.set()
        if self._socket is not None:
            self._socket.close()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            waiting = dict(self._open)
        for connection, thread in waiting.items():
            if connection.answering:
                thread.join(seconds)
            connection.close()
            thread.join(seconds)

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                raw, address = listening.accept()
            except TimeoutError:
                continue
            except OSError:
                # Closed by `stop`, or out of file descriptors: the one ends the loop, the other passes.
                self._stopping.wait(_ACCEPT_SECONDS)
                continue
            if self._refused(address[0]):
                raw.close()
                continue
            connection = Connection(raw, self._place.first_seconds)
            thread = threading.Thread(target=self._serve, args=(connection,), name="connection", daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _refused(self, address: str) -> bool:
        if self._place.senders and not any(_lies_in(address, each) for each in self._place.senders):
            self._note("a connection from an address that is not among the senders was closed")
            return True
        with self._lock:
            full = len(self._open) >= self._place.most_connections
        if full:
            self._note("too many connections at once; one was closed")
        return full

    def _serve(self, connection: Connection) -> None:
        try:
            connection.shake_hands(self._tls)
            self._door.serve(connection)
        except (TooSlow, OSError):
            # Whoever hung up, or never came to the point, is not waited for.
            pass
        except Exception as problem:  # the listener outlives whatever one connection brings
            self._note(f"a connection was given up ({type(problem).__name__})")
        finally:
            with self._lock:
                self._open.pop(connection, None)
            with contextlib.suppress(OSError):
                connection.close()


def networks(named: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as settings name them. Raises `ValueError`."""
    return tuple(ip_network(each) for each in named)


def _lies_in(address: str, network: Network) -> bool:
    found = ip_address(address.partition("%")[0])
    plain = getattr(found, "ipv4_mapped", None) or found
    return plain.version == network.version and plain in network
