"""Envelopes: what is sealed is opened, by whom it is meant for and by nobody else."""

import base64
import dataclasses
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel.port import MAX_PARCEL_BYTES
from identity.agency import envelope_header, sealing
from identity.agency.envelope import Expectations, Limits, check_issued_at, is_fresh, open_envelope, seal, seal_all
from identity.agency.faults import Expired, HeaderRefused, Misdirected, Oversized, Stale, Unreadable
from identity.agency.key_ring import KeyRing, directory_of
from identity.agency.keys import generate
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader
from mappings.canonical.identifiers import AgreementId, MessageId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint


def unb64(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))


SENDER, READER = generate(), generate()
RING, DIRECTORY = KeyRing([READER.decryption]), directory_of(SENDER.signing.public)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARTNERSHIP = PartnershipId("seaton")
US = Expectations(GATEWAY, PARTNERSHIP, Mode.LIVE)
HEADER = EnvelopeHeader(
    kind=MessageKind.NOTICE,
    message=MessageId("0b8f4a52-0000-4000-8000-000000000001"),
    about=MessageId("0b8f4a52-0000-4000-8000-000000000002"),
    sender="housing",
    destination=GATEWAY,
    partnership=PARTNERSHIP,
    mode=Mode.LIVE,
    issued_at=NOW,
    agreement=AgreementId("a-1"),
    agreement_version=3,
)

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda t: t.replace(microsecond=0)
)
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
ids = st.uuids().map(lambda u: MessageId(str(u)))
headers = st.builds(
    EnvelopeHeader,
    kind=st.sampled_from(MessageKind),
    message=ids,
    about=ids,
    sender=names,
    destination=names,
    partnership=names.map(PartnershipId),
    mode=st.sampled_from(Mode),
    issued_at=times,
    not_after=st.none() | times,
    agreement=st.none() | names.map(AgreementId),
    agreement_version=st.integers(0, 2**31 - 1),
)


@given(headers, st.binary(max_size=2000))
def test_what_is_sealed_is_opened(header: EnvelopeHeader, body: bytes) -> None:
    sealed = seal(header, body, SENDER.signing, READER.decryption.public)
    who = Expectations(header.destination, header.partnership, header.mode, header.sender)
    opened = open_envelope(sealed, RING, DIRECTORY, who, datetime(1999, 1, 1, tzinfo=UTC))
    assert (opened.header, opened.body, opened.key_id) == (header, body, SENDER.signing.id.value)


def test_the_bound_is_that_of_the_channel_and_the_largest_body_fits() -> None:
    assert sealing.MAX_SEALED_BYTES == MAX_PARCEL_BYTES
    body = bytes(sealing.MAX_PAYLOAD_BYTES)
    sealed = seal(HEADER, body, SENDER.signing, READER.decryption.public)
    assert len(sealed) <= MAX_PARCEL_BYTES
    assert open_envelope(sealed, RING, DIRECTORY, US, NOW).body == body
    with pytest.raises(Oversized):
        seal(HEADER, body + b"x", SENDER.signing, READER.decryption.public)


def test_many_are_sealed_each_as_it_would_be_alone_and_what_is_too_big_stops_none_of_the_others() -> None:
    bodies = [b"%d" % n for n in range(250)]
    bodies[120] = bytes(sealing.MAX_PAYLOAD_BYTES + 1)
    headers = [replace(HEADER, message=MessageId(f"0b8f4a52-0000-4000-8000-{n:012}")) for n in range(250)]
    made = seal_all(list(zip(headers, bodies, strict=True)), SENDER.signing, READER.decryption.public)
    assert [n for n, each in enumerate(made) if each is None] == [120]
    opened = [each and open_envelope(each, RING, DIRECTORY, US, NOW) for each in made]
    assert [each and (each.header, each.body) for each in opened] == [
        None if n == 120 else said for n, said in enumerate(zip(headers, bodies, strict=True))
    ]
    assert seal_all([], SENDER.signing, READER.decryption.public) == []


