"""What the register keeps of evidence comes back as it was written, in fewer bytes, and what was sealed before is still read."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.data_keys import DataKeys
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.evidence_form import VERSION, read_evidence, write_evidence
from gateway.store.faults import StoreRefused
from gateway.store.older_evidence_form import read_older_evidence
from gateway.store.sealed_column import SealedColumn
from identity.person.kept_evidence import as_kept
from mappings import evidence_codec
from mappings.canonical.evidence import Evidence
from tests.contract.stores.rows import DATA_KEY
from tests.contract.stores.rows import evidence as full_evidence
from tests.mappings.fhir.strategies import UNTIMED, evidence

WHOLE = full_evidence("Orla")
WRITTEN = write_evidence(WHOLE)
# What was written of the same when of block keys and bands five bytes were kept, and what before that.
FORMER = bytes.fromhex(
    "030532303236613f011210010101fb8215b4170eea608fae7a5999ca91f40306b3131010264ad979c5c3a96a72a3cbfa6e11"
    "6a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767420306b3131010264ad979c5c3a96a72a3cb"
    "fa6e116a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767420306b3131010264ad979c5c3a96a"
    "72a3cbfa6e116a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767420306b3131010264ad979c5"
    "c3a96a72a3cbfa6e116a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767420306b3131010264a"
    "d979c5c3a96a72a3cbfa6e116a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767420306b31310"
    "10264ad979c5c3a96a72a3cbfa6e116a4f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767426add"
    "396fcc81a8b57099c50216bc17857a2698c26196f417595d82b0c3481485043fc53d4cfa0e32ec08ae0416cc1d42c4daa4c5"
    "625d40ef9d8467db7f6c67e24bfc3faa75a8d136be5328e7477585496402e89a56200510b61ff87ec920eac67da898918d11"
    "3d667f13378bf9cf65434eb4597d7fae1dc7724f0b6b8a594603c4a795fa405fdebda0"
)
BEFORE = bytes.fromhex(
    "029fa53230323661919201c410fb8215b4170eea608fae7a5999ca91f49303920fc41806b3131010264ad979c5c3a99e095a"
    "d16a72a3cbfa6e116ac4204f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767429303920fc41806"
    "b3131010264ad979c5c3a99e095ad16a72a3cbfa6e116ac4204f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25e"
    "d006a6f0f767429303920fc41806b3131010264ad979c5c3a99e095ad16a72a3cbfa6e116ac4204f2dc3923266640d83dd9f"
    "6ca5bb72ba086bed3e556b87f25ed006a6f0f76742919303920fc41806b3131010264ad979c5c3a99e095ad16a72a3cbfa6e"
    "116ac4204f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f76742929303920fc41806b3131010264a"
    "d979c5c3a99e095ad16a72a3cbfa6e116ac4204f2dc3923266640d83dd9f6ca5bb72ba086bed3e556b87f25ed006a6f0f767"
    "429303920fc41806b3131010264ad979c5c3a99e095ad16a72a3cbfa6e116ac4204f2dc3923266640d83dd9f6ca5bb72ba08"
    "6bed3e556b87f25ed006a6f0f76742c4206add396fcc81a8b57099c50216bc17857a2698c26196f417595d82b0c348148592"
    "c3927fc430c53d4cfacdd9649f0e32ec08ae0416cc1d42c4da10b090fea4c5625db83a557040ef9d8410f00d7c67db7f6c67"
    "e24bfc9193920fc418e74775859bfdaf87496402e80be7d6dd7ec920ea22dbee4f9206c420aa75a8d136be5328dc7e0e6b23"
    "009f689a56200510b61ff8611a800fe16e5e70c420c67da898918d113d667f13378bf9cf65434eb4597d7fae1dc7724f0b6b"
    "8a594600c41003c4a795fa3069e30e49528503edeea5c410405fdebda069909e2332682864e66dcec390"
)


def read_or_none(data: bytes) -> Evidence | None:
    """The evidence, or None where the bytes are refused. Nothing else is ever raised."""
    try:
        return read_evidence(data)
    except StoreRefused:
        return None


@UNTIMED
@given(evidence())
def test_every_evidence_comes_back_as_it_is_kept(each: Evidence) -> None:
    (kept,) = as_kept([each])
    assert read_evidence(write_evidence(kept)) == kept
    assert as_kept([kept]) == (kept,)


def test_it_takes_far_fewer_bytes_than_the_wire_form_and_than_the_form_before() -> None:
    whole, before, now = len(evidence_codec.encode(WHOLE)), len(BEFORE), len(WRITTEN)
    assert now < 0.8 * before < 0.8 * whole


@UNTIMED
@given(st.binary(max_size=300) | st.integers(0, len(WRITTEN) - 1).map(lambda end: WRITTEN[len(VERSION) : end]))
def test_bytes_that_were_not_written_here_are_refused_or_other_evidence(rest: bytes) -> None:
    assert read_or_none(VERSION + rest) != WHOLE


@pytest.mark.parametrize(
    "changed",
    [
        WRITTEN[:-1],
        WRITTEN + b"x",
        FORMER[:-1],
        b"\x05" + WRITTEN[1:],
        VERSION,
        VERSION + b"\x01x" + bytes(5) + b"\x09",
    ],
)
def test_what_ends_too_early_or_goes_on_is_refused(changed: bytes) -> None:
    with pytest.raises(StoreRefused, match="cannot be read"):
        read_evidence(changed)


def test_a_token_that_is_said_to_be_there_and_is_not_is_refused_in_the_older_form() -> None:
    row = msgspec.msgpack.decode(BEFORE[1:])
    row[8][1][0] ^= 2  # the year of birth
    with pytest.raises(StoreRefused, match="cannot be read"):
        read_older_evidence(BEFORE[:1] + msgspec.msgpack.encode(row))


@pytest.mark.parametrize("blob", [evidence_codec.encode(WHOLE), BEFORE, FORMER], ids=["wire", "older", "former"])
def test_what_was_sealed_in_an_earlier_form_opens_as_it_would_be_kept_now(blob: bytes) -> None:
    keys = DataKeys(DATA_KEY)
    keys.seal_with(keys.sealing)
    before = msgspec.msgpack.encode([blob])
    sealed = SealedColumn(keys, "evidence").seal(before, "agency", "reference")
    column = EvidenceColumn(keys)
    assert column.open(sealed, "agency", "reference") == as_kept([WHOLE])
    assert column.open(column.seal((WHOLE,), "a", "r"), "a", "r") == as_kept([WHOLE])
