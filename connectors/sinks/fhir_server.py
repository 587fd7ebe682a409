"""A sink: the agency's own FHIR server. Each alert becomes one Communication there, however often it is delivered.

The resource is put under the alert's own id (`PUT [base]/Communication/[id]`, FHIR R4 "update as create"); a server that does not allow
that is given a transaction with a conditional update by the alert's identifier instead. Neither address holds anything about a client.
"""

import json
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from connectors.channel.amqp_settings import is_loopback
from connectors.sinks.port import Delivery, SinkDown, SinkRefused
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private

_AGAIN = frozenset({408, 425, 429})
_UNSIGNED = frozenset({401, 403})
_FHIR_JSON = "application/fhir+json"


class Storing(StrEnum):
    """How the server is asked to store the resource."""

    PUT = "put"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class FhirServerSettings:
    """`url` is the base of the FHIR endpoint; `token_file` holds a bearer token of the agency's own server (mode 0600); `ca_file` the
    certificates to believe instead of the system's; `patient_system` the identifier system of the agency's client ids. Times in seconds.

    Plain http is for a server on this machine only. Raises `ValueError`, naming the setting.
    """

    url: str
    token_file: Path | None = None
    ca_file: Path | None = None
    patient_system: str = ""
    storing: Storing = Storing.PUT
    connect_timeout: float = 5.0
    answer_timeout: float = 20.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(
                "sink fhir: url must be the base address of a FHIR server, such as https://ehr.example/fhir"
            )
        if parts.username or parts.password:
            raise ValueError("sink fhir: url must not hold a user or password; use token_file")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("sink fhir: plain http reaches a server on this machine only; use an https url")
        if min(self.connect_timeout, self.answer_timeout) <= 0:
            raise ValueError("sink fhir: times must be greater than 0")


class FhirServerSink:
    """See the port. One connection is kept; the token is read anew for every alert, so that it can be replaced without a restart."""

    def __init__(self, settings: FhirServerSettings, name: str = "fhir") -> None:
        self.name = name
        self._settings = settings
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        timeout = httpx2.Timeout(settings.answer_timeout, connect=settings.connect_timeout)
        transport = httpx2.HTTPTransport(verify=context, trust_env=False)
        self._client = httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)

    def deliver(self, delivery: Delivery) -> None:
        """See the port."""
        from mappings.fhir import standalone_alert

        communication = standalone_alert.for_agency(
            delivery.alert, delivery.client_local_id, delivery.text, system=self._settings.patient_system
        )
        base = self._settings.url.rstrip("/")
        if self._settings.storing is Storing.PUT:
            self._send("PUT", f"{base}/Communication/{delivery.alert.id}", communication)
        else:
            self._send("POST", base, standalone_alert.as_transaction(communication))

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _send(self, method: str, url: str, document: dict[str, Any]) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        try:
            with self._client.stream(method, url, content=body, headers=self._headers()) as answer:
                status = answer.status_code
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as problem:
            raise SinkDown(
                f"the FHIR server of sink {self.name!r} cannot be reached ({type(problem).__name__})"
            ) from None
        if status in (200, 201, 204):
            return
        if status >= 500 or status in _AGAIN or status in _UNSIGNED:
            # A token that has run out is renewed by somebody; the alert must not be given up for it.
            raise SinkDown(f"the FHIR server of sink {self.name!r} does not take alerts now (status {status})")
        way_out = "see its log, then: patchwork-connector deliveries retry"
        raise SinkRefused(f"the FHIR server of sink {self.name!r} refuses this alert (status {status}); {way_out}")

    def _headers(self) -> dict[str, str]:
        headers = {
            "content-type": _FHIR_JSON,
            "accept": _FHIR_JSON,
            "prefer": "return=minimal",
            "user-agent": "patchwork-connector",
        }
        if self._settings.token_file is None:
            return headers
        try:
            token = read_private(self._settings.token_file).decode("ascii").strip()
        except (KeyFault, UnicodeDecodeError) as problem:
            reason = str(problem) if isinstance(problem, KeyFault) else "its token file does not hold a token"
            raise SinkDown(f"sink {self.name!r}: {reason}") from None
        return {**headers, "authorization": f"Bearer {token}"}
