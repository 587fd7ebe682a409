"""A linkage epoch on its way: only the connector it was made for opens it, and only from the pinned keyholder."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws

from identity.agency.keys import SigningKey, generate
from identity.custody.epoch import new_epoch, to_document
from identity.custody.sealed_epoch import InvalidSealedEpoch, open_sealed, seal
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

CONNECTOR, OTHER, KEYHOLDER = generate(), generate(), SigningKey.generate()
PUBLIC = CONNECTOR.public("housing")
EPOCH = new_epoch(PartnershipId("seaton"), Mode.TRIAL)
SEALED = seal(EPOCH, PUBLIC, KEYHOLDER)


def test_the_connector_opens_what_was_sealed_to_it() -> None:
    assert open_sealed(SEALED, [CONNECTOR.decryption], KEYHOLDER.public) == EPOCH
    assert open_sealed(SEALED, [OTHER.decryption, CONNECTOR.decryption], KEYHOLDER.public) == EPOCH


def test_nothing_of_the_epoch_stands_in_the_blob() -> None:
    assert to_document(EPOCH)["key"].encode() not in SEALED
    assert EPOCH.id.encode() not in SEALED


def test_no_other_key_opens_it() -> None:
    with pytest.raises(InvalidSealedEpoch, match="not ours"):
        open_sealed(SEALED, [OTHER.decryption], KEYHOLDER.public)
    with pytest.raises(InvalidSealedEpoch):
        open_sealed(SEALED, [], KEYHOLDER.public)


def test_an_epoch_from_anybody_but_the_pinned_keyholder_is_refused() -> None:
    with pytest.raises(InvalidSealedEpoch, match="not signed by the keyholder"):
        open_sealed(seal(EPOCH, PUBLIC, SigningKey.generate()), [CONNECTOR.decryption], KEYHOLDER.public)


def _resealed(
    header: dict[str, object] | None = None, signature: dict[str, object] | None = None, **statement: object
) -> bytes:
    """What a dishonest sender who has the keyholder's key, or an old blob, could make."""
    told = {
        "form": "patchwork-sealed-epoch/1",
        "connector": "housing",
        "encryption": PUBLIC.encryption.id.value,
        "epoch": to_document(EPOCH),
        **statement,
    }
    over = {"alg": "Ed25519", "typ": "patchwork-epoch+jws", "kid": KEYHOLDER.id.value, **(signature or {})}
    signed = jws.serialize_compact(over, json.dumps(told).encode(), KEYHOLDER.jose, algorithms=["Ed25519"])
    outer = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "typ": "patchwork-epoch+jwe",
        "kid": PUBLIC.encryption.id.value,
        **(header or {}),
    }
    return jwe.encrypt_compact(
        outer, signed.encode(), PUBLIC.encryption.jose, algorithms=["ECDH-ES", "A256GCM"]
    ).encode()


def test_the_same_parts_put_together_honestly_are_accepted() -> None:
    assert open_sealed(_resealed(), [CONNECTOR.decryption], KEYHOLDER.public) == EPOCH


@pytest.mark.parametrize(
    "blob",
    [
        _resealed(encryption=OTHER.public("x").encryption.id.value),
        _resealed(form="patchwork-sealed-epoch/2"),
        _resealed(epoch={}),
        _resealed(more="x"),
        _resealed(signature={"typ": "patchwork+jws"}),
        _resealed(signature={"jwk": KEYHOLDER.public.to_jwk()}),
        _resealed(header={"typ": "patchwork+jwe"}),
        _resealed(header={"cty": "x"}),
    ],
    ids=["for another connector", "form", "epoch", "member", "typ", "jwk header", "outer typ", "outer member"],
)
def test_what_is_not_exactly_a_sealed_epoch_for_us_is_refused(blob: bytes) -> None:
    with pytest.raises(InvalidSealedEpoch):
        open_sealed(blob, [CONNECTOR.decryption], KEYHOLDER.public)


@given(st.binary(max_size=300))
def test_anything_else_is_refused_by_one_exception(data: bytes) -> None:
    with pytest.raises(InvalidSealedEpoch):
        open_sealed(data, [CONNECTOR.decryption], KEYHOLDER.public)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_never_another_epoch(place: int, change: int) -> None:
    bad = SEALED[:place] + bytes([SEALED[place] ^ change]) + SEALED[place + 1 :]
    try:
        found = open_sealed(bad, [CONNECTOR.decryption], KEYHOLDER.public)
    except InvalidSealedEpoch:
        return
    # Base64url has spare bits at the end of a part: a change of those is no change.
    assert found == EPOCH


def test_a_blob_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidSealedEpoch, match="at most"):
        open_sealed(b"a" * 10_000, [CONNECTOR.decryption], KEYHOLDER.public)
