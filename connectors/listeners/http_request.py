"""One HTTP/1.1 request at a time from a connection, within bounds (RFC 9112, by h11), and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import h11

from connectors.listeners.connection import Connection

MOST_HEAD = 16 * 1024
MOST_HEADERS = 50
_SINGLE = frozenset({"authorization", "content-type", "idempotency-key"})
_REASONS = {
    200: b"OK", 202: b"Accepted", 400: b"Bad Request", 401: b"Unauthorized", 404: b"Not Found", 405: b"Method Not Allowed",
    409: b"Conflict", 413: b"Content Too Large", 415: b"Unsupported Media Type", 422: b"Unprocessable Content",
    431: b"Request Header Fields Too Large", 503: b"Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """What is known before the body is read. Names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, media type and body."""

    status: int
    type: str = "application/json"
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """The request cannot be understood, or is larger than the bounds: answered with this status, then the connection is closed."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class Requests:
    """The requests of one connection, one after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD)

    def head(self) -> Head | None:
        """The next request's head; None where the other side is done. Raises `Refused`, `TooSlow`, `OSError`."""
        event = self._next()
        if not isinstance(event, h11.Request):
            return None
        if len(event.headers) > MOST_HEADERS:
            raise Refused(431, f"more than {MOST_HEADERS} header fields; send fewer")
        headers: dict[str, str] = {}
        for name, value in event.headers:
            key = name.decode("ascii", "replace").lower()
            if key in headers and key in _SINGLE:
                raise Refused(400, f"the header {key} stands there twice; send it once")
            headers[key] = value.decode("latin-1")
        return Head(event.method.decode("ascii", "replace"), event.target.decode("ascii", "replace"), headers)

    def body(self, most: int, announced: str) -> bytes:
        """All of it. Raises `Refused` where it is, or says that it will be, more than `most` bytes."""
        if announced.isdigit() and int(announced[:12]) > most:
            raise Refused(413, f"the body is larger than {most} bytes; send less in one message")
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
        body = bytearray()
        while not isinstance(event := self._next(), h11.EndOfMessage):
            if isinstance(event, h11.ConnectionClosed):
                raise OSError("closed before the end of the body")
            if isinstance(event, h11.Data):
                body += event.data
            if len(body) > most:
                raise Refused(413, f"the body is larger than {most} bytes; send less in one message")
        return bytes(body)

    def answer(self, answer: Answer, *, last: bool = False) -> None:
        """Send it; with `last`, say that the connection is closed behind it."""
        headers = [
            ("content-type", answer.type),
            ("content-length", str(len(answer.body))),
            ("cache-control", "no-store"),
        ]
        headers += [*answer.headers, *([("connection", "close")] if last else [])]
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            reason = _REASONS.get(answer.status, b"")
            head = h11.Response(status_code=answer.status, headers=headers, reason=reason)
            self._send(head, h11.Data(data=answer.body), h11.EndOfMessage())

    def goes_on(self) -> bool:
        """Whether another request may follow on this connection."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def _next(self) -> object:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as problem:
                raise Refused(
                    problem.error_status_hint, "this is not HTTP/1.1 within the bounds of this listener"
                ) from None
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(self._connection.receive())

    def _send(self, *events: h11.Event) -> None:
        self._connection.send(b"".join(self._http.send(event) or b"" for event in events))
