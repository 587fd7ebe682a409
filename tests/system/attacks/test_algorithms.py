"""Envelopes whose headers say how they would like to be believed: another algorithm, a key brought along, compression, another key's name."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.bench import hostile
from gateway.bench.counterpart import Counterpart
from identity.agency.keys import SigningKey, generate
from tests.builders import person
from tests.system.attacks.town import Town

ORLA = person()


def signed(who: Counterpart, **members: object) -> bytes:
    """A signed part whose signature is good."""
    return hostile.signed_part(who, who.notice(ORLA), hostile.properly(who.keys.signing), **members)


def test_no_signature_at_all_is_refused(town: Town) -> None:
    inner = hostile.signed_part(town.health, town.health.notice(ORLA), hostile.not_at_all, alg="none")
    town.housing.end.send(hostile.sealed_part(town.housing, inner))
    town.assert_refused("header-refused", town.housing)


@pytest.mark.parametrize("alg", ["HS256", "Ed25519"])
def test_the_public_key_as_a_secret_signs_nothing(town: Town, alg: str) -> None:
    known = hostile.with_the_public_key_as_secret(town.health.keys.signing.public)
    inner = hostile.signed_part(town.health, town.health.notice(ORLA), known, alg=alg)
    town.housing.end.send(hostile.sealed_part(town.housing, inner))
    town.world.receive()
    ((code, reason),) = town.audited()
    assert (code, reason in ("header-refused", "unreadable", "bad-signature")) == ("message-refused", True)
    assert town.held() == town.before
    assert {who for who, _ in town.answers()} == {town.housing.id}


BESIDE: dict[str, Callable[[SigningKey], dict[str, Any]]] = {
    "jwk": lambda key: {"jwk": key.public.to_jwk()},
    "jku": lambda key: {"jku": "https://127.0.0.1/keys"},
    "x5u": lambda key: {"x5u": "https://127.0.0.1/certificate"},
    "x5c": lambda key: {"x5c": ["AAAA"]},
    "crit": lambda key: {"crit": ["b64"], "b64": False},
    "zip": lambda key: {"zip": "DEF"},
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_key_brought_along_is_not_looked_at(town: Town, name: str) -> None:
    own = generate().signing
    inner = hostile.signed_part(town.health, town.health.notice(ORLA), hostile.properly(own), **BESIDE[name](own))
    town.housing.end.send(hostile.sealed_part(town.housing, inner))
    town.assert_refused("header-refused", town.housing)


@pytest.mark.parametrize("name", BESIDE)
def test_a_member_too_many_spoils_a_good_signature(town: Town, name: str) -> None:
    town.housing.end.send(
        hostile.sealed_part(town.housing, signed(town.housing, **BESIDE[name](town.housing.keys.signing)))
    )
    town.assert_refused("header-refused", town.housing)


def test_a_compressed_envelope_is_not_unpacked(town: Town) -> None:
    town.housing.end.send(hostile.oddly_sealed_part(town.housing, b"0" * 400_000, zip="DEF"))
    town.assert_refused("header-refused", town.housing)


def test_an_unknown_key_is_refused(town: Town) -> None:
    hostile.sign_with_an_unknown_key(town.housing, ORLA)
    town.assert_refused("unknown-signer", town.housing)


def test_an_unknown_key_and_a_wrong_signature_by_a_known_one_name_nobody(town: Town) -> None:
    for key in (town.health.keys.signing, generate().signing):
        inner = hostile.signed_part(
            town.housing, town.housing.notice(ORLA), hostile.properly(town.housing.keys.signing), kid=key.id.value
        )
        town.housing.end.send(hostile.sealed_part(town.housing, inner))
    town.world.receive()
    assert [reason for _, reason in town.audited()] == ["bad-signature", "unknown-signer"]
    assert {who for who, _ in town.answers()} == {town.housing.id}
    assert town.held() == town.before
