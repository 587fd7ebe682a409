"""Whatever the bytes are, a reader of ours gives a value or its own refusal, and the refusal tells nothing of the content."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import evidence_codec, statement_json
from mappings.fhir import alert_bundle, notice_bundle, receipt_bundle, reference_reader
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import MESSAGE, Limits
from mappings.fhir.refusal import MAX_ISSUES, ProfileRefusal
from tests.mappings.fhir.examples import MADE, REFUSED, STARTED
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED

READERS: tuple[Callable[[bytes], object], ...] = (
    notice_bundle.read,
    alert_bundle.read,
    receipt_bundle.read,
    statement_json.read_statement,
    statement_json.read_reply,
    reference_reader.read_notice,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
HOSTILE = {
    "nothing": b"",
    "only space": b" ",
    "not JSON": b"{",
    "two documents": b"{}{}",
    "an array": b"[]",
    "a text": b'"Bundle"',
    "null": b"null",
    "NaN": b'{"resourceType":NaN}',
    "Infinity": b'{"resourceType":-Infinity}',
    "a number beyond all bounds": b'{"a":' + b"9" * 5_000 + b"}",
    "a fraction beyond all bounds": b'{"a":1e' + b"9" * 5_000 + b"}",
    "a number that would be infinite": b'{"a":1e999}',
    "a key twice": b'{"resourceType":"Bundle","resourceType":"Bundle"}',
    "half a surrogate pair": b'{"resourceType":"\\ud800"}',
    "half a surrogate pair as a key": b'{"\\udfff":1}',
    "bytes that are not UTF-8": b'{"resourceType":"\xff"}',
    "UTF-16": '{"resourceType":"Bundle"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "deep arrays": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "deep arrays without an end": b"[" * 200_000,
    "just too deep": b'{"a":' + b"[" * MESSAGE.depth + b"]" * MESSAGE.depth + b"}",
    "too large": b'{"a":"' + b"x" * 2_000_000 + b'"}',
    "too long a text": b'{"a":"' + b"x" * 100_000 + b'"}',
    "too long a key": b'{"' + b"x" * 100_000 + b'":1}',
    "too long an array": b'{"a":[' + b",".join([b"1"] * 10_000) + b"]}",
    "too many keys": json.dumps({f"k{n}": n for n in range(5_000)}).encode(),
}


def outcome(reader: Callable[[bytes], object], data: bytes) -> int:
    """How many reasons the reader gives against the bytes; 0 where it takes them."""
    try:
        reader(data)
    except ProfileRefusal as refusal:
        return len(refusal.issues)
    return 0


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_refused_by_every_reader(data: bytes) -> None:
    for reader in READERS:
        with pytest.raises(ProfileRefusal) as refusal:
            reader(data)
        assert all(issue.text and issue.type and issue.code for issue in refusal.value.issues)
        assert "xxx" not in str(refusal.value)


@settings(UNTIMED, max_examples=300)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_a_refusal(data: bytes) -> None:
    for reader in READERS:
        with pytest.raises(ProfileRefusal):
            reader(data)


@settings(UNTIMED, max_examples=200)
@given(json_values)
def test_arbitrary_json_raises_nothing_but_a_refusal(value: Any) -> None:
    data = json.dumps(value).encode()
    for reader in READERS:
        with pytest.raises(ProfileRefusal):
            reader(data)


@settings(UNTIMED, max_examples=300)
@given(
    spoiled(
        st.sampled_from((notice_bundle.to_json(STARTED), alert_bundle.to_json(MADE), receipt_bundle.to_json(REFUSED)))
    )
)
def test_a_spoiled_message_raises_nothing_but_a_refusal(document: Any) -> None:
    data = json.dumps(document).encode()
    for reader in (notice_bundle.read, alert_bundle.read, receipt_bundle.read):
        assert outcome(reader, data) <= MAX_ISSUES


@settings(UNTIMED, max_examples=300)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_not_evidence(data: bytes) -> None:
    for form in (data, evidence_codec.VERSION + data):
        with pytest.raises(evidence_codec.InvalidEvidence):
            evidence_codec.decode(form)


def test_limits_are_the_callers() -> None:
    narrow = Limits(size=100, depth=2, text=3, items=2, members=2)
    assert decode(b'{"a":[1,2],"b":"xyz"}', narrow, "Root") == {"a": [1, 2], "b": "xyz"}
    for data in (b'{"a":[1,2,3]}', b'{"a":[[1]]}', b'{"a":"wxyz"}', b'{"a":1,"b":2,"c":3}', b" " * 101):
        with pytest.raises(ProfileRefusal) as refusal:
            decode(data, narrow, "Root")
        assert refusal.value.issues[0].element == "Root"