def test_a_reader_may_set_lower_limits() -> None:
    sealed = seal(HEADER, bytes(1000), SENDER.signing, READER.decryption.public)
    with pytest.raises(Oversized):
        open_envelope(sealed, RING, DIRECTORY, US, NOW, Limits(sealed=500))
    with pytest.raises(Oversized):
        open_envelope(sealed, RING, DIRECTORY, US, NOW, Limits(body=500))


@pytest.mark.parametrize(
    "other", [{"destination": "housing"}, {"partnership": PartnershipId("x")}, {"mode": Mode.TRIAL}]
)
def test_what_is_meant_for_somebody_else_is_misdirected(other: dict[str, object]) -> None:
    sealed = seal(HEADER, b"{}", SENDER.signing, READER.decryption.public)
    with pytest.raises(Misdirected):
        open_envelope(sealed, RING, DIRECTORY, dataclasses.replace(US, **other), NOW)  # type: ignore[arg-type]


def test_not_after_is_the_first_moment_at_which_it_is_expired() -> None:
    header = dataclasses.replace(HEADER, not_after=NOW)
    sealed = seal(header, b"{}", SENDER.signing, READER.decryption.public)
    open_envelope(sealed, RING, DIRECTORY, US, NOW - timedelta(seconds=1))
    with pytest.raises(Expired):
        open_envelope(sealed, RING, DIRECTORY, US, NOW)


def test_a_retired_decryption_key_opens_as_long_as_it_is_in_the_ring() -> None:
    sealed = seal(HEADER, b"{}", SENDER.signing, READER.decryption.public)
    after = generate().decryption
    assert open_envelope(sealed, KeyRing([after, READER.decryption]), DIRECTORY, US, NOW).body == b"{}"
    with pytest.raises(Unreadable):
        open_envelope(sealed, KeyRing([after]), DIRECTORY, US, NOW)


def test_the_window_of_issued_at_has_both_ends() -> None:
    window, skew = timedelta(minutes=15), timedelta(seconds=30)
    for fine in (NOW - window, NOW, NOW + skew):
        check_issued_at(dataclasses.replace(HEADER, issued_at=fine), NOW, window, skew)
    for stale in (NOW - window - timedelta(seconds=1), NOW + skew + timedelta(seconds=1)):
        header = dataclasses.replace(HEADER, issued_at=stale)
        assert not is_fresh(header, NOW, window, skew)
        with pytest.raises(Stale):
            check_issued_at(header, NOW, window, skew)


def test_times_need_a_zone_and_lose_their_fractions() -> None:
    with pytest.raises(ValueError, match="time zone"):
        envelope_header.write(dataclasses.replace(HEADER, issued_at=datetime(2026, 1, 1)))
    written = envelope_header.write(dataclasses.replace(HEADER, issued_at=NOW.replace(microsecond=999_999)))
    assert written["issued_at"] == "2026-11-23T09:30:00Z"


@pytest.mark.parametrize(
    "damage",
    [
        {"extra": 1},
        {"kind": "order"},
        {"kind": ["notice"]},
        {"message": "x"},
        {"sender": "Housing"},
        {"sender": None},
        {"destination": "a b"},
        {"mode": "LIVE"},
        {"issued_at": "2026-11-23T09:30:00+00:00"},
        {"issued_at": "2026-11-23T09:30:00.5Z"},
        {"issued_at": "2026-11-23T24:30:00Z"},
        {"issued_at": "2026-11-23T09:30:00Z\n"},
        {"issued_at": 5},
        {"not_after": ""},
        {"agreement": ""},
        {"agreement_version": True},
        {"agreement_version": -1},
        {"agreement_version": 1.0},
        {"agreement_version": 2**31},
    ],
)
def test_a_header_member_of_another_kind_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(HeaderRefused):
        envelope_header.read({**envelope_header.write(HEADER), **damage})


