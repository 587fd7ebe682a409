"""A sink: an HTTPS address of the agency's own, told of every alert as Standard Webhooks says; the body is shaped as a CloudEvent.

* The same alert has the same `webhook-id` however often it is sent: the receiver keeps the last and ignores what it has.
* Any 2xx is taken. 410 means that nobody listens any more: nothing further is sent until the connector is started again. 429 and 503 may say
  when to try again. Redirects are not followed.
* Every alert is tried for as long as the ledger owes it, with growing pauses.
"""

import json
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from connectors.channel.amqp_settings import is_loopback
from connectors.sinks.http_status import may_pass
from connectors.sinks.port import Delivery, SinkDown, SinkRefused
from connectors.sinks.reachable import Lookup, Network, NotReachable, looked_up, reachable
from connectors.sinks.webhook_signature import read_keys
from identity.agency.faults import KeyFault

_GONE = 410
_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`url` is where alerts are posted; at least one of `secret_file` and `key_file` signs them (`webhook_signature`). `networks` are those
    outside the public internet that may be reached; `ca_file` the certificates to believe instead of the system's. Times in seconds.

    Plain http is for a receiver on this machine only, whose network must be listed. Raises `ValueError`, naming the setting.
    """

    url: str
    secret_file: Path | None = None
    key_file: Path | None = None
    networks: Sequence[str] = ()
    ca_file: Path | None = None
    patient_system: str = ""
    connect_timeout: float = 5.0
    answer_timeout: float = 20.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.fragment:
            raise ValueError("sink webhook: url must be an address such as https://alerts.example/patchwork")
        if parts.username or parts.password:
            raise ValueError("sink webhook: url must not hold a user or password; what is sent is signed")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("sink webhook: plain http reaches this machine only; use an https url")
        if self.secret_file is None and self.key_file is None:
            raise ValueError(
                "sink webhook: name a secret_file, a key_file, or both, so that the receiver knows who sends"
            )
        if min(self.connect_timeout, self.answer_timeout) <= 0:
            raise ValueError("sink webhook: times must be greater than 0")
        self.allowed()

    def allowed(self) -> tuple[Network, ...]:
        """`networks` as networks. Raises `ValueError`."""
        try:
            return tuple(ip_network(each) for each in self.networks)
        except ValueError:
            raise ValueError("sink webhook: networks are written as 10.20.0.0/16 or fd00:20::/32") from None


class WebhookSink:
    """See the port."""

    def __init__(self, settings: WebhookSettings, name: str = "webhook", look_up: Lookup = looked_up) -> None:
        self.name = name
        self._settings = settings
        self._look_up = look_up
        self._gone = False
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        timeout = httpx2.Timeout(settings.answer_timeout, connect=settings.connect_timeout)
        transport = httpx2.HTTPTransport(verify=context, trust_env=False)
        self._client = httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)

    def deliver(self, delivery: Delivery) -> None:
        """See the port."""
        if self._gone:
            raise SinkRefused(self._gone_words())
        alert = delivery.alert
        body = json.dumps(event_of(delivery, self._settings.patient_system), ensure_ascii=False).encode()
        status, retry_after = self._post(f"{alert.id}.{alert.version}", body)
        if 200 <= status < 300:
            return
        if status == _GONE:
            self._gone = True
            raise SinkRefused(self._gone_words())
        if may_pass(status):
            raise SinkDown(
                f"the receiver of sink {self.name!r} does not take alerts now (status {status})", retry_after
            )
        way_out = "see its log, then: patchwork-connector deliveries retry"
        raise SinkRefused(f"the receiver of sink {self.name!r} refuses this alert (status {status}); {way_out}")

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _post(self, id: str, body: bytes) -> tuple[int, timedelta | None]:
        parts = urlsplit(self._settings.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            address = reachable(host, port, self._settings.allowed(), self._look_up)
            with self._client.stream(
                "POST",
                httpx2.URL(self._settings.url).copy_with(host=address),
                content=body,
                headers={**self._signed(id, body), "host": parts.netloc},
                extensions={"sni_hostname": host},
            ) as answer:
                return answer.status_code, _seconds(answer.headers.get("retry-after", ""))
        except NotReachable as problem:
            raise SinkDown(f"sink {self.name!r}: {problem}") from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as problem:
            raise SinkDown(f"the receiver of sink {self.name!r} cannot be reached ({type(problem).__name__})") from None

    def _signed(self, id: str, body: bytes) -> dict[str, str]:
        now = int(time.time())
        try:
            keys = read_keys(self._settings.secret_file, self._settings.key_file)
        except KeyFault as problem:
            raise SinkDown(f"sink {self.name!r}: {problem}") from None
        return {
            "content-type": "application/cloudevents+json",
            "user-agent": "patchwork-connector",
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": keys.signatures(id, now, body),
        }

    def _gone_words(self) -> str:
        return (
            f"the receiver of sink {self.name!r} says that nobody listens there any more (status 410); put its url right, "
            "then: patchwork-connector deliveries retry"
        )


def event_of(delivery: Delivery, patient_system: str) -> dict[str, Any]:
    """The body: a CloudEvent 1.0 in structured mode, whose `timestamp` makes it a Standard Webhooks payload too. `data` is the alert as the
    agency's own FHIR Communication."""
    from mappings.fhir import standalone_alert

    alert = delivery.alert
    at = alert.made_at.isoformat()
    return {
        "specversion": "1.0",
        "id": f"{alert.id}.{alert.version}",
        "source": alert.home_gateway.value,
        "type": f"org.patchwork.{alert.event.value}",
        "time": at,
        "timestamp": at,
        "datacontenttype": "application/fhir+json",
        "data": standalone_alert.for_agency(alert, delivery.client_local_id, delivery.text, system=patient_system),
    }


def _seconds(said: str) -> timedelta | None:
    """`Retry-After` in seconds, up to a day; a date or anything else is left to our own pauses."""
    return min(timedelta(seconds=int(said)), _LONGEST) if said.isascii() and said.isdigit() and len(said) < 9 else None
