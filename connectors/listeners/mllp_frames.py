"""The blocks of an MLLP connection (`connectors.reaching.mllp`) as a listener takes them: bounded in bytes and in time."""

from connectors.listeners.connection import Connection
from connectors.reaching.mllp import BEGIN, END

_BETWEEN = b"\r\n \t\x00"


class NotFramed(Exception):
    """The bytes are not MLLP, or a block is longer than the bound. There is nothing to answer: the connection is closed."""


class Frames:
    """The blocks of one connection, one after the other. `most` bounds the bytes of one, `seconds` the time from its first byte to its last,
    `idle_seconds` the time until the next."""

    def __init__(self, connection: Connection, most: int, seconds: float, idle_seconds: float) -> None:
        self._connection, self._most, self._seconds, self._idle = connection, most, seconds, idle_seconds
        self._held = bytearray()

    def next(self) -> bytes | None:
        """The next block without its framing; None where the other side is done. Raises `NotFramed`, `TooSlow`, `OSError`."""
        self._connection.within(self._idle)
        if not self._begun():
            return None
        self._connection.within(self._seconds)
        looked = 0
        while (end := self._held.find(END, looked)) < 0:
            looked = max(0, len(self._held) - 1)
            if len(self._held) > self._most:
                raise NotFramed
            data = self._connection.receive()
            if not data:
                raise NotFramed
            self._held += data
        block = bytes(self._held[:end])
        del self._held[: end + len(END)]
        if len(block) > self._most:
            raise NotFramed
        return block

    def answer(self, block: bytes) -> None:
        """Send a block. Raises `TooSlow`, `OSError`."""
        self._connection.within(self._seconds)
        self._connection.send(BEGIN + block + END)

    def _begun(self) -> bool:
        """Wait for the first byte of a block; what some senders put between two is passed over."""
        while True:
            rest = self._held.lstrip(_BETWEEN)
            self._held = bytearray(rest)
            if rest:
                if not rest.startswith(BEGIN):
                    raise NotFramed
                del self._held[:1]
                return True
            data = self._connection.receive()
            if not data:
                return False
            self._held += data
