"""A FHIR R4 server over real sockets that understands just enough: search by type, by `_lastUpdated`, `_id` and patient, page by page.

Single answers can be scripted: a status with headers, a resource, or raw bytes.
"""

import json
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


@dataclass
class Scripted:
    """One answer out of the row."""

    status: int = 200
    document: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class FhirPlace:
    """`records` are the resources it holds; `script` looks at an address before it is answered as usual."""

    def __init__(self, *records: Json, tls: ssl.SSLContext | None = None) -> None:
        self.records = list(records)
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.script: Callable[[str, str], Scripted | None] = lambda _path, _body: None
        self.version = "4.0.1"
        self.outcome: list[Json] = []
        self.total: int | None = None
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        # A client that hangs up is what some tests are about.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}/fhir"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: str) -> Scripted:
        self.asked.append((method, path, body))
        if scripted := self.script(path, body):
            return scripted
        parts = urlsplit(path)
        if parts.path == "/fhir/metadata":
            return Scripted(document={"resourceType": "CapabilityStatement", "fhirVersion": self.version})
        said = {name: values[0] for name, values in parse_qs(body or parts.query).items()}
        type = parts.path.removeprefix("/fhir/").removesuffix("/_search")
        return Scripted(document=self._page(type, said))

    def _page(self, type: str, said: dict[str, str]) -> Json:
        found = [each for each in self.records if each["resourceType"] == type and _meets(each, said)]
        at, size = int(said.get("at", 0)), int(said["_count"])
        query = "&".join(f"{name}={value}" for name, value in said.items() if name != "at")
        page: Json = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found) if self.total is None else self.total,
            "entry": [
                {"fullUrl": f"{self.url}/{type}/{each['id']}", "resource": each, "search": {"mode": "match"}}
                for each in found[at : at + size]
            ],
        }
        if self.outcome:
            outcome = {"resourceType": "OperationOutcome", "issue": self.outcome}
            page["entry"].append({"resource": outcome, "search": {"mode": "outcome"}})
        if at + size < len(found):
            page["link"] = [{"relation": "next", "url": f"{self.url}/{type}?{query}&at={at + size}"}]
        return page

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        place = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer("")

            def do_DELETE(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

            def _answer(self, body: str) -> None:
                place.headers.append({name.lower(): value for name, value in self.headers.items()})
                said = place.answer(self.command, self.path, body)
                content = said.raw if said.raw is not None else json.dumps(said.document or {}).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                # Whoever asked may have had enough.
                with suppress(OSError):
                    self.wfile.write(content)

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(place.now(), usegmt=True)

            def log_message(self, format: str, *arguments: object) -> None:
                """Quiet."""

        return Handler


def _meets(resource: Json, said: dict[str, str]) -> bool:
    if "_id" in said and resource["id"] not in said["_id"].split(","):
        return False
    if "identifier" in said:
        _, _, value = said["identifier"].replace("\\", "").rpartition("|")
        return value in [each["value"] for each in resource.get("identifier", [])]
    if "patient" in said:
        reference = (resource.get("subject") or resource.get("patient") or {}).get("reference", "")
        if reference.rpartition("/")[2] not in said["patient"].split(","):
            return False
    since = re.sub(r"^ge", "", said.get("_lastUpdated", ""))
    return not since or str(resource.get("meta", {}).get("lastUpdated", "")) >= since
