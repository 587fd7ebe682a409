"""What the register keeps of evidence comes back as it was written, in fewer bytes, and what was sealed before is still read."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.data_keys import DataKeys
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.evidence_form import VERSION, read_evidence, write_evidence
from gateway.store.faults import StoreRefused
from gateway.store.sealed_column import SealedColumn
from identity.person.kept_evidence import as_kept
from mappings import evidence_codec
from mappings.canonical.evidence import Evidence
from tests.contract.stores.rows import DATA_KEY
from tests.contract.stores.rows import evidence as full_evidence
from tests.mappings.fhir.strategies import UNTIMED, evidence

WHOLE = full_evidence("Orla")
WRITTEN = write_evidence(WHOLE)


def read_or_none(data: bytes) -> Evidence | None:
    """The evidence, or None where the bytes are refused. Nothing else is ever raised."""
    try:
        return read_evidence(data)
    except StoreRefused:
        return None


@UNTIMED
@given(evidence())
def test_every_evidence_comes_back_as_it_was_written_whole_or_halved(each: Evidence) -> None:
    assert read_evidence(write_evidence(each)) == each
    (kept,) = as_kept([each])
    assert read_evidence(write_evidence(kept)) == kept


def test_it_takes_fewer_bytes_than_the_wire_form() -> None:
    whole, kept = len(evidence_codec.encode(WHOLE)), len(WRITTEN)
    assert kept < 0.8 * whole


@UNTIMED
@given(st.binary(max_size=300) | st.integers(0, len(WRITTEN) - 1).map(lambda end: WRITTEN[len(VERSION) : end]))
def test_bytes_that_were_not_written_here_are_refused_or_other_evidence(rest: bytes) -> None:
    assert read_or_none(VERSION + rest) != WHOLE


def test_a_part_that_says_it_has_other_tokens_than_it_has_is_refused() -> None:
    row = msgspec.msgpack.decode(WRITTEN[len(VERSION) :])
    row[8][1][0] ^= 2  # the year of birth
    with pytest.raises(StoreRefused, match="cannot be read"):
        read_evidence(VERSION + msgspec.msgpack.encode(row))


def test_what_was_sealed_in_the_wire_form_opens_as_it_would_be_kept_now() -> None:
    keys = DataKeys(DATA_KEY)
    keys.seal_with(keys.sealing)
    before = msgspec.msgpack.encode([evidence_codec.encode(WHOLE)])
    sealed = SealedColumn(keys, "evidence").seal(before, "agency", "reference")
    column = EvidenceColumn(keys)
    assert column.open(sealed, "agency", "reference") == as_kept([WHOLE])
    assert column.open(column.seal((WHOLE,), "a", "r"), "a", "r") == as_kept([WHOLE])
