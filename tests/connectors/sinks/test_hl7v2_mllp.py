"""A document over MLLP: what the receiving system reads, and what becomes of each of its answers."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.reaching.mllp import BEGIN, END
from connectors.sinks.hl7v2_document import DocumentTemplate, acknowledgement, control_id, document_of
from connectors.sinks.hl7v2_mllp import MllpSettings, MllpSink
from connectors.sinks.port import Delivery, SinkDown, SinkRefused
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from mappings.canonical.person import PartialDate
from tests.connectors.office import MONDAY, SCHOOL
from tests.counterparts import an_alert
from tests.gateway.broker.certificates import Authority

ALERT = an_alert(SCHOOL, PersonRef("a" * 64), InvolvementRef("b" * 64), MONDAY)
DELIVERY = Delivery(
    ALERT, "C-4711", "O. Testcase", "I-4711", "Alex Worker", "Somebody else is involved.\nRing & say: A|B^C~D\\E.", "TESTCASE", "ORLA",
    PartialDate(2014, 5, 6),
)  # fmt: skip
Answer = Callable[[str], bytes]


@dataclass
class Receiver:
    """What came, and where it listens. `answer` makes an answer of the control id."""

    port: int = 0
    answer: Answer = lambda control: acknowledged("AA", control)
    taken: list[bytes] = field(default_factory=list)


def acknowledged(code: str, control: str) -> bytes:
    return BEGIN + f"MSH|^~\\&|EHR||||20260302||ACK|1|P|2.4\rMSA|{code}|{control}\r".encode() + END


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver, listener = Receiver(), socket.create_server(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), plain:
                plain.settimeout(5)
                with context.wrap_socket(plain, server_side=True) if context else plain as connection:
                    block = b""
                    while END not in block and (part := connection.recv(4096)):
                        block += part
                    message = block.partition(END)[0].removeprefix(BEGIN)
                    receiver.taken.append(message)
                    connection.sendall(receiver.answer(message.split(b"|")[9].decode()))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield receiver
    finally:
        listener.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def sink(receiver: Receiver, **template: str) -> MllpSink:
    return MllpSink(MllpSettings("127.0.0.1", receiver.port, tls=False, timeout=5), DocumentTemplate(**template))


def test_the_receiving_system_finds_its_own_patient_and_reads_the_sentence(receiver: Receiver) -> None:
    sink(receiver, receiving_application="EHR", id_authority="SEATON").deliver(DELIVERY)
    segments = {line.split("|")[0]: line.split("|") for line in receiver.taken[0].decode().split("\r") if line}
    assert list(segments) == ["MSH", "EVN", "PID", "PV1", "TXA", "OBX"]
    assert (segments["MSH"][4], segments["MSH"][8], segments["MSH"][11]) == ("EHR", "MDM^T02", "2.4")
    assert (segments["PID"][3], segments["PID"][5], segments["PID"][7]) == (
        "C-4711^^^SEATON",
        "TESTCASE^ORLA",
        "20140506",
    )
    assert segments["OBX"][5] == r"Somebody else is involved.\.br\Ring \T\ say: A\F\B\S\C\R\D\E\E."
    assert segments["TXA"][12] == str(ALERT.connection)


def test_a_part_of_a_birth_date_and_no_name_at_all_are_sent_as_they_are_known() -> None:
    known = replace(DELIVERY, client_family="", client_given="", client_born=PartialDate(2014, None, None))
    pid = document_of(known, DocumentTemplate()).decode().split("\r")[2].split("|")
    assert (pid[5], pid[7]) == ("O. Testcase", "2014")


@pytest.mark.parametrize(
    ("event", "state"), [(AlertEvent.MADE, "AV"), (AlertEvent.ENDED, "OB"), (AlertEvent.RETRACTED, "CA")]
)
def test_what_is_over_makes_the_same_document_obsolete(event: AlertEvent, state: str) -> None:
    txa = (
        document_of(replace(DELIVERY, alert=replace(ALERT, event=event)), DocumentTemplate())
        .decode()
        .split("\r")[4]
        .split("|")
    )
    assert (txa[12], txa[19]) == (str(ALERT.connection), state)


@given(st.text(max_size=80), st.text(max_size=40))
def test_nothing_that_is_written_in_a_record_breaks_the_message(text: str, label: str) -> None:
    made = document_of(replace(DELIVERY, text=text or "x", client_local_id=label or "x"), DocumentTemplate()).decode()
    assert [line.split("|")[0] for line in made.split("\r")[:-1]] == ["MSH", "EVN", "PID", "PV1", "TXA", "OBX"]
    assert not set(made) & {BEGIN.decode(), "\x1c", "\n"}


@pytest.mark.parametrize("code", ["AA", "CA"])
def test_what_is_acknowledged_is_there(receiver: Receiver, code: str) -> None:
    receiver.answer = lambda control: acknowledged(code, control)
    sink(receiver).deliver(DELIVERY)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("code", "fault"), [("AE", SinkDown), ("CE", SinkDown), ("AR", SinkRefused), ("CR", SinkRefused)]
)
def test_an_error_is_tried_again_and_a_rejection_is_kept_for_a_person(
    receiver: Receiver, code: str, fault: type[Exception]
) -> None:
    receiver.answer = lambda control: acknowledged(code, control)
    with pytest.raises(fault, match=code) as caught:
        sink(receiver).deliver(DELIVERY)
    assert "Testcase" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        lambda control: b"",
        lambda control: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda control: acknowledged("AA", "another"),
        lambda control: acknowledged("AX", control),
        lambda control: acknowledged("AA", control)[:-12],
        lambda control: BEGIN + b"A" * 200_000,
    ],
)
def test_whatever_is_not_an_acknowledgement_of_this_message_is_tried_again(receiver: Receiver, answer: Answer) -> None:
    receiver.answer = answer
    with pytest.raises(SinkDown):
        sink(receiver).deliver(DELIVERY)


@given(st.binary(max_size=200))
def test_no_answer_whatever_is_taken_for_an_acknowledgement_but_one(noise: bytes) -> None:
    assert acknowledgement(noise, control_id(DELIVERY)) == ""
    assert acknowledgement(b"MSH" + noise, control_id(DELIVERY)) == ""


def test_the_same_alert_again_is_the_same_document(receiver: Receiver) -> None:
    for _ in range(2):
        sink(receiver).deliver(DELIVERY)
    assert receiver.taken[0] == receiver.taken[1]


def test_over_tls_only_to_whom_the_agency_believes(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    pair = authority.server("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with receiving(context) as one:
        MllpSink(MllpSettings("localhost", one.port, ca_file=authority.file, timeout=5), DocumentTemplate()).deliver(
            DELIVERY
        )
        assert len(one.taken) == 1
        another = Authority(tmp_path / "another").file
        with pytest.raises(SinkDown, match="cannot be reached"):
            MllpSink(MllpSettings("localhost", one.port, ca_file=another, timeout=5), DocumentTemplate()).deliver(
                DELIVERY
            )
        assert len(one.taken) == 1


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="belong together"):
        MllpSettings("ehr.example", 2575, cert_file=tmp_path)
    with pytest.raises(ValueError, match="mean nothing without tls"):
        MllpSettings("ehr.example", 2575, tls=False, ca_file=tmp_path)
    with pytest.raises(ValueError, match="charset is one of"):
        DocumentTemplate(charset="EBCDIC")
