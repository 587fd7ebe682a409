"""The bytes of an evidence: there and back, and nothing else."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.evidence_codec import MAX_BYTES, InvalidEvidence, decode, encode
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import BirthDateTokens, Evidence, IdentifierToken, LocationTokens, NameTokens
from tests.identity.person.people import evidence, nhs, person

token = st.binary(min_size=16, max_size=16)
signature = st.binary(min_size=32, max_size=32)
maybe = st.none() | token
names = st.builds(NameTokens, token, token, token, signature, st.integers(0, 4))
evidences = st.builds(
    Evidence,
    epoch=st.text(min_size=1, max_size=40),
    identifiers=st.lists(
        st.builds(IdentifierToken, st.sampled_from(IdentifierSystem), st.sampled_from(Strength), token), max_size=8
    ).map(tuple),
    given=st.none() | names,
    middle=st.none() | names,
    family=st.none() | names,
    given_aliases=st.lists(names, max_size=6).map(tuple),
    family_aliases=st.lists(names, max_size=6).map(tuple),
    names_signature=st.none() | signature,
    birth_date=st.none() | st.builds(BirthDateTokens, token, maybe, maybe, maybe, maybe, maybe, st.booleans()),
    locations=st.lists(
        st.builds(LocationTokens, maybe, maybe, maybe, maybe, maybe, st.none() | signature), max_size=6
    ).map(tuple),
    gender=st.sampled_from(Gender),
    blocks=st.lists(token, max_size=24).map(tuple),
    bands=st.lists(token, max_size=24).map(tuple),
    weak=st.booleans(),
)


@given(evidences)
def test_every_evidence_comes_back_and_fits(made: Evidence) -> None:
    data = encode(made)
    assert len(data) <= MAX_BYTES
    assert decode(data) == made


def test_an_ordinary_evidence_is_small() -> None:
    assert len(encode(evidence(person(identifiers=nhs())))) < 1_200


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_by_one_exception(data: bytes) -> None:
    with pytest.raises(InvalidEvidence):
        decode(data)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_refused_or_mean_what_they_say(place: int, junk: bytes) -> None:
    good = encode(evidence(person(identifiers=nhs())))
    place %= len(good)
    bad = good[:place] + junk + good[place + len(junk) :]
    try:
        found = decode(bad)
    except InvalidEvidence:
        return
    assert encode(found) == bad


json_like = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.binary(max_size=40) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=16) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=30,
)


@given(json_like)
def test_other_messagepack_is_refused_by_one_exception(document: object) -> None:
    with pytest.raises(InvalidEvidence):
        decode(msgspec.msgpack.encode(document))


def test_depth_size_and_trailing_bytes_are_bounded() -> None:
    good = encode(evidence(person()))
    for bad in (b"\x91" * 100_000, b"\x91" * 8_000, good + b"\x00", good * 2, b"", good[:-1], b"\xdd\xff\xff\xff\xff"):
        with pytest.raises(InvalidEvidence):
            decode(bad)


def test_another_version_is_refused() -> None:
    parts = msgspec.msgpack.decode(encode(evidence(person())))
    with pytest.raises(InvalidEvidence):
        decode(msgspec.msgpack.encode([2, *parts[1:]]))


def test_there_is_one_encoding_only() -> None:
    good = encode(evidence(person()))
    # The same array with a longer length prefix than it needs.
    assert good[0] == 0x9F
    with pytest.raises(InvalidEvidence):
        decode(b"\xdc\x00\x0f" + good[1:])
