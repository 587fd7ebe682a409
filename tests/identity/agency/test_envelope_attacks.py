"""A hostile counterpart tries what it can do to an envelope. Each story is refused, and the refusal tells nothing."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from identity.agency import envelope_header
from identity.agency.envelope import Expectations, open_envelope, seal
from identity.agency.faults import (
    BadSignature,
    EnvelopeFault,
    HeaderRefused,
    Misdirected,
    Oversized,
    UnknownSigner,
    Unreadable,
)
from identity.agency.key_ring import KeyRing, directory_of
from identity.agency.keys import EncryptKey, PrivateKeys, generate
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader, Opened
from mappings.canonical.identifiers import MessageId, PartnershipId

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUSING, HEALTH, GATEWAY_KEYS, OUTSIDER = generate(), generate(), generate(), generate()
REGISTER = directory_of(HOUSING.signing.public, HEALTH.signing.public)
RING = KeyRing([GATEWAY_KEYS.decryption])
US = Expectations(GATEWAY, PartnershipId("seaton"), Mode.LIVE)
HEADER = EnvelopeHeader(
    kind=MessageKind.NOTICE,
    message=MessageId("0b8f4a52-0000-4000-8000-000000000001"),
    about=MessageId("0b8f4a52-0000-4000-8000-000000000002"),
    sender="housing",
    destination=GATEWAY,
    partnership=PartnershipId("seaton"),
    mode=Mode.LIVE,
    issued_at=NOW,
)
BODY = b'{"canary":"do-not-tell"}'
LOOSE_JWS = jws.JWSRegistry(algorithms=["Ed25519", "EdDSA", "HS256", "ES256", "none"], strict_check_header=False)
LOOSE_JWS.max_header_length = LOOSE_JWS.max_payload_length = 10**7
LOOSE_JWE = jwe.JWERegistry(
    algorithms=["ECDH-ES", "ECDH-ES+A256KW", "ECDH-ES+A128KW", "dir", "A256GCM", "A128GCM", "DEF"],
    strict_check_header=False,
)
LOOSE_JWE.max_ciphertext_length = LOOSE_JWE.max_protected_header_length = 10**7


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))


def inner(who: PrivateKeys = HOUSING, body: bytes = BODY, key: Any = None, **changes: Any) -> bytes:
    """The signed part as a hostile program would make it."""
    header = {
        "alg": "Ed25519",
        "kid": who.signing.id.value,
        "typ": "patchwork+jws",
        "pw": envelope_header.write(HEADER),
        **changes,
    }
    header = {name: value for name, value in header.items() if value is not ...}
    return jws.serialize_compact(header, body, key or who.signing.jose, registry=LOOSE_JWS).encode()


def outer(plain: bytes, to: EncryptKey = GATEWAY_KEYS.decryption.public, key: Any = None, **changes: Any) -> bytes:
    """The sealed part as a hostile program would make it."""
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": to.id.value, "typ": "patchwork+jwe", **changes}
    header = {name: value for name, value in header.items() if value is not ...}
    return jwe.encrypt_compact(header, plain, key or to.jose, registry=LOOSE_JWE).encode()


def read(data: bytes) -> Opened:
    return open_envelope(data, RING, REGISTER, US, NOW)


def refused(data: bytes, fault: type[EnvelopeFault]) -> None:
    with pytest.raises(fault) as caught:
        read(data)
    assert "do-not-tell" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_honest_one_is_read() -> None:
    assert read(outer(inner())).body == BODY


def test_the_older_name_of_the_algorithm_and_key_wrapping_are_read_too(recwarn: pytest.WarningsRecorder) -> None:
    LOOSE = inner(alg="EdDSA")
    recwarn.clear()
    assert read(outer(LOOSE)).body == BODY
    assert read(outer(inner(), alg="ECDH-ES+A256KW")).body == BODY
    assert not recwarn.list


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": OUTSIDER.signing.public.to_jwk()},
        {"jku": "https://attacker.example/keys"},
        {"x5c": ["AAAA"]},
        {"x5u": "https://attacker.example/cert"},
        {"crit": ["b64"], "b64": True},
        {"b64": True},
        {"cty": "JWT"},
        {"nonce": "x"},
    ],
)
def test_a_key_or_anything_else_unexpected_beside_a_good_signature(extra: dict[str, Any]) -> None:
    refused(outer(inner(**extra)), HeaderRefused)


@pytest.mark.parametrize("missing", ["kid", "typ", "pw"])
def test_a_signed_header_without_something(missing: str) -> None:
    changes: dict[str, Any] = {missing: ...}
    refused(outer(inner(**changes)), HeaderRefused)


def test_the_attackers_key_in_the_header_signs_for_somebody_else() -> None:
    refused(outer(inner(key=OUTSIDER.signing.jose, jwk=OUTSIDER.signing.public.to_jwk())), HeaderRefused)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "HS256", "", None, 5, ["Ed25519"], "Ed448"])
def test_no_algorithm_but_ours(name: Any) -> None:
    header = {"alg": name, "kid": HOUSING.signing.id.value, "typ": "patchwork+jws", "pw": envelope_header.write(HEADER)}
    refused(outer(b64(json.dumps(header).encode()) + b"." + b64(BODY) + b"." + b64(bytes(64))), HeaderRefused)


def test_an_empty_signature_under_alg_none() -> None:
    header = {
        "alg": "none",
        "kid": HOUSING.signing.id.value,
        "typ": "patchwork+jws",
        "pw": envelope_header.write(HEADER),
    }
    refused(outer(b64(json.dumps(header).encode()) + b"." + b64(BODY) + b"."), HeaderRefused)


def test_hmac_with_the_public_key_as_the_secret() -> None:
    public = unb64(HOUSING.signing.public.to_jwk()["x"].encode())
    header = {
        "alg": "HS256",
        "kid": HOUSING.signing.id.value,
        "typ": "patchwork+jws",
        "pw": envelope_header.write(HEADER),
    }
    signed = b64(json.dumps(header).encode()) + b"." + b64(BODY)
    refused(outer(signed + b"." + b64(hmac.new(public, signed, hashlib.sha256).digest())), HeaderRefused)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_another_curve_under_our_name() -> None:
    refused(outer(inner(key=ECKey.generate_key("P-256"), alg="ES256")), HeaderRefused)
    refused(outer(inner(key=OKPKey.generate_key("Ed448"), alg="EdDSA")), Unreadable)


def test_signed_by_an_outsider() -> None:
    refused(outer(inner(OUTSIDER)), UnknownSigner)


def test_signed_by_a_retired_key_which_the_register_no_longer_gives() -> None:
    before = generate()
    sealed = outer(inner(before))
    assert open_envelope(sealed, RING, directory_of(before.signing.public), US, NOW).body == BODY
    refused(sealed, UnknownSigner)


def test_the_kid_of_somebody_else() -> None:
    refused(outer(inner(HEALTH, kid=HOUSING.signing.id.value)), BadSignature)


def test_a_register_that_answers_with_another_key_is_not_believed() -> None:
    with pytest.raises(UnknownSigner):
        open_envelope(outer(inner()), RING, lambda _: OUTSIDER.signing.public, US, NOW)


def test_the_signer_is_told_so_that_the_register_can_compare_it_with_the_sender() -> None:
    assert read(outer(inner(HEALTH))).key_id == HEALTH.signing.id.value


def test_a_reader_of_one_sender_refuses_others() -> None:
    only = Expectations(GATEWAY, PartnershipId("seaton"), Mode.LIVE, sender="health")
    with pytest.raises(BadSignature):
        open_envelope(outer(inner()), RING, REGISTER, only, NOW)


def test_a_signed_header_swapped_for_another() -> None:
    first, second = inner().split(b"."), inner(pw={**envelope_header.write(HEADER), "sender": "health"}).split(b".")
    refused(outer(b".".join([second[0], first[1], first[2]])), BadSignature)
    refused(outer(b".".join([first[0], b64(b"another body"), first[2]])), BadSignature)
    refused(outer(b".".join([first[0], first[1], second[2]])), BadSignature)


def test_sealed_to_somebody_else_and_swapped_recipients() -> None:
    refused(outer(inner(), OUTSIDER.decryption.public), Unreadable)
    refused(outer(inner(), OUTSIDER.decryption.public, kid=GATEWAY_KEYS.decryption.public.id.value), Unreadable)
    refused(outer(inner(), kid=OUTSIDER.decryption.public.id.value), Unreadable)


def test_a_recipient_seals_what_it_was_told_again_to_another() -> None:
    """Health opens an alert meant for it and seals the gateway's signed bytes to housing, who would believe the
    gateway."""
    told = {**envelope_header.write(HEADER), "sender": "gateway", "destination": "health"}
    forwarded = outer(inner(GATEWAY_KEYS, pw=told), HOUSING.decryption.public)
    mine = Expectations("housing", PartnershipId("seaton"), Mode.LIVE, GATEWAY)
    with pytest.raises(Misdirected):
        open_envelope(forwarded, KeyRing([HOUSING.decryption]), directory_of(GATEWAY_KEYS.signing.public), mine, NOW)


def test_replayed_into_another_partnership_and_from_trial_into_live() -> None:
    for change in ({"partnership": "northport"}, {"mode": "trial"}, {"destination": "housing"}):
        refused(outer(inner(pw={**envelope_header.write(HEADER), **change})), Misdirected)


@pytest.mark.parametrize(
    "changes",
    [
        {"zip": "DEF"},
        {"apu": "QQ"},
        {"apv": "QQ"},
        {"jwk": {}},
        {"crit": []},
        {"cty": "JWT"},
        {"alg": "ECDH-ES+A128KW"},
        {"enc": "A128GCM"},
        {"typ": "JOSE"},
        {"typ": ...},
    ],
)
def test_an_outer_header_that_is_not_ours(changes: dict[str, Any]) -> None:
    refused(outer(inner(), **changes), HeaderRefused)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    refused(outer(bytes(5_000_000), zip="DEF"), HeaderRefused)


def test_a_key_both_sides_know_instead_of_an_agreement() -> None:
    secret = OctKey.import_key(bytes(32))
    refused(outer(inner(), key=secret, alg="dir"), HeaderRefused)


@pytest.mark.parametrize(
    "key",
    [
        {},
        [],
        "x",
        None,
        {"kty": "OKP", "crv": "X448", "x": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": ""},
        {"kty": "OKP", "crv": "X25519", "x": 5},
        {"kty": "oct", "crv": "X25519", "x": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43, "d": "A" * 43},
    ],
)
def test_an_ephemeral_key_that_is_none_or_of_low_order(key: Any) -> None:
    parts = outer(inner()).split(b".")
    header = {**json.loads(unb64(parts[0])), "epk": key}
    parts[0] = b64(json.dumps(header).encode())
    refused(b".".join(parts), EnvelopeFault)


@pytest.mark.parametrize("kid", [None, 5, [], "", "x", "../../etc/passwd", "A" * 44])
def test_a_key_id_that_is_none(kid: Any) -> None:
    refused(outer(inner(kid=kid) if isinstance(kid, str) else _handmade(kid)), HeaderRefused)


def _handmade(kid: Any) -> bytes:
    header = {"alg": "Ed25519", "kid": kid, "typ": "patchwork+jws", "pw": envelope_header.write(HEADER)}
    return b64(json.dumps(header).encode()) + b"." + b64(BODY) + b"." + b64(bytes(64))


def test_one_member_written_twice() -> None:
    parts = inner().split(b".")
    text = unb64(parts[0])
    twice = text[:-1] + b',"alg":"Ed25519"}'
    signed = b64(twice) + b"." + parts[1]
    refused(outer(signed + b"." + b64(HOUSING.signing.raw.sign(signed))), Unreadable)


def test_a_header_of_ten_thousand_brackets() -> None:
    refused(outer(b64(b"[" * 2500) + b".AA.AA"), Unreadable)
    refused(b64(b"[" * 2500) + b".AA.AA.AA.AA", Unreadable)
    refused(b64(b"[" * 10_000) + b".AA.AA.AA.AA", HeaderRefused)


def test_envelopes_inside_envelopes() -> None:
    refused(outer(outer(inner())), Unreadable)
    refused(outer(inner(body=inner()).split(b".")[1]), Unreadable)
    refused(inner(), Unreadable)


def test_larger_than_allowed() -> None:
    refused(b"A" * (512 * 1024 + 1), Oversized)
    refused(b"", Unreadable)


def test_cut_off_anywhere() -> None:
    sealed = outer(inner())
    for length in range(0, len(sealed), 7):
        refused(sealed[:length], EnvelopeFault)


@given(st.data())
def test_one_character_changed_anywhere(data: st.DataObject) -> None:
    sealed = bytearray(SEALED)
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != sealed[at]))
    refused(bytes(sealed), EnvelopeFault)


@given(st.binary(max_size=400) | st.lists(st.binary(max_size=60).map(b64), max_size=6).map(b".".join))
def test_noise(noise: bytes) -> None:
    refused(noise, EnvelopeFault)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "epk", "typ", "pw", "zip"]),
        st.none() | st.booleans() | st.text(max_size=9),
    )
)
def test_headers_of_noise_on_both_layers(header: dict[str, Any]) -> None:
    noise = b64(json.dumps(header).encode())
    refused(noise + b".AA.AA.AA.AA", EnvelopeFault)
    refused(outer(noise + b".AA.AA"), EnvelopeFault)


SEALED = seal(HEADER, BODY, HOUSING.signing, GATEWAY_KEYS.decryption.public)
