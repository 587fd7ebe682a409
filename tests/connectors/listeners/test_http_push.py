"""What an agency's own systems POST: taken once, in order, before they are answered; and everything else refused with its reason."""

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.listeners.one_by_one import OneByOne
from connectors.listeners.opening import make, tried
from connectors.settings import SettingsFault
from gateway.bench.world import World
from mappings.canonical.codes import NoticeEvent
from tests.connectors.listeners.doors import PUSH, SECRET, AtTheDoor, post, quiet, write_secret
from tests.gateway.broker.certificates import Authority
from tests.spec.people import MAYA
from tests.spec.test_merges_from_a_source import patient, practitioner, team

Json = dict[str, Any]
STARTED, ENDED, WITHDRAWN = NoticeEvent.STARTED, NoticeEvent.ENDED, NoticeEvent.WITHDRAWN
RECORD = {
    "Client ref": "C-1", "Involvement id": "I-1", "Surname": "O'Neill", "Forename": "Maya", "DoB": "2014-03-09",
    "Worker": "Carys Lund", "Start date": "2025-01-01",
}  # fmt: skip


@pytest.fixture
def door(tmp_path: Path, seaton: World) -> Iterator[AtTheDoor]:
    door = AtTheDoor(tmp_path, seaton, PUSH)
    yield door
    door.close()


@pytest.fixture(scope="module")
def quiet_door(tmp_path_factory: pytest.TempPathFactory, empty_seaton: Path) -> Iterator[AtTheDoor]:
    with quiet(tmp_path_factory.mktemp("quiet"), empty_seaton, PUSH) as door:
        yield door


def message(number: str, at: str = "2026-03-02T08:00:00Z", type: str = "message", **changes: Any) -> Json:
    """A Bundle that states the girl's care team."""
    resources = [
        patient("maya", "MRN-1", MAYA),
        practitioner("t1", "Carys Lund"),
        team("t1", "Ward 1", "maya") | changes,
    ]
    if type == "message":
        resources.insert(0, {"resourceType": "MessageHeader", "id": "h", "eventCoding": {"code": "update"}})
    entries = [
        {"resource": each, "fullUrl": f"https://ehr.example/{each['resourceType']}/{each['id']}"} for each in resources
    ]
    return {
        "resourceType": "Bundle", "type": type, "timestamp": at, "entry": entries,
        "identifier": {"system": "urn:x:messages", "value": number},
    }  # fmt: skip


def notice(id: str, event: str = "stated", at: str = "2026-03-02T08:00:00Z", **changes: Any) -> Json:
    return {"id": id, "at": at, "event": event, "record": RECORD | changes}


@pytest.mark.parametrize("type", ["message", "transaction", "batch", "collection"])
def test_a_bundle_is_in_the_outbox_before_it_is_answered(door: AtTheDoor, type: str) -> None:
    status, outcome = post(door, "/fhir", message("m1", type=type))
    assert (status, outcome["resourceType"]) == (202, "OperationOutcome")
    assert outcome["issue"][0]["diagnostics"] == "taken: 1 started"
    assert door.queued() == [STARTED]


def test_the_same_again_is_taken_and_says_nothing_twice(door: AtTheDoor) -> None:
    post(door, "/fhir", message("m1"))
    assert post(door, "/fhir", message("m1"))[1]["issue"][0]["diagnostics"] == "taken before; nothing changed"
    assert door.queued() == [STARTED]


def test_one_id_for_two_messages_is_a_conflict(door: AtTheDoor) -> None:
    post(door, "/fhir", message("m1"))
    status, outcome = post(door, "/fhir", message("m1", status="inactive"))
    assert (status, outcome["issue"][0]["code"]) == (409, "conflict")


def test_a_retry_that_comes_late_does_not_undo_what_came_after_it(door: AtTheDoor) -> None:
    over = {"status": "inactive", "period": {"end": "2026-03-02"}}
    post(door, "/fhir", message("m2", "2026-03-02T08:05:00Z", **over))
    status, outcome = post(door, "/fhir", message("m1", "2026-03-02T08:00:00Z"))
    assert (status, outcome["issue"][0]["diagnostics"]) == (202, "taken: 1 skipped: outdated")
    assert STARTED not in door.queued()


def test_what_is_not_in_a_message_has_not_vanished(door: AtTheDoor) -> None:
    post(door, "/notices", notice("n1"))
    post(door, "/notices", notice("n2", **{"Client ref": "C-2", "Involvement id": "I-2"}))
    assert door.queued() == [STARTED, STARTED]


