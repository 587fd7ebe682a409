"""A sink: the agency's own system over MLLP (HL7 v2 Minimal Lower Layer Protocol, release 1), one document a message, acknowledged.

AA or CA: it is there. AE or CE: tried again. AR or CR: it will never be taken, and is kept for a person. No answer, a broken one or one about
another message: tried again; the document's number is the same, so the receiver can tell that it has it.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from connectors.reaching.mllp import BEGIN, END
from connectors.sinks.hl7v2_document import DocumentTemplate, acknowledgement, control_id, document_of
from connectors.sinks.port import Delivery, SinkDown, SinkRefused

_MOST_ANSWERED = 64 * 1024


@dataclass(frozen=True, slots=True)
class MllpSettings:
    """`tls` is off only for a receiver that cannot do it, on a network that the agency trusts with its clients' names. `cert_file` and `key_file`
    are shown where the receiver asks who we are. Times in seconds. Raises `ValueError`, naming the setting."""

    host: str
    port: int
    tls: bool = True
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    timeout: float = 20.0

    def __post_init__(self) -> None:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("sink hl7v2: cert_file and key_file belong together")
        if not self.tls and (self.ca_file or self.cert_file):
            raise ValueError("sink hl7v2: ca_file and cert_file mean nothing without tls")
        if self.timeout <= 0:
            raise ValueError("sink hl7v2: times must be greater than 0")


class MllpSink:
    """See the port. A connection of its own for every alert: there are few, and firewalls forget quiet ones."""

    def __init__(self, settings: MllpSettings, template: DocumentTemplate, name: str = "hl7v2") -> None:
        self.name = name
        self._settings = settings
        self._template = template
        self._context = _context(settings) if settings.tls else None

    def deliver(self, delivery: Delivery) -> None:
        """See the port."""
        code = acknowledgement(self._exchanged(document_of(delivery, self._template)), control_id(delivery))
        if code in ("AA", "CA"):
            return
        if code in ("AR", "CR"):
            way_out = "see its log, then: patchwork-connector deliveries retry"
            raise SinkRefused(f"the receiver of sink {self.name!r} rejects this document ({code}); {way_out}")
        said = f"answers {code}" if code else "does not answer as HL7 v2 says"
        raise SinkDown(f"the receiver of sink {self.name!r} {said}")

    def _exchanged(self, message: bytes) -> bytes:
        said = self._settings
        try:
            with socket.create_connection((said.host, said.port), timeout=said.timeout) as plain:
                if self._context is None:
                    return _exchanged(plain, message)
                with self._context.wrap_socket(plain, server_hostname=said.host) as secured:
                    return _exchanged(secured, message)
        except OSError as problem:
            raise SinkDown(f"the receiver of sink {self.name!r} cannot be reached ({type(problem).__name__})") from None


def _context(settings: MllpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    if settings.cert_file and settings.key_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context


def _exchanged(connection: socket.socket, message: bytes) -> bytes:
    """The first block that comes back; what of it came where the other side broke off, or said too much."""
    connection.sendall(BEGIN + message + END)
    answer = b""
    while END not in answer and len(answer) < _MOST_ANSWERED:
        part = connection.recv(8192)
        if not part:
            break
        answer += part
    return answer.partition(END)[0].removeprefix(BEGIN)
