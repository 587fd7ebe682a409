"""An agency's FHIR R4 server as far as the sink needs it, over a real socket: update as create, conditional update and create, transactions,
`If-Match`, and search. Whatever is stored must be FHIR R4 (`fhir.resources`), else it is refused as a server would."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mappings.fhir import reference_reader
from mappings.fhir.refusal import ProfileRefusal

Json = dict[str, Any]


class FhirStore:
    """`stored` by type and id; `asked` every request: method, path, headers; `told` what was posted to `/told`. `status` other than 0 answers every
    request; `refuses` answers a status for single ones."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Json] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.told: list[Json] = []
        self.status = 0
        self.lenient = False
        self.refuses: Callable[[str, str], int] = lambda _method, _path: 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        # A client that hangs up with an answer half read says nothing of the test.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.origin}/fhir"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def all(self, type: str) -> list[Json]:
        """Every resource of a type, in the order in which each was first stored."""
        return [resource for (kind, _), resource in self.stored.items() if kind == type]

    def edit(self, type: str, id: str, **parts: Any) -> None:
        """What the agency's own staff make of a resource."""
        self.keep(type, id, self.stored[type, id] | parts)

    def keep(self, type: str, id: str, resource: Json) -> None:
        version = int(self.stored.get((type, id), {}).get("meta", {}).get("versionId", 0)) + 1
        meta = {"versionId": str(version), "lastUpdated": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        self.stored[type, id] = resource | {"id": id, "meta": meta}

    def answer(self, method: str, path: str, headers: dict[str, str], body: Json | None) -> tuple[int, Json]:
        self.asked.append((method, path, headers))
        if status := self.status or self.refuses(method, path):
            return status, {}
        if path == "/told" and body is not None:
            _valid(body)
            self.told.append(body)
            return 204, {}
        parts = urlsplit(path.removeprefix("/fhir").lstrip("/"))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            if method == "GET":
                return 200, self._page(parts.path, query)
            assert body is not None
            if method == "POST":
                return self._transaction(body)
            return self._put(unquote(parts.path), query, headers.get("if-match", ""), body), {}
        except ProfileRefusal:
            return 422, {}

    def _put(self, path: str, query: dict[str, str], match: str, body: Json) -> int:
        _valid(body)
        type, _, id = path.partition("/")
        if not id:
            found = self._found(type, query)
            id = found[0]["id"] if found else f"server-{len(self.stored) + 1}"
        if match and match != f'W/"{self.stored[type, id]["meta"]["versionId"]}"':
            return 412
        created = (type, id) not in self.stored
        self.keep(type, id, body)
        return 201 if created else 200

    def _transaction(self, bundle: Json) -> tuple[int, Json]:
        _valid(bundle)
        places: dict[str, str] = {}
        wanted: list[tuple[str, str, Json, bool]] = []
        for number, entry in enumerate(bundle["entry"], start=1):
            type, condition = entry["resource"]["resourceType"], entry["request"].get("ifNoneExist", "")
            condition = condition or urlsplit(entry["request"]["url"]).query
            found = self._found(type, {name: values[0] for name, values in parse_qs(condition).items()})
            id = found[0]["id"] if found else f"server-{len(self.stored) + number}"
            places[entry["fullUrl"]] = f"{type}/{id}"
            if not (found and "ifNoneExist" in entry["request"]):
                wanted.append((type, id, entry["resource"], bool(found)))
        for type, id, resource, _ in wanted:
            text = json.dumps(resource)
            for full, place in places.items():
                text = text.replace(f'"reference": "{full}"', f'"reference": "{place}"')
            self.keep(type, id, json.loads(text))
        return 200, {"resourceType": "Bundle", "type": "transaction-response"}

    def _page(self, type: str, query: dict[str, str]) -> Json:
        found = [{"resource": each, "search": {"mode": "match"}} for each in self._found(type, query)]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": found}

    def _found(self, type: str, query: dict[str, str]) -> list[Json]:
        """`lenient`: a server that passes over what it does not know (https://hl7.org/fhir/R4/search.html#errors)."""
        since = query.get("_lastUpdated", "").removeprefix("ge")
        found = [each for each in self.all(type) if self.lenient or each["meta"]["lastUpdated"] >= since]
        for name, where in (("identifier", "identifier"), ("group-identifier", "groupIdentifier")):
            if name in query and not self.lenient:
                system, _, value = query[name].rpartition("|")
                found = [
                    each
                    for each in found
                    if any(
                        (one["system"], value or one["value"]) == (system, one["value"])
                        for one in _listed(each.get(where))
                    )
                ]
        return [each for each in found if self.lenient or query.get("status", each["status"]) == each["status"]]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _valid(resource: Json) -> None:
    """Raises `ProfileRefusal` where it is no FHIR R4, or `fhir.resources` leaves something of it out."""
    bundle = resource
    if resource["resourceType"] != "Bundle":
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
    assert reference_reader.as_r4b(bundle).keys() == bundle.keys()


def _handler(place: FhirStore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def do_PUT(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _answer(self, body: Json | None) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, document = place.answer(self.command, self.path, headers, body)
            content = json.dumps(document).encode() if document else b""
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    return Handler