def test_an_ending_and_an_error(door: AtTheDoor) -> None:
    post(door, "/notices", notice("n1"))
    assert post(door, "/notices", notice("n2", "ended"))[1]["changes"] == {"involvement-ended": 1}
    reference = {"Involvement id": "I-1", "Client ref": "C-1"}
    assert post(door, "/notices", notice("n3", "withdrawn") | {"record": reference})[0] == 202
    assert door.queued() == [STARTED, ENDED, WITHDRAWN]


def test_nobody_on_the_exclusion_list_leaves(door: AtTheDoor) -> None:
    door.council.children.exclude("C-1")
    assert post(door, "/notices", notice("n1"))[1]["skipped"] == {"excluded": 1}
    assert door.queued() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"event": "began"}, "event must be stated, ended, withdrawn"),
        ({"at": "yesterday"}, "at must be a time with its zone"),
        ({"at": "2026-03-02T08:00:00"}, "at must be a time with its zone"),
        ({"at": "2026-03-03T12:00:00Z"}, "its time has not come yet"),
        ({"id": ""}, "id must be text"),
        ({"id": 7}, "id must be text"),
        ({"record": {}}, "record must be an object"),
        ({"record": RECORD | {"DoB": 2014}}, "every column of record must be text"),
        ({"record": RECORD | {"DoB": "the ides of March"}}, "DoB"),
        ({"record": RECORD | {"Shoe size": "4"}}, "unknown column 'Shoe size'"),
        ({"more": 1}, "a notice has id, at, event, record and nothing else"),
    ],
)
def test_what_is_wrong_with_a_notice_is_said_and_nothing_of_it_is_taken(
    quiet_door: AtTheDoor, changes: Json, words: str
) -> None:
    status, problem = post(quiet_door, "/notices", notice("n1") | changes)
    assert (status, problem["status"]) == (422, 422)
    assert words in problem["title"]
    assert not [word for word in ("Neill", "2014", "C-1", "ides") if word in json.dumps(problem)]
    assert quiet_door.queued() == []


