"""The quick writer of JWS and JWE writes what joserfc would, and joserfc reads it."""

import base64
import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc._rfc7518 import jwe_encs
from joserfc.jwk import OKPKey

from identity.agency import compact_form
from identity.agency.keys import generate

KEYS = generate()
TO = KEYS.decryption.public
SIGNING = {"alg": "Ed25519", "kid": KEYS.signing.id.value, "typ": "test+jws"}
SEALING = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": TO.id.value, "typ": "test+jwe"}
ALGORITHMS = ["ECDH-ES", "A256GCM"]
members = st.dictionaries(st.sampled_from(("pw", "z")), st.text(max_size=20) | st.integers() | st.none())


@given(members, st.binary(max_size=3_000))
def test_a_signed_document_is_the_bytes_of_joserfc(more: dict[str, Any], payload: bytes) -> None:
    header = SIGNING | {"pw": more}
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    theirs = jws.serialize_compact(dict(header), payload, KEYS.signing.jose, registry=registry)
    assert compact_form.signed(header, payload, KEYS.signing.raw) == theirs.encode()
    assert jws.deserialize_compact(theirs, KEYS.signing.public.jose, registry=registry).payload == payload


@given(st.binary(max_size=3_000))
def test_a_sealed_document_is_opened_by_joserfc(plain: bytes) -> None:
    sealed = compact_form.encrypted(SEALING, plain, TO.raw)
    assert jwe.decrypt_compact(sealed, KEYS.decryption.jose, algorithms=ALGORITHMS).plaintext == plain


def test_with_the_same_chance_a_sealed_document_is_the_bytes_of_joserfc(monkeypatch: pytest.MonkeyPatch) -> None:
    ephemeral, iv = X25519PrivateKey.generate(), secrets.token_bytes(12)
    monkeypatch.setattr(OKPKey, "generate_key", lambda *_, **__: OKPKey.import_key(ephemeral))
    monkeypatch.setattr(jwe_encs.GCMEncModel, "generate_iv", lambda _: iv)
    theirs = jwe.encrypt_compact(dict(SEALING), b"what is said", TO.jose, algorithms=ALGORITHMS)
    assert compact_form._encrypted(SEALING, b"what is said", TO.raw, ephemeral, iv) == theirs.encode()


def test_no_two_sealings_share_a_key_or_a_vector() -> None:
    parts = [compact_form.encrypted(SEALING, b"the same", TO.raw).split(b".") for _ in range(200)]
    ephemeral = {json.loads(base64.urlsafe_b64decode(each[0] + b"=="))["epk"]["x"] for each in parts}
    assert len(ephemeral) == len({each[2] for each in parts}) == len({each[3] for each in parts}) == 200


def test_the_caller_keeps_the_header_it_gave() -> None:
    header = dict(SEALING)
    compact_form.encrypted(header, b"", TO.raw)
    assert header == SEALING


@pytest.mark.parametrize("point", [bytes(32), (1).to_bytes(32, "little")])
def test_a_key_that_agrees_on_nothing_secret_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match="shared key"):
        compact_form.encrypted(SEALING, b"what is said", X25519PublicKey.from_public_bytes(point))
