"""Invitations, enrolment keys and addressed epochs as they come from outside: read whole, or refused in words."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.agency.enrolment_keys import (
    EnrolmentKeys,
    check_proofs,
    document,
    fingerprint,
    from_document,
    is_fingerprint_of,
    prove,
)
from identity.agency.faults import KeyFault
from identity.agency.invitation_token import InvalidInvitation, InvitationToken, new_secret, read, write
from identity.agency.keys import SigningKey, generate
from identity.custody.addressed_epoch import InvalidAddressedEpoch, address, read_addressed
from identity.custody.epoch import new_epoch
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, MessageId, PartnershipId

KEYS, KEYHOLDER, SIGNERS = generate(), SigningKey.generate(), (SigningKey.generate(), SigningKey.generate())
SCHOOL, HOUSING = AgencyId("urn:patchwork:seaton:school"), AgencyId("urn:patchwork:seaton:housing")
HANDED = EnrolmentKeys(
    ConnectorId("school-1"),
    ((SCHOOL, SIGNERS[0].public), (HOUSING, SIGNERS[1].public)),
    KEYS.decryption.public,
    "0" * 64,
)
TOKEN = InvitationToken(
    MessageId("0c0ffee0-0000-4000-8000-000000000001"),
    "https://gateway.seaton.example",
    PartnershipId("seaton"),
    Mode.TRIAL,
    GatewayId("urn:patchwork:seaton:gateway"),
    ConnectorId("school-1"),
    (SCHOOL,),
    "https",
    KEYS.signing.id,
    KEYS.public().encryption.id,
    None,
    datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=72),
    new_secret(),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_a_token_says_what_was_written_and_hides_its_secret() -> None:
    assert read(write(TOKEN)) == TOKEN
    assert TOKEN.secret not in repr(TOKEN)


@given(st.text(max_size=300) | st.text(max_size=100).map(lambda text: f"patchwork-invitation-1.{text}"))
def test_no_other_text_is_an_invitation(text: str) -> None:
    with pytest.raises(InvalidInvitation) as refused:
        read(text)
    assert len(text) < 25 or text not in str(refused.value)


@given(st.integers(min_value=0, max_value=10_000), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_wrong_character_is_noticed(position: int, character: str) -> None:
    text = write(TOKEN)
    position %= len(text)
    changed = text[:position] + character + text[position + 1 :]
    if changed.lower() != text.lower() or changed[:-8] != text[:-8]:
        with pytest.raises(InvalidInvitation):
            read(changed)


@given(st.dictionaries(st.sampled_from(["form", "connector", "signing", "encryption", "tls"]), JSON))
def test_what_is_not_enrolment_keys_is_refused_in_words(changes: dict[str, Any]) -> None:
    whole = {**document(HANDED), **changes}
    try:
        assert from_document(whole) is not None
    except KeyFault as refused:
        assert str(refused)  # noqa: PT017 - nothing but a KeyFault may come


def test_the_fingerprint_covers_every_part() -> None:
    others = [
        EnrolmentKeys(ConnectorId("school-2"), HANDED.signing, HANDED.encryption, HANDED.tls),
        EnrolmentKeys(HANDED.connector, HANDED.signing[::-1], HANDED.encryption, HANDED.tls),
        EnrolmentKeys(HANDED.connector, HANDED.signing[:1], HANDED.encryption, HANDED.tls),
        EnrolmentKeys(HANDED.connector, HANDED.signing, generate().decryption.public, HANDED.tls),
        EnrolmentKeys(HANDED.connector, HANDED.signing, HANDED.encryption, "1" * 64),
    ]
    assert len({fingerprint(each) for each in (HANDED, *others)}) == 6
    assert is_fingerprint_of(fingerprint(HANDED).upper().replace(" ", ":"), HANDED)
    assert not any(is_fingerprint_of(fingerprint(HANDED), other) for other in others)
    assert from_document(json.loads(HANDED.to_bytes())) == HANDED


def test_proofs_are_of_these_keys_for_this_enrolment() -> None:
    proofs = prove(HANDED, TOKEN.id.value, SIGNERS)
    check_proofs(HANDED, TOKEN.id.value, proofs)
    other = EnrolmentKeys(HANDED.connector, HANDED.signing, HANDED.encryption, "1" * 64)
    for keys, invitation, given_ in (
        (HANDED, "another", proofs),
        (other, TOKEN.id.value, proofs),
        (HANDED, TOKEN.id.value, proofs[:1]),
        (HANDED, TOKEN.id.value, ["", "é"]),
        (HANDED, TOKEN.id.value, proofs[::-1]),
    ):
        with pytest.raises(KeyFault):
            check_proofs(keys, invitation, given_)


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=5_000))
def test_only_what_the_keyholder_addressed_is_passed_on(noise: bytes, cut: int) -> None:
    data = address(new_epoch(PartnershipId("seaton"), Mode.TRIAL), HANDED.first, KEYHOLDER)
    assert read_addressed(data, KEYHOLDER.public).connector == HANDED.connector
    for spoilt in (noise, data[: cut % len(data)], data + b"x" * 20_000):
        with pytest.raises(InvalidAddressedEpoch):
            read_addressed(spoilt, KEYHOLDER.public)
    with pytest.raises(InvalidAddressedEpoch):
        read_addressed(data, SigningKey.generate().public)
