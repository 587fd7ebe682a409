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

import httpx2

from connectors.own_server import authorization, check_base
from connectors.sinks.http_status import may_pass
from connectors.sinks.port import Delivery, SinkDown, SinkRefused
from identity.agency.faults import KeyFault

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
        check_base(self.url, "sink fhir")
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
        if may_pass(status):
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
        try:
            return {**headers, **authorization(self._settings.token_file)}
        except KeyFault as problem:
            raise SinkDown(f"sink {self.name!r}: {problem}") from None
