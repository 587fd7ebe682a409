"""Evidence goes to bytes and comes back the same; each evidence has exactly one form."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import evidence_codec
from mappings.canonical.evidence import Evidence
from tests.mappings.fhir.examples import EVIDENCE
from tests.mappings.fhir.strategies import UNTIMED, evidence

ENCODED = evidence_codec.encode(EVIDENCE)


def decoded(data: bytes) -> Evidence | None:
    """The evidence, or None where the bytes are refused."""
    try:
        return evidence_codec.decode(data)
    except evidence_codec.InvalidEvidence:
        return None


@UNTIMED
@given(evidence())
def test_every_evidence_comes_back_as_it_was(each: Evidence) -> None:
    assert evidence_codec.decode(evidence_codec.encode(each)) == each


@UNTIMED
@given(st.integers(0, len(ENCODED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_is_other_evidence(place: int, change: int) -> None:
    spoiled = bytearray(ENCODED)
    spoiled[place] ^= change
    read = decoded(bytes(spoiled))
    assert read != EVIDENCE
    assert read is None or evidence_codec.encode(read) == bytes(spoiled)


@UNTIMED
@given(st.integers(0, len(ENCODED) - 1))
def test_a_part_of_it_is_refused(length: int) -> None:
    with pytest.raises(evidence_codec.InvalidEvidence):
        evidence_codec.decode(ENCODED[:length])


def test_anything_after_it_is_refused() -> None:
    with pytest.raises(evidence_codec.InvalidEvidence):
        evidence_codec.decode(ENCODED + b"\x00")


def test_a_longer_encoding_of_the_same_is_refused() -> None:
    row = msgspec.msgpack.decode(ENCODED[1:])
    assert evidence_codec.VERSION + msgspec.msgpack.encode(row) == ENCODED
    # MessagePack may write the length of the outer array in three bytes instead of one.
    longer = evidence_codec.VERSION + b"\xdc\x00" + bytes([len(row)]) + ENCODED[2:]
    with pytest.raises(evidence_codec.InvalidEvidence, match="canonical"):
        evidence_codec.decode(longer)


def test_another_version_is_refused_with_the_way_out() -> None:
    with pytest.raises(evidence_codec.InvalidEvidence, match="upgrade"):
        evidence_codec.decode(b"\x02" + ENCODED[1:])


def test_too_much_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(evidence_codec.InvalidEvidence, match="larger"):
        evidence_codec.decode(evidence_codec.VERSION + b"\x90" * evidence_codec.MAX_BYTES)
