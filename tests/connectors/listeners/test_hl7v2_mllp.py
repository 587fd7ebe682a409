"""HL7 v2 over MLLP: a message is acknowledged once it is in the outbox; the order in which messages come changes nothing; whatever else comes is
answered with AE or AR, or hung up on."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.listeners.hl7_header import HeaderRefused, check, heard_in, read_header, text_of
from gateway.bench.world import World
from mappings.canonical.codes import NoticeEvent
from tests.connectors.listeners.doors import AtTheDoor, quiet
from tests.connectors.sources.agencies import SEATON
from tests.gateway.broker.certificates import Authority

STARTED, CHANGED, ENDED, WITHDRAWN = NoticeEvent.STARTED, NoticeEvent.CHANGED, NoticeEvent.ENDED, NoticeEvent.WITHDRAWN
MLLP = 'kind = "hl7v2_mllp"\nport = 0\n'
BEGIN, END = b"\x0b", b"\x1c\x0d"
SAMPLES = sorted((SEATON / "hl7v2").glob("*.hl7"))


@pytest.fixture
def door(tmp_path: Path, seaton: World) -> Iterator[AtTheDoor]:
    door = AtTheDoor(tmp_path, seaton, MLLP)
    yield door
    door.close()


@pytest.fixture(scope="module")
def quiet_door(tmp_path_factory: pytest.TempPathFactory, empty_seaton: Path) -> Iterator[AtTheDoor]:
    with quiet(tmp_path_factory.mktemp("quiet"), empty_seaton, MLLP) as door:
        yield door


def adt(
    trigger: str,
    hour: int,
    number: str = "",
    *,
    bar: str = "|",
    part: str = "^",
    end: str = "",
    mrn: str = "R1",
    family: str = "O'NEILL",
) -> bytes:
    """An invented message, sent at that hour of the second of March 2026. `end` is PV1-45."""
    when = f"202603020{hour}0000"
    pid3 = part.join([mrn, "", "", "RZZ", "MR"]) + "~" + part.join(["9990100012", "", "", "NHS", "NH"])
    pv1 = ["PV1", "1", "I", "WARD5", "", "", "", part.join(["C3456789", "RAO", "PRIYA", "", "", "DR", "", "", "GMC"])]
    pv1 += [""] * 11 + ["V1"] + [""] * 24 + ["20260301093000", end]
    segments = [
        [f"MSH{bar}{part}~\\&", "PAS", "RZZ", "PW", "RZZ", when, "", f"ADT{part}{trigger}", number or f"{trigger}-{hour}", "P", "2.4"],
        ["EVN", trigger, when],
        ["PID", "1", "", pid3, "", part.join([family, "MAYA"]), "", "20140309", "F"],
        [] if trigger == "A40" else pv1,
        ["MRG", part.join(["R0", "", "", "RZZ", "MR"])] if trigger == "A40" else [],
    ]  # fmt: skip
    return "\r".join(bar.join(each) for each in segments if each).encode() + b"\r"


NOBODY = adt("A01", 1).replace(b"|V1|", b"||").replace(b"R1^^^RZZ^MR~9990100012^^^NHS^NH", b"")
"""Names neither a visit nor a patient by number."""


def say(door: AtTheDoor, *blocks: bytes, tls: ssl.SSLContext | None = None) -> list[str]:
    """The answers to some blocks over one connection."""
    with door.connect(tls) as raw:
        return [ask(raw, block) for block in blocks]


def ask(raw: socket.socket, block: bytes) -> str:
    """The answer to one block, without its framing."""
    raw.sendall(BEGIN + block + END)
    answer = b""
    while not answer.endswith(END):
        data = raw.recv(65_536)
        assert data, "hung up without an answer"
        answer += data
    assert answer.startswith(BEGIN)
    return answer[1:-2].decode("latin-1")


def codes(answers: list[str]) -> list[str]:
    return [line.split(line[3])[1] for answer in answers for line in answer.split("\r") if line.startswith("MSA")]


def test_a_message_is_in_the_outbox_before_it_is_acknowledged(door: AtTheDoor) -> None:
    (answer,) = say(door, adt("A01", 1))
    header, acknowledged = answer.split("\r")[:2]
    assert header.split("|")[2:6] == ["PW", "RZZ", "PAS", "RZZ"]
    assert header.split("|")[8] == "ACK^A01^ACK"
    assert acknowledged == "MSA|AA|A01-1"
    assert door.queued() == [STARTED]


def test_the_samples_of_a_hospital(door: AtTheDoor) -> None:
    assert codes(say(door, *(path.read_bytes() for path in SAMPLES))) == ["AA"] * 7
    assert codes(say(door, *(path.read_bytes() for path in SAMPLES))) == ["AA"] * 7, "and all of it once more"
    assert door.queued().count(STARTED) <= 2


def test_a_stay_from_its_begin_to_its_end(door: AtTheDoor) -> None:
    say(door, adt("A01", 1), adt("A08", 2, family="WHITLOCK"), adt("A03", 3, end="20260302030000"))
    assert door.queued() == [STARTED, CHANGED, ENDED]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_whatever_order_they_come_the_stay_is_over(tmp_path: Path, seaton: World, order: tuple[int, ...]) -> None:
    door = AtTheDoor(tmp_path, seaton, MLLP)
    stay = [adt("A01", 1), adt("A08", 2, family="WHITLOCK"), adt("A03", 3, end="20260302030000")]
    assert codes(say(door, *(stay[number] for number in order))) == ["AA"] * 3
    said = door.queued()
    assert not said or said[-1] is ENDED
    door.close()


def test_details_alone_open_nothing_and_are_not_forgotten(door: AtTheDoor) -> None:
    say(door, adt("A08", 2, family="WHITLOCK"))
    assert door.queued() == []
    say(door, adt("A01", 1))
    with door.council.children.served.ledger.read() as unit:
        (known,) = unit.involvements.after("", 10)
        assert b"Whitlock" in (unit.involvements.standing(known.ref) or b"")


def test_an_admission_that_was_none(door: AtTheDoor) -> None:
    say(door, adt("A01", 1), adt("A11", 2))
    assert door.queued() == [STARTED, WITHDRAWN]


def test_a_cancellation_that_is_quicker_than_what_it_cancels(door: AtTheDoor) -> None:
    assert codes(say(door, adt("A11", 2), adt("A01", 1))) == ["AA", "AA"]
    assert door.queued() == []


def test_a_discharge_that_was_none(door: AtTheDoor) -> None:
    say(door, adt("A01", 1), adt("A03", 2, end="20260302020000"), adt("A13", 3))
    assert door.queued() == [STARTED, ENDED, STARTED]


def test_two_records_become_one(door: AtTheDoor) -> None:
    say(door, adt("A01", 1, mrn="R0"), adt("A40", 2))
    with door.council.children.served.ledger.read() as unit:
        kinds = [kind for (kind,) in unit.db.execute("SELECT kind FROM outbox ORDER BY position")]
    assert kinds == ["notice", "merge"]


def test_the_same_message_again_is_acknowledged_and_says_nothing(door: AtTheDoor) -> None:
    assert codes(say(door, adt("A01", 1), adt("A01", 1))) == ["AA", "AA"]
    assert codes(say(door, adt("A01", 1))) == ["AA"]
    assert door.queued() == [STARTED]


def test_a_control_id_that_comes_again_with_something_else_is_a_new_message(door: AtTheDoor) -> None:
    say(door, adt("A01", 1, "7"), adt("A03", 2, "7", end="20260302020000"))
    assert door.queued() == [STARTED, ENDED]


def test_other_delimiters(door: AtTheDoor) -> None:
    (answer,) = say(door, adt("A01", 1, bar="#", part="@"))
    assert answer.split("\r")[0].startswith("MSH#@~\\&#PW#RZZ#PAS#RZZ#")
    assert "MSA#AA#A01-1" in answer
    assert door.queued() == [STARTED]


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r\n\r\n"], ids=repr)
def test_other_line_ends(door: AtTheDoor, ends: bytes) -> None:
    assert codes(say(door, adt("A01", 1).replace(b"\r", ends))) == ["AA"]
    assert door.queued() == [STARTED]


@pytest.mark.parametrize(
    ("said", "encoding"),
    [("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("", "utf-8"), ("", "cp1252"), ("ASCII", "cp1252")],
)
def test_the_character_set_that_the_sender_names(door: AtTheDoor, said: str, encoding: str) -> None:
    text = adt("A01", 1, family="NÚÑEZ").decode().replace("|P|2.4\r", f"|P|2.4||||||{said}\r")
    assert codes(say(door, text.encode(encoding))) == ["AA"]
    with door.council.children.served.ledger.read() as unit:
        (known,) = unit.involvements.after("", 10)
        assert "Núñez".encode() in (unit.involvements.standing(known.ref) or b"").decode("unicode_escape").encode(
            "latin-1", "replace"
        ) or ("Núñez" in (unit.involvements.standing(known.ref) or b"").decode())


def test_a_batch_is_acknowledged_message_by_message(door: AtTheDoor) -> None:
    block = (
        b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r"
        + adt("A01", 1)
        + adt("A99", 2)
        + b"PID|1\r"
        + adt("A03", 3)
        + b"BTS|3\rFTS|1\r"
    )
    (answer,) = say(door, block)
    assert answer.startswith("BHS|^~\\&|")
    assert answer.endswith("BTS|3\r")
    assert codes([answer]) == ["AA", "AA", "AA"]
    assert door.queued() == [STARTED, ENDED]


@pytest.mark.parametrize(
    ("block", "code", "number"),
    [
        (adt("A01", 1).replace(b"ADT^A01", b"ORU^R01"), "AR", "200"),
        (adt("A01", 1).replace(b"|2.4", b"|3.0"), "AR", "203"),
        (adt("A01", 1).replace(b"|A01-1|", b"||"), "AR", "101"),
        (adt("A01", 1).replace(b"|^~\\&|", b"|^^^^|"), "AR", "102"),
        (adt("A01", 1).replace(b"|P|2.4\r", b"|P|2.4||||||KLINGON\r"), "AE", "102"),
        (NOBODY, "AE", "102"),
        (adt("A01", 1).replace(b"20140309", b"the ides"), "AE", "102"),
        (adt("A01", 1).replace(b"20260302010000", b"20990302010000"), "AE", "102"),
        (adt("A40", 1).replace(b"MRG|R0", b"MRG|"), "AE", "102"),
        (b"hello", "AR", "100"),
        (b"", "AR", "100"),
    ],
    ids=[
        "ORU",
        "version 3",
        "no name",
        "delimiters",
        "character set",
        "no number",
        "no date",
        "future",
        "no MRG",
        "no HL7",
        "nothing",
    ],
)
def test_what_is_wrong_is_said_without_a_value(quiet_door: AtTheDoor, block: bytes, code: str, number: str) -> None:
    (answer,) = say(quiet_door, block)
    assert codes([answer]) == [code]
    assert f"{number}&" in answer or f"{number}^" in answer
    assert not [word for word in ("NEILL", "MAYA", "9990100012", "ides", "KLINGON") if word in answer]
    assert quiet_door.queued() == []


def test_a_later_version_names_the_fault_in_its_own_segment(quiet_door: AtTheDoor) -> None:
    (answer,) = say(quiet_door, adt("A01", 1).replace(b"|2.4\r", b"|2.5.1\r").replace(b"20140309", b"the ides"))
    assert "\rERR|||102^Data type error^HL70357|E||||" in answer


def test_while_the_connector_cannot_take_it_the_sender_keeps_it(door: AtTheDoor) -> None:
    (door.council.folder / "childrens-services-exclusions.txt").unlink()
    assert codes(say(door, adt("A01", 1))) == ["AR"]
    door.council.children.exclude()
    assert codes(say(door, adt("A01", 1))) == ["AA"]
    assert door.queued() == [STARTED]


class TestTheConnection:
    """What a client may do to us."""

    def test_block_by_block_in_small_pieces(self, door: AtTheDoor) -> None:
        with door.connect() as raw:
            for byte in b"\r\n" + BEGIN + adt("A01", 1) + END:
                raw.sendall(bytes([byte]))
            assert b"MSA|AA|A01-1" in raw.recv(4096)

    def test_more_than_the_bound_is_hung_up_on(self, quiet_door: AtTheDoor) -> None:
        with quiet_door.connect() as raw:
            try:
                raw.sendall(BEGIN)
                while True:
                    raw.sendall(b"x" * 65_536)
            except OSError:
                pass
        assert quiet_door.queued() == []

    def test_one_that_never_ends_its_message_is_not_waited_for(self, tmp_path: Path, seaton: World) -> None:
        door = AtTheDoor(tmp_path, seaton, MLLP + "message_seconds = 1\n")
        with door.connect() as raw:
            raw.sendall(BEGIN + b"MSH|")
            assert raw.recv(100) == b""
        door.close()

    def test_over_tls_with_a_client_certificate(self, tmp_path: Path, seaton: World) -> None:
        own, systems = Authority(tmp_path / "own"), Authority(tmp_path / "systems")
        server, client = own.server(), systems.client("pas")
        said = f'cert_file = "{server.certificate}"\nkey_file = "{server.key}"\nclient_ca_file = "{systems.file}"\n'
        door = AtTheDoor(tmp_path / "agency", seaton, MLLP + said)
        context = ssl.create_default_context(cafile=str(own.file))
        context.load_cert_chain(client.certificate, client.key)
        assert codes(say(door, adt("A01", 1), tls=context)) == ["AA"]
        door.close()

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        st.one_of(
            st.binary(max_size=300),
            st.binary(max_size=120).map(lambda data: BEGIN + data + END),
            st.binary(max_size=120).map(lambda data: BEGIN + b"MSH" + data + END),
            st.binary(max_size=60).map(lambda data: BEGIN + b"MSH|^~\\&|PAS|RZZ|PW|RZZ|" + data + END),
            st.binary(min_size=1, max_size=40).map(lambda data: BEGIN + adt("A01", 1).replace(b"|V1|", data) + END),
        )
    )
    def test_whatever_comes_is_answered_with_a_refusal_or_hung_up_on(self, door: AtTheDoor, data: bytes) -> None:
        with door.connect() as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := raw.recv(65_536):
                answer += chunk
        assert set(codes([answer.decode("latin-1").replace("\x0b", "")])) <= {"AE", "AR", "AA"}
        assert door.noted == []


@given(st.binary(max_size=400))
def test_no_header_is_too_odd_to_be_read(data: bytes) -> None:
    for each in heard_in(b"MSH" + data):
        heard = read_header(each)
        assert len(heard.delimiters) == 5
        for number in range(25):
            heard.component(number + 1, 2)
        for step in (check, text_of):
            with suppress(HeaderRefused):
                step(heard)


def test_the_time_of_a_message_is_read_in_the_senders_zone() -> None:
    from connectors.listeners.adt_message import _at

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert _at("20260702100000", now) == datetime(2026, 7, 2, 9, 0, tzinfo=UTC)
    assert _at("20260702100000+0000", now) == datetime(2026, 7, 2, 10, 0, tzinfo=UTC)
    assert _at("202607021000-0500", now) == datetime(2026, 7, 2, 15, 0, tzinfo=UTC)
    assert _at("20260702", now) == datetime(2026, 7, 2, tzinfo=UTC) - timedelta(hours=1)
    assert _at("soon", now) == _at("", now) == now
