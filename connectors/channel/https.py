"""The connector's end of the channel over HTTPS: every request is signed (`request_signature`), every answer bounded.

    POST /channel/notices            sealed bytes, application/jose  202
    POST /channel/inbox/lease        {"limit": n, "wait": seconds}   200 {"parcels": [{"id": "...", "sealed": "..."}]}
    POST /channel/inbox/acknowledge  {"ids": [...]}                  204
    POST /channel/inbox/release      {"ids": [...]}                  204

A lease at the gateway ends after a while; parcels neither acknowledged nor released come again then.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, Parcel
from connectors.channel.request_signature import sign_request
from connectors.channel.tls import client_context, why_not_believed
from identity.agency.keys import SigningKey

JOSE, JSON = "application/jose", "application/json"
MOST_PARCELS = 50
MOST_IDS = 1_000
LONGEST_WAIT = 25.0
"""Seconds that one lease request waits at most; proxies on the way tend to give up after 30 or 60."""

_MAX_SMALL_ANSWER = 64 * 1024
_CODE = re.compile(r"[a-z0-9-]{1,60}")
_AGAIN = frozenset({408, 425, 429})
_WAYS_OUT = {
    401: "the gateway does not believe the signature: is this key approved, and the clock of this machine right?",
    403: "the gateway does not permit this connector to do that; ask its registrar whether it is suspended",
    404: "there is no gateway at this address; check url, with the path under which it is served",
    413: "the parcel is larger than the gateway takes; send less in one message",
}


class HttpsConnectorEnd:
    """A `ConnectorEnd`. The gateway knows the inbox by the signature. Used from one thread."""

    def __init__(
        self,
        settings: HttpsSettings,
        key: SigningKey,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._key = key
        self._now = now
        self._client = _client(settings)
        self._leased: set[str] = set()

    def send(self, sealed: bytes) -> None:
        """See the port."""
        if len(sealed) > MAX_PARCEL_BYTES:
            raise ChannelRefused(
                f"a parcel of more than {MAX_PARCEL_BYTES} bytes is not carried; send less in one message"
            )
        self._post("/channel/notices", sealed, JOSE, 202)

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port. At most 50 at a time."""
        until = time.monotonic() + max(0.0, wait)
        while True:
            left = max(0.0, until - time.monotonic())
            parcels = self._lease(min(limit, MOST_PARCELS), min(left, LONGEST_WAIT))
            if parcels or time.monotonic() >= until:
                self._leased.update(parcel.tag for parcel in parcels)
                return parcels
            # A gateway that is about to stop answers early.
            time.sleep(min(0.2, max(0.0, until - time.monotonic())))

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._settle("/channel/inbox/acknowledge", [parcel.tag for parcel in parcels])

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._settle("/channel/inbox/release", [parcel.tag for parcel in parcels])

    def close(self) -> None:
        """See the port. What is still leased is released, so that it need not wait for the lease to end."""
        try:
            self._settle("/channel/inbox/release", sorted(self._leased))
        except (ChannelDown, ChannelRefused):
            self._leased.clear()
        finally:
            self._client.close()

    def _lease(self, limit: int, wait: float) -> list[Parcel]:
        most = limit * (MAX_PARCEL_BYTES + 1000) + _MAX_SMALL_ANSWER
        body = self._post_json("/channel/inbox/lease", {"limit": limit, "wait": round(wait, 3)}, 200, most, wait)
        try:
            document = json.loads(body)
            parcels = [
                Parcel(_text(each["id"], 100), _text(each["sealed"], MAX_PARCEL_BYTES).encode("ascii"))
                for each in document["parcels"]
            ]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ChannelDown(
                "the answer to a lease is not what a gateway says; is there another server at this address?"
            ) from None
        if len(parcels) > limit:
            raise ChannelDown("the gateway handed out more parcels than were asked for")
        return parcels

    def _settle(self, path: str, ids: list[str]) -> None:
        for start in range(0, len(ids), MOST_IDS):
            some = ids[start : start + MOST_IDS]
            self._post_json(path, {"ids": some}, 204)
            self._leased.difference_update(some)

    def _post_json(
        self, path: str, document: dict[str, Any], expected: int, most: int = _MAX_SMALL_ANSWER, wait: float = 0.0
    ) -> bytes:
        return self._post(path, json.dumps(document, separators=(",", ":")).encode(), JSON, expected, most, wait)

    def _post(
        self, path: str, body: bytes, content_type: str, expected: int, most: int = _MAX_SMALL_ANSWER, wait: float = 0.0
    ) -> bytes:
        target = self._settings.prefix + path
        headers = sign_request("POST", target, body, content_type, self._key, self._now())
        timeout = httpx2.Timeout(self._settings.answer_timeout + wait, connect=self._settings.connect_timeout)
        try:
            with self._client.stream(
                "POST", self._settings.origin + target, content=body, headers=headers, timeout=timeout
            ) as answer:
                content = _read(answer, most, time.monotonic() + 2 * self._settings.answer_timeout + wait)
                status = answer.status_code
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as problem:
            why = why_not_believed(problem) or f"it cannot be reached or did not answer ({type(problem).__name__})"
            raise ChannelDown(f"the gateway: {why}; try again later") from None
        if status != expected:
            raise _refusal(status, content)
        return content


def _client(settings: HttpsSettings) -> httpx2.Client:
    context = client_context(settings.ca_file, settings.cert_file, settings.key_file)
    transport = httpx2.HTTPTransport(
        verify=context,
        trust_env=False,
        proxy=settings.proxy,
        uds=None if settings.unix_socket is None else str(settings.unix_socket),
    )
    headers = {"user-agent": "patchwork-connector", "accept-encoding": "identity", "accept": "application/json"}
    return httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, headers=headers)


def _read(answer: httpx2.Response, most: int, until: float) -> bytes:
    """The answer's body, raw: nothing is decompressed, because nothing compressed was asked for."""
    content = bytearray()
    for piece in answer.iter_raw():
        content += piece
        if time.monotonic() > until:
            raise ChannelDown("the gateway answers too slowly; try again later")
        if len(content) > most:
            raise ChannelDown("the answer is larger than a gateway's; is there another server at this address?")
    return bytes(content)


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise ValueError("not text of a permitted length")
    return value


def _refusal(status: int, content: bytes) -> Exception:
    """Which of the two faults an unexpected status is. Of the answer only its short code is repeated."""
    code = _code(content)
    if status >= 500 or status in _AGAIN:
        return ChannelDown(f"the gateway is not able to serve now (status {status}{code}); try again later")
    if status < 400:
        return ChannelRefused(
            f"the address answered with status {status}, which no gateway does; check url (redirects are not followed)"
        )
    return ChannelRefused(f"{_WAYS_OUT.get(status, 'the gateway refuses this request')} (status {status}{code})")


def _code(content: bytes) -> str:
    try:
        code = json.loads(content)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return f", {code}" if isinstance(code, str) and _CODE.fullmatch(code) else ""
