"""Keys and their files."""

import copy
import json
import os
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from identity.agency.faults import KeyFault
from identity.agency.keys import (
    DecryptionKey,
    EncryptKey,
    SigningKey,
    VerifyKey,
    generate,
    load_decryption,
    load_private,
    load_public,
    load_signing,
    public_document,
    public_from_document,
    save_private,
    save_public,
)


def test_keys_come_back_from_their_files(tmp_path: Path) -> None:
    keys = generate()
    save_private(tmp_path / "signing.jwk", keys.signing)
    save_private(tmp_path / "decryption.jwk", keys.decryption)
    save_public(tmp_path / "public.json", keys.public("housing"))
    assert load_signing(tmp_path / "signing.jwk") == keys.signing
    assert load_decryption(tmp_path / "decryption.jwk") == keys.decryption
    assert load_public(tmp_path / "public.json") == keys.public("housing")


def test_private_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "signing.jwk"
    before = os.umask(0)
    try:
        save_private(path, SigningKey.generate())
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_private_file_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "signing.jwk"
    save_private(path, SigningKey.generate())
    path.chmod(mode)
    with pytest.raises(KeyFault, match="chmod 600"):
        load_signing(path)


def test_a_private_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "signing.jwk"
    first = SigningKey.generate()
    save_private(path, first)
    with pytest.raises(KeyFault, match="exists already"):
        save_private(path, SigningKey.generate())
    assert load_signing(path) == first


def test_pkcs8_pem_is_read_too(tmp_path: Path) -> None:
    key = SigningKey.generate()
    path = tmp_path / "signing.pem"
    path.write_bytes(key.raw.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    assert load_private(path) == key


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"hello",
        b"\xff\xfe",
        b'{"crv": []}',
        b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
    ],
)
def test_a_file_that_holds_no_key_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFault, match="key"):
        load_private(path)


def test_a_missing_file_a_pipe_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="cannot be read"):
        load_private(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyFault, match="not a plain file of at most"):
        load_private(tmp_path / "pipe")
    (tmp_path / "huge").write_bytes(b" " * 20_000)
    with pytest.raises(KeyFault, match="not a plain file of at most"):
        load_public(tmp_path / "huge")


def test_one_key_one_job(tmp_path: Path) -> None:
    save_private(tmp_path / "d", DecryptionKey.generate())
    with pytest.raises(KeyFault, match="other kind"):
        load_signing(tmp_path / "d")
    with pytest.raises(KeyFault, match="Ed25519"):
        VerifyKey.from_jwk(generate().public().encryption.to_jwk())


def test_a_public_key_document_with_a_private_key_in_it_is_refused() -> None:
    private = OKPKey.generate_key("X25519").as_dict(private=True)
    with pytest.raises(KeyFault, match="no members but"):
        EncryptKey.from_jwk({name: private[name] for name in ("kty", "crv", "x", "d")})


def test_a_claimed_key_id_must_be_the_thumbprint() -> None:
    mine, other = SigningKey.generate().public.to_jwk(), SigningKey.generate().public.to_jwk()
    with pytest.raises(KeyFault, match="do not belong together"):
        VerifyKey.from_jwk({**mine, "kid": other["kid"]})


def test_the_thumbprint_is_that_of_rfc_8037_appendix_a_3() -> None:
    key = VerifyKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    assert key.id.value == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "damage",
    [
        {"connector": "UPPER"},
        {"connector": 7},
        {"extra": 1},
        {"signing": None},
        {"signing": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"signing": {"kty": "OKP", "crv": "Ed25519", "x": 5}},
        {"encryption": {"kty": "EC", "crv": "X25519", "x": "AAAA"}},
    ],
)
def test_a_damaged_public_document_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(KeyFault):
        public_from_document({**public_document(generate().public("housing")), **damage})


def test_public_file_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("[" * 10_000)
    with pytest.raises(KeyFault, match="not JSON"):
        load_public(tmp_path / "p")


def test_keys_never_show_or_leave_their_secrets() -> None:
    keys = generate()
    secret = keys.signing.jose.as_dict(private=True)["d"]
    assert str(secret) not in f"{keys!r} {keys.signing} {keys.public()}"
    assert json.dumps(public_document(keys.public("housing"))).count('"d"') == 0
    with pytest.raises(TypeError):
        pickle.dumps(keys.signing)
    with pytest.raises(TypeError):
        copy.copy(keys.decryption)