def test_an_independent_reading_of_the_rfcs_agrees_with_ours() -> None:
    """RFC 7518 section 4.6 (ECDH-ES, Concat KDF) and RFC 7515 by hand, on nothing but cryptography's primitives."""
    sealed = seal(HEADER, b"{}", SENDER.signing, READER.decryption.public)
    protected, wrapped, iv, text, tag = sealed.split(b".")
    outer = json.loads(unb64(protected))
    shared = READER.decryption.raw.exchange(X25519PublicKey.from_public_bytes(unb64(outer["epk"]["x"].encode())))
    info = b"\0\0\0\x07A256GCM" + bytes(4) + bytes(4) + (256).to_bytes(4, "big")
    key = ConcatKDFHash(SHA256(), 32, info).derive(shared)
    inner = AESGCM(key).decrypt(unb64(iv), unb64(text) + unb64(tag), protected)
    signed, payload, signature = inner.split(b".")
    SENDER.signing.public.raw.verify(unb64(signature), signed + b"." + payload)
    assert (wrapped, unb64(payload)) == (b"", b"{}")
    assert envelope_header.read(json.loads(unb64(signed))["pw"]) == HEADER


@pytest.mark.parametrize("missing", sorted(set(envelope_header.write(HEADER)) - {"software"}))
def test_every_header_member_is_required(missing: str) -> None:
    document = envelope_header.write(HEADER)
    del document[missing]
    with pytest.raises(HeaderRefused):
        envelope_header.read(document)


def test_a_header_from_before_software_was_named_is_read() -> None:
    document = envelope_header.write(replace(HEADER, software="1.4.2"))
    assert envelope_header.read(document).software == "1.4.2"
    del document["software"]
    assert envelope_header.read(document).software == ""


@pytest.mark.parametrize("software", [7, None, "1" * 41, "1.0 beta", "1.0\n"])
def test_software_is_a_short_version(software: object) -> None:
    with pytest.raises(HeaderRefused):
        envelope_header.read(envelope_header.write(HEADER) | {"software": software})


TOLD = ToldCheckpoint(date(2026, 1, 31), "ab" * 32)
FROM_GATEWAY = replace(HEADER, kind=MessageKind.RECEIPT, sender=GATEWAY, destination="school")


def test_a_header_may_tell_of_a_checkpoint_and_without_one_is_what_it_was() -> None:
    written = envelope_header.write(replace(FROM_GATEWAY, checkpoint=TOLD))
    assert written["checkpoint"] == {"made_on": "2026-01-31", "sha256": "ab" * 32}
    assert envelope_header.read(written).checkpoint == TOLD
    del written["checkpoint"]
    assert written == envelope_header.write(FROM_GATEWAY)
    assert envelope_header.read(written).checkpoint is None


def test_nobody_but_the_gateway_tells_of_a_checkpoint() -> None:
    with pytest.raises(HeaderRefused):
        envelope_header.read(envelope_header.write(replace(FROM_GATEWAY, sender="school", checkpoint=TOLD)))


@pytest.mark.parametrize(
    "told",
    [
        None,
        "2026-01-31",
        {},
        {"made_on": "2026-01-31"},
        {"made_on": "2026-01-31", "sha256": "ab" * 32, "event": 7},
        {"made_on": "2026-02-30", "sha256": "ab" * 32},
        {"made_on": "20260131", "sha256": "ab" * 32},
        {"made_on": 20260131, "sha256": "ab" * 32},
        {"made_on": "2026-01-31", "sha256": "AB" * 32},
        {"made_on": "2026-01-31", "sha256": ["ab" * 32]},
    ],
)
def test_a_checkpoint_is_a_day_and_a_digest_and_nothing_else(told: object) -> None:
    with pytest.raises(HeaderRefused):
        envelope_header.read(envelope_header.write(FROM_GATEWAY) | {"checkpoint": told})
