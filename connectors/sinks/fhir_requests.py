"""Writing to the agency's own FHIR R4 server (https://hl7.org/fhir/R4/http.html): one request at a time, over one connection that is kept.

The token is read anew for every request, so that it can be replaced without a restart. Of an answer only its status counts.
"""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from connectors.reaching.own_server import authorization
from connectors.sinks.http_status import may_pass
from connectors.sinks.port import SinkDown, SinkRefused
from identity.agency.faults import KeyFault

_FHIR_JSON = "application/fhir+json"
CARE_TEAM, TASK_CHANGE = "a care team", "a change of a Task"
_WAYS_OUT = {
    CARE_TEAM: "see its log: it has to allow conditional update; it is tried again",
    TASK_CHANGE: "see its log: our account has to be allowed to update Tasks",
}
_STORED = frozenset({200, 201, 202, 204})
_CHANGED = frozenset({409, 412})
"""Somebody else wrote first (https://hl7.org/fhir/R4/http.html#concurrency)."""


class ChangedMeanwhile(SinkDown):
    """What was to be changed is no longer as it was read; it is read again."""


class FhirRequests:
    """`sink` is how messages call it. Times in seconds. Raises `OSError` where `ca_file` cannot be used."""

    def __init__(self, sink: str, ca_file: Path | None, connect_timeout: float, answer_timeout: float) -> None:
        self._sink = sink
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        timeout = httpx2.Timeout(answer_timeout, connect=connect_timeout)
        transport = httpx2.HTTPTransport(verify=context, trust_env=False)
        self._client = httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def send(
        self,
        method: str,
        url: str,
        document: Mapping[str, Any],
        token_file: Path | None,
        more: Mapping[str, str] | None = None,
        what: str = "this alert",
    ) -> None:
        """Returns once it is stored. `what` is what messages call it.

        Raises `SinkDown` where it may be tried again, `SinkRefused` where it will not be taken."""
        status = self._status(method, url, json.dumps(document, ensure_ascii=False).encode(), token_file, more or {})
        if status in _STORED:
            return
        if "if-match" in (more or {}) and status in _CHANGED:
            raise ChangedMeanwhile(
                f"somebody changed a Task at the FHIR server of sink {self._sink!r} just now (status {status}); it is read again"
            )
        if may_pass(status):
            raise SinkDown(f"the FHIR server of sink {self._sink!r} does not take {what} now (status {status})")
        way_out = _WAYS_OUT.get(what, "see its log, then: patchwork-connector deliveries retry")
        raise SinkRefused(f"the FHIR server of sink {self._sink!r} refuses {what} (status {status}); {way_out}")

    def _status(self, method: str, url: str, body: bytes, token_file: Path | None, more: Mapping[str, str]) -> int:
        headers = {
            "content-type": _FHIR_JSON,
            "accept": _FHIR_JSON,
            "prefer": "return=minimal",
            "user-agent": "patchwork-connector",
            **more,
        }
        try:
            headers |= authorization(token_file)
        except KeyFault as problem:
            raise SinkDown(f"sink {self._sink!r}: {problem}") from None
        try:
            with self._client.stream(method, url, content=body, headers=headers) as answer:
                return answer.status_code
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as problem:
            raise SinkDown(
                f"the FHIR server of sink {self._sink!r} cannot be reached ({type(problem).__name__})"
            ) from None
