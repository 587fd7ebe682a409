"""The few calls of RabbitMQ's management API that keeping a broker needs. Source: the broker's own page `/api/index.html`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx2

from connectors.channel.port import ChannelDown
from connectors.channel.tls import client_context
from gateway.refused import Refused
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private

MAX_ANSWER_BYTES = 64 * 1024 * 1024
TIMEOUT_SECONDS = 15.0


class BrokerRefused(Refused):
    """The management API did not do what was asked, and will not when asked again; the message says what to do."""


class ManagementApi:
    """The API as its administrator. Used from one thread. `url` has no path; `ca_file` is believed, else what the system believes."""

    def __init__(self, url: str, user: str, password_file: Path, ca_file: Path | None = None) -> None:
        self._user = user
        try:
            password = read_private(password_file).decode().strip()
        except (KeyFault, UnicodeDecodeError) as problem:
            raise BrokerRefused(f"broker_management_password_file cannot be used: {problem}") from None
        secure = url.startswith("https:")
        self._client = httpx2.Client(
            base_url=f"{url}/api/",
            auth=(user, password),
            verify=client_context(ca_file, None, None) if secure else True,
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    def get(self, *path: str) -> Any:
        """The decoded answer. Raises `ChannelDown`, `BrokerRefused`."""
        return self._call("GET", path, None, answers=True)

    def put(self, path: tuple[str, ...], body: Mapping[str, Any]) -> None:
        """Make or replace. Raises `ChannelDown`, `BrokerRefused`."""
        self._call("PUT", path, body)

    def post(self, path: tuple[str, ...], body: Mapping[str, Any]) -> None:
        """Add. Raises `ChannelDown`, `BrokerRefused`."""
        self._call("POST", path, body)

    def ask(self, path: tuple[str, ...], body: Mapping[str, Any]) -> Any:
        """The decoded answer to a question that has a body. Raises `ChannelDown`, `BrokerRefused`."""
        return self._call("POST", path, body, answers=True)

    def delete(self, *path: str) -> None:
        """Remove; harmless where it is not there. Raises `ChannelDown`, `BrokerRefused`."""
        self._call("DELETE", path, None, gone_is_fine=True)

    def refuses(self, user: str, password: str) -> bool:
        """Whether the API turns this user away. Raises `ChannelDown`."""
        try:
            return self._client.get("overview", auth=(user, password)).status_code in (401, 403)
        except httpx2.HTTPError:
            raise _away() from None

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(
        self,
        method: str,
        path: tuple[str, ...],
        body: Mapping[str, Any] | None,
        gone_is_fine: bool = False,
        answers: bool = False,
    ) -> Any:
        where = "/".join(quote(part, safe="") for part in path)
        try:
            with self._client.stream(method, where, json=body) as answer:
                text = _bounded(answer)
        except httpx2.HTTPError:
            raise _away() from None
        status = answer.status_code
        if status < 300 or (status == 404 and gone_is_fine):
            return _decoded(text) if answers else None
        if status >= 500 or status == 429:
            raise _away()
        raise BrokerRefused(self._sentence(status, method, path[0]))

    def _sentence(self, status: int, method: str, noun: str) -> str:
        if status in (401, 403):
            return (
                f"the broker's management API does not let user {self._user} {method} {noun}: it must have the tag administrator and all "
                "permissions in our virtual host, and broker_management_password_file must hold its password"
            )
        return f"the broker's management API refused to {method} {noun} (status {status}); look at the broker's log"


def _bounded(answer: httpx2.Response) -> bytes:
    text = bytearray()
    for piece in answer.iter_bytes():
        text += piece
        if len(text) > MAX_ANSWER_BYTES:
            raise BrokerRefused(
                f"the broker's management API answered more than {MAX_ANSWER_BYTES} bytes; check the URL"
            )
    return bytes(text)


def _decoded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BrokerRefused(
            "what answers at broker_management_url is not RabbitMQ's management API; check the URL"
        ) from None


def _away() -> ChannelDown:
    return ChannelDown("the broker's management API cannot be reached or is not ready; try again later")
