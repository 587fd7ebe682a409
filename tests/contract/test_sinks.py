"""What every sink promises: once is once, twice is still once, down is down, refused is refused; nothing about a client in any name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Protocol

import pytest

from connectors.sinks.fhir_server import FhirServerSettings, FhirServerSink, Storing
from connectors.sinks.folder import FolderSink
from connectors.sinks.port import Delivery, Sink, SinkDown, SinkRefused
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from tests.connectors.office import MONDAY, SCHOOL
from tests.connectors.sinks.receiver import Receiver, receiving, sink_for
from tests.counterparts import an_alert

PERSON, INVOLVEMENT = PersonRef("a" * 64), InvolvementRef("b" * 64)


class Place(Protocol):
    """Where a sink puts things, as a test sees it."""

    sink: Sink

    def texts(self) -> list[str]:
        """The readable text of every alert there."""

    def addresses(self) -> list[str]:
        """Every file name or URL that was used."""

    def break_down(self) -> None:
        """From now on it cannot take anything."""


class Folder:
    """The folder sink."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / "alerts"
        self.sink: Sink = FolderSink(self.path)

    def texts(self) -> list[str]:
        documents = [json.loads(path.read_text()) for path in sorted(self.path.glob("*.json"))]
        texts = [document["payload"][0]["contentString"] for document in documents]
        assert sorted(texts) == sorted(path.read_text() for path in self.path.glob("*.txt"))
        return texts

    def addresses(self) -> list[str]:
        return [path.name for path in self.path.iterdir()]

    def break_down(self) -> None:
        for path in self.path.glob("*"):
            path.unlink()
        self.path.rmdir()
        self.path.write_text("a file stands where the folder should be")


