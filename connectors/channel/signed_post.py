"""Signed POST requests to a gateway: TLS, bounded times and sizes, no proxies from the environment, no redirects."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2

from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown
from connectors.channel.request_signature import sign_request
from connectors.channel.tls import client_context, why_not_believed
from identity.agency.keys import SigningKey

MAX_SMALL_ANSWER = 64 * 1024


class SignedPost:
    """One gateway, one signing key. Used from one thread. Raises `ChannelRefused` where a certificate file cannot be used."""

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

    def __call__(
        self, path: str, body: bytes, content_type: str, most: int = MAX_SMALL_ANSWER, wait: float = 0.0
    ) -> tuple[int, bytes]:
        """Status and body of the answer, at most `most` bytes. `wait` seconds more than usual are waited for it. Raises
        `ChannelDown`."""
        target = self._settings.prefix + path
        headers = sign_request("POST", target, body, content_type, self._key, self._now())
        timeout = httpx2.Timeout(self._settings.answer_timeout + wait, connect=self._settings.connect_timeout)
        try:
            with self._client.stream(
                "POST", self._settings.origin + target, content=body, headers=headers, timeout=timeout
            ) as answer:
                content = _read(answer, most, time.monotonic() + 2 * self._settings.answer_timeout + wait)
                return answer.status_code, content
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as problem:
            why = why_not_believed(problem) or f"it cannot be reached or did not answer ({type(problem).__name__})"
            raise ChannelDown(f"the gateway: {why}; try again later") from None

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()


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
