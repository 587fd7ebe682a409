"""Speaking to the agency's FHIR R4 server (https://hl7.org/fhir/R4/http.html): one request at a time, each answer bounded, nothing followed that
leads to another host.

What may pass is waited for as the server asks (429 and 503 with Retry-After, RFC 9110 10.2.3) within the time of the reading; whatever else is
not an answer raises `SourceUnreadable`, so that a reading is whole or not at all.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors.channel.tls import why_not_believed
from connectors.reaching.own_server import authorization
from connectors.sources.fhir_nodes import Node
from connectors.sources.port import SourceUnreadable
from identity.agency.faults import KeyFault
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal

FHIR_JSON = "application/fhir+json"
FORM = "application/x-www-form-urlencoded"
LONGEST_PAUSE = 60.0
MOST_TRIES = 5
_AGAIN = frozenset({429, 503})
_WAYS_OUT = {
    401: "it does not let us in; see token_file or credential_file",
    403: "it does not permit this; ask its administrator for read access",
    404: "there is no such thing at this address; check url",
    406: "it does not speak FHIR R4 JSON",
}


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """How the server is reached. Times in seconds; `longest_reading` from the first request of a reading to its last byte."""

    url: str
    token_file: Path | None = None
    credential_file: Path | None = None
    ca_file: Path | None = None
    connect_timeout: float = 5.0
    answer_timeout: float = 30.0
    longest_reading: float = 600.0

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")


class CursorExpired(Exception):
    """410: the page asked for is no longer kept; the search has to begin again."""


class FhirClient:
    """One reading's conversation. `limits` bound one answer, their size all answers together; `pause` waits for a number of seconds."""

    def __init__(self, access: FhirAccess, limits: Limits, pause: Callable[[float], None] = time.sleep) -> None:
        self._access, self._limits, self._pause = access, limits, pause
        self._until = time.monotonic() + access.longest_reading
        self._received = 0
        self.server_time: datetime | None = None
        """The server's clock at its first answer, where it says (Date, RFC 9110 6.6.1)."""
        self._client = httpx2.Client(
            transport=httpx2.HTTPTransport(verify=_believed(access), trust_env=False),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(access.answer_timeout, connect=access.connect_timeout),
        )

    def get(self, address: str, said: Mapping[str, str] | None = None) -> Node:
        """The resource at an address relative to the base, or at one that the server itself gave. Raises `SourceUnreadable`, `CursorExpired`."""
        return self._asked("GET", self._own(address), params=said)

    def search(self, type: str, said: Mapping[str, str]) -> Node:
        """The first page of a search by POST, so that what is looked for stands in no address. Raises `SourceUnreadable`."""
        return self._asked("POST", f"{self._access.base}/{type}/_search", form=said)

    def begin(self, address: str, said: Mapping[str, str]) -> str:
        """Ask for something that takes a while; answers where it is asked about (https://hl7.org/fhir/R4/async.html). Raises
        `SourceUnreadable`."""
        url, more = self._own(address), {"prefer": "respond-async"}
        _, headers, _ = self._answered("GET", url, frozenset({202}), params=said, more=more)
        return self._own(headers.get("content-location", ""))

    def finished(self, url: str) -> Node:
        """What `begin` asked for, once it is ready. Raises `SourceUnreadable` where the time of the reading is over first."""
        while True:
            status, headers, body = self._answered(
                "GET", url, frozenset({200, 202}), more={"accept": "application/json"}
            )
            if status == 200:
                return self._decoded(body)
            self._wait(headers)

    def lines(self, address: str, type: str) -> Iterator[Node]:
        """The resources of a file of the server's own, one a line. Raises `SourceUnreadable`, `CursorExpired`."""
        _, _, body = self._answered("GET", self._own(address), frozenset({200}), more={"accept": type})
        yield from (self._decoded(line) for line in body.split(b"\n") if line.strip())

    def forget(self, url: str) -> None:
        """Tell the server that what `begin` asked for is no longer needed; whether it listens is its own affair."""
        with suppress(SourceUnreadable, CursorExpired):
            self._once("DELETE", url, None, None, {})

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _own(self, address: str) -> str:
        """The address, made absolute. Raises `SourceUnreadable` where it is not the server's own."""
        whole = urljoin(f"{self._access.base}/", address)
        if _origin(whole) != _origin(self._access.base):
            raise SourceUnreadable(
                "the server leads to a page on another host than url, which is not followed; set the base address it gives"
            )
        return whole

    def _asked(
        self, method: str, url: str, params: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Node:
        return self._decoded(self._answered(method, url, frozenset({200}), params, form)[2])

    def _answered(
        self,
        method: str,
        url: str,
        wanted: frozenset[int],
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> tuple[int, httpx2.Headers, bytes]:
        for _ in range(MOST_TRIES):
            status, headers, body = self._once(method, url, params, form, more or {})
            self.server_time = self.server_time or _date(headers)
            if status in wanted:
                return status, headers, body
            if status == 410:
                raise CursorExpired
            if status not in _AGAIN:
                raise SourceUnreadable(_refusal(status))
            self._wait(headers)
        raise SourceUnreadable(f"the server is too busy (status {status}); it is asked again at the next reading")

    def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        more: Mapping[str, str],
    ) -> tuple[int, httpx2.Headers, bytes]:
        self._in_time()
        headers = {"accept": FHIR_JSON, "accept-encoding": "identity", "user-agent": "patchwork-connector", **more}
        try:
            headers |= authorization(self._access.token_file, self._access.credential_file)
        except KeyFault as problem:
            raise SourceUnreadable(str(problem)) from None
        try:
            with self._client.stream(method, url, params=params, data=form, headers=headers) as answer:
                return answer.status_code, answer.headers, self._bounded(answer)
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError) as problem:
            why = why_not_believed(problem) or type(problem).__name__
            raise SourceUnreadable(f"the server cannot be read: {why}") from None

    def _bounded(self, answer: httpx2.Response) -> bytes:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise SourceUnreadable(
                "the server compresses its answers although it was asked not to; turn that off for this connector"
            )
        body = bytearray()
        for chunk in answer.iter_raw():
            body += chunk
            self._received += len(chunk)
            if self._received > self._limits.size:
                raise SourceUnreadable(
                    f"the answers of the server are larger than {self._limits.size // 1024**2} MB together; write a preset of your own with "
                    "larger limits"
                )
            self._in_time()
        return bytes(body)

    def _decoded(self, body: bytes) -> Node:
        try:
            return decode(body.removeprefix(b"\xef\xbb\xbf"), self._limits, "Bundle")
        except ProfileRefusal as refusal:
            raise SourceUnreadable(f"an answer of the server cannot be read: {refusal.issues[0].text}") from None

    def _wait(self, headers: httpx2.Headers) -> None:
        said = headers.get("retry-after", "")
        seconds = float(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1.0
        if seconds > LONGEST_PAUSE or time.monotonic() + seconds > self._until:
            raise SourceUnreadable(
                f"the server asks to wait longer than a reading may take ({min(seconds, 99_999):.0f} s)"
            )
        self._pause(seconds)

    def _in_time(self) -> None:
        if time.monotonic() > self._until:
            raise SourceUnreadable(
                f"the reading took longer than {self._access.longest_reading:.0f} seconds; nothing of it is used, set longest_reading_seconds"
            )


def _believed(access: FhirAccess) -> ssl.SSLContext | bool:
    if access.url.startswith("http:"):
        return True
    try:
        context = ssl.create_default_context(cafile=str(access.ca_file) if access.ca_file else None)
    except OSError:
        raise SourceUnreadable(f"ca_file: {access.ca_file} does not hold certificates in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", 0
    return parts.scheme, (parts.hostname or "").casefold(), port or {"https": 443, "http": 80}.get(parts.scheme, 0)


def _date(headers: httpx2.Headers) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"the server leads elsewhere (status {status}), which is not followed; set url to where it leads"
    return f"the server does not answer: {_WAYS_OUT.get(status, 'see its log')} (status {status})"
