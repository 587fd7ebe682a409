"""HTTP inside the agency: its own systems POST what changed, and are answered once it is in the outbox.

    POST /fhir      a FHIR R4 Bundle of type message, transaction, batch or collection    202, an OperationOutcome
    POST /notices   one notice as JSON (`connectors.listeners.json_notice`)              202, counts as JSON
    GET  /healthz   whether messages can be taken                                        200

Whoever sends shows the shared secret (`Authorization: Bearer ...`) before anything of the body is read; where a client certificate is asked
for, TLS has seen to it before the first byte.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.listeners.connection import Connection
from connectors.listeners.http_answers import failed, taken_json, taken_outcome
from connectors.listeners.http_request import Answer, Head, Refused, Requests
from connectors.reading.taking import Making, NotTaken, Taken
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private

FHIR, NOTICES, HEALTH = "/fhir", "/notices", "/healthz"
DRAIN_SECONDS = 2.0
_TYPES = {
    FHIR: ("application/fhir+json", "application/json"),
    NOTICES: ("application/json",),
}


@dataclass(frozen=True, slots=True)
class HttpDoor:
    """`making` makes a message from what was POSTed to a path: its body and the sender's own id for it (Idempotency-Key), `take` takes it.
    Times in seconds; `most` in bytes."""

    making: dict[str, Callable[[bytes, str], Making]]
    take: Callable[[Making, float], Taken]
    secret_file: Path | None
    most: int
    request_seconds: float = 30.0
    idle_seconds: float = 60.0

    def serve(self, connection: Connection) -> None:
        """See `connectors.listeners.listener.Door`."""
        requests = Requests(connection)
        connection.within(self.request_seconds)
        while True:
            fhir = False
            try:
                head = requests.head()
                if head is None:
                    return
                connection.within(self.request_seconds)
                fhir = head.path == FHIR
                answer = self._answered(requests, connection, head)
            except Refused as refusal:
                requests.answer(failed(refusal.status, [str(refusal)], fhir), last=True)
                connection.drain(4 * self.most, DRAIN_SECONDS)
                return
            finally:
                connection.answering = False
            requests.answer(answer)
            if not requests.goes_on():
                return
            connection.within(self.idle_seconds)

    def _answered(self, requests: Requests, connection: Connection, head: Head) -> Answer:
        if head.path == HEALTH and head.method == "GET":
            requests.body(0, head.headers.get("content-length", "0"))
            return Answer(200, body=b'{"status": "listening"}')
        fhir = head.path == FHIR
        if not self._is_let_in(head):
            raise Refused(
                401, "show the shared secret as Authorization: Bearer; it is in the file that the settings name"
            )
        if head.path not in self.making:
            raise Refused(404, f"there is nothing here; send to {' or '.join(self.making)}")
        if head.method != "POST":
            raise Refused(405, "only POST is taken here")
        if head.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES[head.path]:
            raise Refused(415, f"send {' or '.join(_TYPES[head.path])}")
        body = requests.body(self.most, head.headers.get("content-length", ""))
        connection.answering = True
        try:
            taken = self.take(
                self.making[head.path](body, head.headers.get("idempotency-key", "")), self.request_seconds
            )
        except NotTaken as problem:
            return failed({"unusable": 422, "conflict": 409, "later": 503}[problem.why], problem.problems, fhir)
        finally:
            connection.within(self.request_seconds)
        return taken_outcome(taken) if fhir else taken_json(taken)

    def _is_let_in(self, head: Head) -> bool:
        if self.secret_file is None:
            # TLS has asked for a certificate; the settings refuse a listener with neither.
            return True
        try:
            secret = read_private(self.secret_file).strip()
        except KeyFault:
            return False
        shown = head.headers.get("authorization", "")
        scheme, _, token = shown.partition(" ")
        return (
            len(secret) >= 16
            and scheme.lower() == "bearer"
            and hmac.compare_digest(token.strip().encode("latin-1"), secret)
        )
