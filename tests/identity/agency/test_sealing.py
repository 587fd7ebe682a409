"""Signing and sealing one document: what no two sealings may share, and a key that would keep nothing secret."""

import base64
import gc
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from joserfc import jwe
from joserfc.jwk import OKPKey

from identity.agency.key_ring import KeyRing
from identity.agency.keys import EncryptKey, generate
from identity.agency.sealing import decrypt, encrypt

OURS = generate()
TO = OURS.decryption.public


def test_nothing_of_what_was_sealed_or_opened_is_left_in_memory() -> None:
    """joserfc's objects hold each other, with the content: by themselves they would stay until Python looks for circles."""
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            assert decrypt(encrypt(b"what is said", TO, "test+jwe"), KeyRing([OURS.decryption]), "test+jwe")
        left = [each for each in gc.get_objects() if isinstance(each, jwe.CompactEncryption | jwe.Recipient)]
    finally:
        gc.enable()
    assert left == []


def test_no_two_sealings_share_a_key_or_a_vector() -> None:
    parts = [encrypt(b"the same", TO, "test+jwe").split(b".") for _ in range(200)]
    ephemeral = {json.loads(base64.urlsafe_b64decode(each[0] + b"=="))["epk"]["x"] for each in parts}
    assert len(ephemeral) == len({each[2] for each in parts}) == len({each[3] for each in parts}) == 200


@pytest.mark.parametrize("point", [bytes(32), (1).to_bytes(32, "little")])
def test_a_key_that_agrees_on_nothing_secret_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match="shared key"):
        encrypt(b"what is said", EncryptKey(OKPKey.import_key(X25519PublicKey.from_public_bytes(point))), "test+jwe")


def test_it_agrees_with_what_joserfc_opens_by_itself() -> None:
    sealed = encrypt(b"what is said", TO, "test+jwe")
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    assert jwe.decrypt_compact(sealed, OURS.decryption.jose, registry=registry).plaintext == b"what is said"
