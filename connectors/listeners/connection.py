"""One connection to a listener: every wait ends by a deadline, whatever the other side does or leaves undone."""

import socket
import ssl
import time

CHUNK = 16 * 1024


class TooSlow(Exception):
    """The deadline passed."""


class Connection:
    """A socket with a deadline. `first` is how long, in seconds, a client may take until `within` is called for the first time."""

    def __init__(self, raw: socket.socket, first: float) -> None:
        self._socket = raw
        self._until = time.monotonic() + first
        self.answering = False
        """Whether a message is being taken in: who stops the listener waits for its answer."""

    def shake_hands(self, context: ssl.SSLContext | None) -> None:
        """Begin TLS, where there is any. Raises `TooSlow`, `OSError` (`ssl.SSLError` is one)."""
        if context is not None:
            # The handshake is many small steps, for which the socket has one bound: the connection's thread waits for that long at most.
            self._socket.settimeout(self._left())
            self._socket = context.wrap_socket(self._socket, server_side=True)

    def within(self, seconds: float) -> None:
        """Everything up to the next call has to be done in that time."""
        self._until = time.monotonic() + seconds

    def receive(self) -> bytes:
        """What has come, at least one byte; nothing where the other side is done. Raises `TooSlow`, `OSError`."""
        self._socket.settimeout(self._left())
        try:
            return self._socket.recv(CHUNK)
        except TimeoutError:
            raise TooSlow from None

    def send(self, data: bytes) -> None:
        """All of it. Raises `TooSlow`, `OSError`."""
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(self._left())
            try:
                rest = rest[self._socket.send(rest[:CHUNK]) :]
            except TimeoutError:
                raise TooSlow from None

    def drain(self, most: int, seconds: float) -> None:
        """Say that we are done and read on for a while: whoever is still sending would else lose our answer with the connection."""
        self.within(seconds)
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while most > 0 and (data := self.receive()):
                most -= len(data)
        except (TooSlow, OSError):
            return

    def close(self) -> None:
        """From any thread: whoever waits on it is woken."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The other side was quicker.
            pass
        finally:
            self._socket.close()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left
