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

from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, Parcel
from connectors.channel.signed_post import MAX_SMALL_ANSWER, SignedPost
from identity.agency.keys import SigningKey

JOSE, JSON = "application/jose", "application/json"
MOST_PARCELS = 50
MOST_IDS = 1_000
LONGEST_WAIT = 25.0
"""Seconds that one lease request waits at most; proxies on the way tend to give up after 30 or 60."""

_CODE = re.compile(r"[a-z0-9-]{1,60}")
_AGAIN = frozenset({408, 425, 429})
_WAYS_OUT = {
    401: "the gateway does not believe the signature: is this key approved, and the clock of this machine right? Where its proxy asks for "
    "a certificate: is cert_file the one issued last?",
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
        self._signed_post = SignedPost(settings, key, now)
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
            self._signed_post.close()

    def _lease(self, limit: int, wait: float) -> list[Parcel]:
        most = limit * (MAX_PARCEL_BYTES + 1000) + MAX_SMALL_ANSWER
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
        self, path: str, document: dict[str, Any], expected: int, most: int = MAX_SMALL_ANSWER, wait: float = 0.0
    ) -> bytes:
        return self._post(path, json.dumps(document, separators=(",", ":")).encode(), JSON, expected, most, wait)

    def _post(
        self, path: str, body: bytes, content_type: str, expected: int, most: int = MAX_SMALL_ANSWER, wait: float = 0.0
    ) -> bytes:
        status, content = self._signed_post(path, body, content_type, most, wait)
        if status != expected:
            raise _refusal(status, content)
        return content


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