def test_the_same_id_put_right_is_taken(door: AtTheDoor) -> None:
    assert post(door, "/notices", notice("n1", DoB="1"))[0] == 422
    assert post(door, "/notices", notice("n1"))[0] == 202


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ({"resourceType": "Patient"}, "send a FHIR R4 Bundle"),
        ({"resourceType": "Bundle", "type": "searchset"}, "send a FHIR R4 Bundle"),
        (message("m1") | {"entry": []}, "no CareTeam and no EpisodeOfCare"),
        (message("m1") | {"timestamp": "2026-03-02"}, "timestamp is no instant"),
        (message("m1", status="no such status"), "status is none of the R4 codes"),
        ({**message("m1"), "identifier": None}, "has no name"),
        ({**message("m1"), "entry": [{"request": {"method": "DELETE", "url": "CareTeam/t1"}}]}, "asks to delete"),
        (
            message("m1", meta={"profile": ["https://fhir.hl7.org.uk/STU3/CareConnect-CareTeam-1"]}),
            "another FHIR version",
        ),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"a":' * 5_000, "deeper than 40 levels"),
        (b"[]", "not a JSON object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_bundle_is_said_in_fhir(quiet_door: AtTheDoor, bundle: Any, words: str) -> None:
    status, outcome = post(quiet_door, "/fhir", bundle)
    assert (status, outcome["resourceType"], outcome["issue"][0]["code"]) == (422, "OperationOutcome", "invalid")
    assert words in outcome["issue"][0]["diagnostics"]
    assert quiet_door.queued() == []


def test_a_client_who_became_restricted_is_taken_back_even_where_the_rest_cannot_be_used(door: AtTheDoor) -> None:
    """Exclusion never waits for somebody to mend a message."""
    post(door, "/fhir", message("m1"))
    bundle = message("m2", "2026-03-02T08:01:00Z")
    bundle["entry"][1]["resource"]["meta"] = {"security": [{"code": "R"}]}
    bundle["entry"].append({"resource": team("t2", "Ward 2", "maya") | {"status": "no such status"}})
    assert post(door, "/fhir", bundle)[0] == 422
    assert door.queued() == [STARTED, WITHDRAWN]


def test_an_idempotency_key_is_as_good_as_an_identifier(door: AtTheDoor) -> None:
    bundle = {**message("m1"), "identifier": None}
    assert post(door, "/fhir", bundle, idempotency_key="k1")[0] == 202
    assert "taken before" in post(door, "/fhir", bundle, idempotency_key="k1")[1]["issue"][0]["diagnostics"]


class TestLettingIn:
    """Nobody speaks for the agency but its own systems."""

    @pytest.mark.parametrize("secret", [None, "", "another-shared-secret-12", SECRET[:-1], SECRET + "x"])
    def test_only_with_the_secret(self, quiet_door: AtTheDoor, secret: str | None) -> None:
        status, outcome = post(quiet_door, "/fhir", message("m1"), secret=secret)
        assert (status, outcome["issue"][0]["code"]) == (401, "login")
        assert quiet_door.queued() == []

    def test_the_secret_can_be_replaced_while_it_listens(self, door: AtTheDoor) -> None:
        write_secret(door.council.folder, text="another-shared-secret-12")
        assert post(door, "/notices", notice("n1"))[0] == 401
        assert post(door, "/notices", notice("n1"), secret="another-shared-secret-12")[0] == 202

    def test_a_secret_that_others_can_read_lets_nobody_in(self, door: AtTheDoor) -> None:
        (door.council.folder / "push.secret").chmod(0o644)
        assert post(door, "/notices", notice("n1"))[0] == 401

    def test_over_tls_with_a_client_certificate(self, tmp_path: Path, seaton: World) -> None:
        own, systems = Authority(tmp_path / "own"), Authority(tmp_path / "systems")
        server, client = own.server(), systems.client("pas")
        said = f'cert_file = "{server.certificate}"\nkey_file = "{server.key}"\nclient_ca_file = "{systems.file}"\n'
        door = AtTheDoor(tmp_path / "agency", seaton, PUSH.replace('secret_file = "push.secret"\n', said))
        context = ssl.create_default_context(cafile=str(own.file))
        context.load_cert_chain(client.certificate, client.key)
        channel = http.client.HTTPSConnection("localhost", door.port, context=context, timeout=60)
        channel.request("POST", "/notices", json.dumps(notice("n1")), {"content-type": "application/json"})
        assert channel.getresponse().status == 202
        channel.close()
        stranger = ssl.create_default_context(cafile=str(own.file))
        with pytest.raises(OSError), door.connect(stranger) as raw:  # noqa: PT012 - TLS 1.3 refuses at the first answer
            raw.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            if raw.recv(100) == b"":
                raise OSError("closed without a word")
        door.close()


class TestHttp:
    """What is not for us is answered by its status."""

    @pytest.mark.parametrize(
        ("path", "method", "headers", "status"),
        [
            ("/", "POST", {}, 404),
            ("/fhir/CareTeam", "POST", {}, 404),
            ("/notices", "PUT", {}, 405),
            ("/notices", "POST", {"content_type": "text/plain"}, 415),
        ],
    )
    def test_by_status(
        self, quiet_door: AtTheDoor, path: str, method: str, headers: dict[str, str], status: int
    ) -> None:
        assert post(quiet_door, path, notice("n1"), method=method, **headers)[0] == status

    def test_more_than_the_bound_is_refused_before_it_is_read(self, quiet_door: AtTheDoor) -> None:
        assert post(quiet_door, "/notices", b" " * (1_024 * 1_024 + 1))[0] == 413

    def test_more_than_it_announced_too(self, quiet_door: AtTheDoor) -> None:
        head = (
            f"POST /notices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\ncontent-type: application/json\r\n"
        )
        with quiet_door.connect() as raw:
            raw.sendall(head.encode() + b"transfer-encoding: chunked\r\n\r\n")
            try:
                while True:
                    raw.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            except OSError:
                pass
        assert quiet_door.queued() == []

    def test_too_many_headers(self, quiet_door: AtTheDoor) -> None:
        assert post(quiet_door, "/notices", notice("n1"), **{f"x_{n}": "1" for n in range(51)})[0] == 431

    def test_two_secrets_are_none(self, quiet_door: AtTheDoor) -> None:
        line = f"authorization: Bearer {SECRET}\r\n"
        with quiet_door.connect() as raw:
            raw.sendall(f"POST /notices HTTP/1.1\r\nhost: x\r\n{line}{line}\r\n".encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 400")

    def test_several_requests_on_one_connection(self, door: AtTheDoor) -> None:
        client = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
        head = {"content-type": "application/json", "authorization": f"Bearer {SECRET}"}
        for id in ("n1", "n1", "n2"):
            client.request("POST", "/notices", json.dumps(notice(id)), head)
            assert json.loads(client.getresponse().read())["taken"]
        client.close()

    def test_its_health_needs_no_secret_and_tells_nothing(self, quiet_door: AtTheDoor) -> None:
        assert post(quiet_door, "/healthz", b"", secret=None, method="GET") == (200, {"status": "listening"})

    def test_one_that_never_comes_to_the_point_is_not_waited_for(self, tmp_path: Path, seaton: World) -> None:
        door = AtTheDoor(tmp_path, seaton, PUSH.replace("request_seconds = 60", "request_seconds = 1"))
        with door.connect() as raw:
            raw.sendall(b"POST /notices HTTP/1.1\r\n")
            assert raw.recv(100) == b""
        door.close()

    def test_no_more_connections_than_the_bound(self, tmp_path: Path, seaton: World) -> None:
        door = AtTheDoor(tmp_path, seaton, PUSH + "most_connections = 1\n")
        with door.connect() as held:
            held.sendall(b"POST")
            with door.connect() as raw:
                assert raw.recv(100) == b""
        assert door.noted == ["too many connections at once; one was closed"]
        door.close()

    def test_only_from_the_senders_that_are_named(self, tmp_path: Path, seaton: World) -> None:
        door = AtTheDoor(tmp_path, seaton, PUSH + 'senders = ["10.1.2.0/24"]\n')
        with door.connect() as raw:
            assert raw.recv(100) == b""
        assert len(door.noted) == 1
        door.close()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(st.binary(min_size=1, max_size=400), st.booleans())
    def test_whatever_comes_is_refused_or_hung_up_on(
        self, quiet_door: AtTheDoor, data: bytes, after_a_head: bool
    ) -> None:
        head = (
            f"POST /notices HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET}\r\ncontent-type: application/json\r\n"
        )
        with quiet_door.connect() as raw:
            raw.sendall((head + f"content-length: {len(data)}\r\n\r\n").encode() + data if after_a_head else data)
            raw.shutdown(1)
            answer = b""
            while chunk := raw.recv(4096):
                answer += chunk
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        assert quiet_door.noted == []
        assert quiet_door.queued() == []


def test_while_the_ledger_cannot_be_had_the_sender_is_told_to_come_back(door: AtTheDoor) -> None:
    (door.council.folder / "childrens-services-exclusions.txt").unlink()
    status, problem = post(door, "/notices", notice("n1"))
    assert status == 503
    assert "exclusion" in problem["title"] or "childrens" in problem["title"]
    door.council.children.exclude()
    assert post(door, "/notices", notice("n1"))[0] == 202


def test_stopping_is_clean_and_what_was_taken_stays(door: AtTheDoor) -> None:
    post(door, "/notices", notice("n1"))
    with door.connect() as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200")
        door.close()
        assert raw.recv(100) == b""
    assert door.queued() == [STARTED]
    door.open()
    assert post(door, "/notices", notice("n1"))[1]["again"]


def test_trying_it_out(quiet_door: AtTheDoor, seaton: World) -> None:
    said = quiet_door.said
    desk = OneByOne(quiet_door.council.connector.settings, quiet_door.council.children.id, seaton.clock.now)
    assert "can listen at 127.0.0.1 port 0" in tried(said, desk, None)
    listening = said.model_copy(update={"port": quiet_door.port})
    assert "listening at 127.0.0.1" in tried(listening, desk, seaton.clock.now())
    with pytest.raises(SettingsFault, match=r"cannot listen at 127.0.0.1"):
        make(listening, desk, lambda *_: None).start()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_file": "short"}, "holds fewer than 16 characters"),
        ({"secret_file": "nothing"}, "cannot be read"),
        ({"cert_file": "a", "key_file": "short"}, "not a pair in PEM form"),
        ({"rows_preset": "fhir_r4_ukcore"}, "rows_preset one that reads tables"),
        ({"fhir_preset": "nothing"}, "no preset is called"),
    ],
)
def test_a_file_or_preset_that_cannot_be_used_is_named(
    quiet_door: AtTheDoor, change: dict[str, str], words: str
) -> None:
    write_secret(quiet_door.council.folder, "short", "too short")
    files = {
        name: quiet_door.council.folder / text if name.endswith("_file") else text for name, text in change.items()
    }
    desk = OneByOne(quiet_door.council.connector.settings, quiet_door.council.children.id, quiet_door.seaton.clock.now)
    with pytest.raises(SettingsFault, match=f"sources: records: .*{words}"):
        make(quiet_door.said.model_copy(update=files), desk, lambda *_: None)