class FhirServer:
    """A FHIR server that understands just enough: update as create, and a transaction with conditional updates."""

    def __init__(self, storing: Storing, token: Path | None = None) -> None:
        self.stored: dict[str, dict[str, object]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.status = 0
        server = HTTPServer(("127.0.0.1", 0), self._handler())
        self._server = server
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/fhir"
        self.sink = FhirServerSink(FhirServerSettings(url, token_file=token, storing=storing, answer_timeout=5))

    def texts(self) -> list[str]:
        return [str(one["payload"][0]["contentString"]) for one in self.stored.values()]  # type: ignore[index]

    def addresses(self) -> list[str]:
        return [path for _, path, _ in self.asked]

    def break_down(self) -> None:
        self.status = 503

    def close(self) -> None:
        self.sink.close()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self._answer(lambda body: place.stored.update({self.path.rpartition("/")[2]: body}))

            def do_POST(self) -> None:
                def store(body: dict[str, object]) -> None:
                    for entry in body["entry"]:  # type: ignore[attr-defined]
                        place.stored[entry["request"]["url"]] = entry["resource"]

                self._answer(store)

            def _answer(self, store: Callable[[dict[str, object]], object]) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                place.asked.append((self.command, self.path, dict(self.headers)))
                if not place.status:
                    store(body)
                self.send_response(place.status or 201)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Quiet."""

        return Handler


class Webhook:
    """A webhook's receiver, which keeps the last of each id, as it is told to."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self._receiver = receiver
        self.sink: Sink = sink_for(receiver, folder)

    def texts(self) -> list[str]:
        kept = {each.id: each.text for each in self._receiver.taken}
        return list(kept.values())

    def addresses(self) -> list[str]:
        return [each.path for each in self._receiver.taken]

    def break_down(self) -> None:
        self._receiver.status = 503


@pytest.fixture(params=["folder", "fhir put", "fhir transaction", "webhook"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        yield Folder(tmp_path)
    elif request.param == "webhook":
        with receiving(tmp_path) as receiver:
            yield Webhook(tmp_path, receiver)
    else:
        server = FhirServer(Storing(request.param.removeprefix("fhir ")))
        yield server
        server.close()


def a_delivery(version: int = 1, text: str = "Somebody else is involved with O. Testcase.") -> Delivery:
    alert = an_alert(SCHOOL, PERSON, INVOLVEMENT, MONDAY, version=version)
    return Delivery(alert, "C-4711", "O. Testcase", "I-4711", "Alex Worker", text)


def test_an_alert_is_there_when_deliver_returns(place: Place) -> None:
    place.sink.deliver(a_delivery())
    assert place.texts() == ["Somebody else is involved with O. Testcase."]


def test_the_same_alert_twice_is_there_once(place: Place) -> None:
    delivery = a_delivery()
    place.sink.deliver(delivery)
    place.sink.deliver(delivery)
    assert len(place.texts()) == 1


def test_two_alerts_are_two(place: Place) -> None:
    place.sink.deliver(a_delivery())
    place.sink.deliver(a_delivery(2, "It is no longer shared through Patchwork."))
    assert len(place.texts()) == 2


def test_no_file_name_or_address_holds_anything_of_a_client(place: Place) -> None:
    place.sink.deliver(a_delivery())
    for address in place.addresses():
        for secret in ("4711", "Testcase", PERSON.value, INVOLVEMENT.value, "K7P"):
            assert secret not in address


def test_when_it_cannot_take_anything_it_says_so_without_saying_what(place: Place) -> None:
    place.sink.deliver(a_delivery())
    place.break_down()
    with pytest.raises(SinkDown) as caught:
        place.sink.deliver(a_delivery(2))
    assert "Testcase" not in str(caught.value)
    assert place.sink.name in str(caught.value)


class TestFhirServer:
    """What only a server can answer."""

    @pytest.fixture
    def server(self) -> Iterator[FhirServer]:
        server = FhirServer(Storing.PUT)
        yield server
        server.close()

    @pytest.mark.parametrize("status", [408, 425, 429, 401, 403, 500, 502, 503, 504])
    def test_what_may_pass_is_tried_again(self, server: FhirServer, status: int) -> None:
        server.status = status
        with pytest.raises(SinkDown):
            server.sink.deliver(a_delivery())

    @pytest.mark.parametrize("status", [302, 400, 404, 405, 409, 410, 412, 413, 422])
    def test_what_will_not_pass_is_kept_for_a_person(self, server: FhirServer, status: int) -> None:
        server.status = status
        with pytest.raises(SinkRefused, match=str(status)):
            server.sink.deliver(a_delivery())

    def test_a_server_that_is_not_there_is_down(self) -> None:
        server = FhirServer(Storing.PUT)
        server.close()
        server.sink = FhirServerSink(FhirServerSettings("http://127.0.0.1:9/fhir"))
        with pytest.raises(SinkDown):
            server.sink.deliver(a_delivery())

    def test_the_token_comes_from_a_file_that_only_we_can_read(self, tmp_path: Path) -> None:
        token = tmp_path / "token"
        token.write_text("s3cret\n")
        token.chmod(0o600)
        server = FhirServer(Storing.PUT, token)
        server.sink.deliver(a_delivery())
        assert server.asked[-1][2]["authorization"] == "Bearer s3cret"
        token.chmod(0o644)
        with pytest.raises(SinkDown, match="other users"):
            server.sink.deliver(a_delivery())
        server.close()

    @pytest.mark.parametrize(
        "url", ["http://ehr.example/fhir", "https://user:pw@ehr.example", "ehr.example", "https://ehr.example/?q=1"]
    )
    def test_an_address_that_cannot_be_safe_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="sink fhir: "):
            FhirServerSettings(url)


class TestFolder:
    """What only files can do."""

    def test_the_same_alert_decided_afresh_replaces_what_was_there(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        first = a_delivery()
        place.sink.deliver(first)
        place.sink.deliver(replace(first, text="Somebody else is involved, and the number is new."))
        assert place.texts() == ["Somebody else is involved, and the number is new."]

    def test_nothing_half_written_is_left(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        place.sink.deliver(a_delivery())
        assert not list(place.path.glob(".*"))

    def test_files_are_not_for_everybody(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        place.sink.deliver(a_delivery())
        assert {path.stat().st_mode & 0o007 for path in place.path.iterdir()} == {0}
