"""The compact form is, byte for byte, what Python's own encoder writes: digests of years ago must still agree."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import compact_json
from mappings.canonical.codes import Sensitivity
from tests.mappings.fhir.strategies import UNTIMED

PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
texts = st.text(st.characters(exclude_categories=("Cs",)))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=25,
)


@UNTIMED
@given(documents)
def test_it_is_what_python_writes(document: Any) -> None:
    assert compact_json.write(document) == PLAIN.encode(document).encode()
    assert compact_json.read(compact_json.write(document)) == document


@UNTIMED
@given(documents, documents)
def test_what_is_written_already_stands_in_another_as_it_would(one: Any, other: Any) -> None:
    within = {"one": compact_json.part(one), "both": [other, compact_json.part({"one": one})]}
    assert compact_json.write(within) == PLAIN.encode({"one": one, "both": [other, {"one": one}]}).encode()


@given(st.dates())
def test_a_code_and_a_day_are_their_texts(day: date) -> None:
    said = [Sensitivity.SENSITIVE, {"day": day}]
    assert compact_json.write(said) == PLAIN.encode([said[0], {"day": day.isoformat()}]).encode()


def test_every_sign_that_might_be_escaped_is_escaped_alike() -> None:
    text = "".join(map(chr, (*range(0x300), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600)))
    assert compact_json.write([text, {text: text}]) == PLAIN.encode([text, {text: text}]).encode()


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        compact_json.write({"name": "\ud800"})
    with pytest.raises(ValueError, match="truncated"):
        compact_json.read(b"[1,")
