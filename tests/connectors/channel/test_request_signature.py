"""Signed requests: what was signed is believed, once; anything else is refused without telling which secret was
wrong."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel.request_signature import (
    SKEW,
    WINDOW,
    RememberedNonces,
    RequestRefused,
    sign_request,
    verify_request,
)
from identity.agency.key_ring import directory_of
from identity.agency.keys import SigningKey, VerifyKey
from mappings.canonical.identifiers import KeyId

KEY, STRANGER = SigningKey.generate(), SigningKey.generate()
KEYS = directory_of(KEY.public)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PATH, BODY, TYPE = "/channel/notices", b"sealed", "application/jose"


def signed(path: str = PATH, body: bytes = BODY, key: SigningKey = KEY, now: datetime = NOW) -> dict[str, str]:
    return sign_request("POST", path, body, TYPE, key, now)


def check(
    headers: Any, method: str = "POST", path: str = PATH, body: bytes = BODY, now: datetime = NOW, **more: Any
) -> KeyId:
    arguments: dict[str, Any] = {"keys": KEYS, "nonces": RememberedNonces(lambda: now), **more}
    return verify_request(method, path, headers, body, now=now, **arguments)


def refused(code: str, headers: Any, **more: Any) -> None:
    with pytest.raises(RequestRefused) as caught:
        check(headers, **more)
    assert caught.value.code == code


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.from_regex(r"/[a-z0-9/%][0]?[a-z0-9/_.-]{0,40}(\?[a-z0-9=&]{0,20})?", fullmatch=True).filter(
        lambda p: "%" not in p
    ),
    body=st.binary(max_size=300),
    content_type=st.none() | st.sampled_from(["application/jose", "application/json; charset=utf-8"]),
)
def test_what_was_signed_is_believed(method: str, path: str, body: bytes, content_type: str | None) -> None:
    headers = sign_request(method, path, body, content_type, KEY, NOW)
    assert check(headers, method=method, path=path, body=body) == KEY.id


def test_the_form_on_the_wire() -> None:
    headers = signed()
    assert sorted(headers) == ["content-digest", "content-type", "signature", "signature-input"]
    components = '"@method" "@path" "content-digest" "content-type"'
    assert headers["signature-input"].startswith(f"patchwork=({components});created={int(NOW.timestamp())};")
    assert 'tag="patchwork"' in headers["signature-input"]
    assert headers["content-digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"


def test_an_independent_reading_of_the_rfc_agrees() -> None:
    """RFC 9421 section 2.5, the signature base put together by hand."""
    headers = signed("/channel/inbox/lease?x=1")
    lines = [
        '"@method": POST',
        '"@path": /channel/inbox/lease',
        '"@query": ?x=1',
        f'"content-digest": {headers["content-digest"]}',
        '"content-type": application/jose',
        f'"@signature-params": {headers["signature-input"].removeprefix("patchwork=")}',
    ]
    signature = base64.b64decode(headers["signature"].removeprefix("patchwork=:").removesuffix(":"))
    KEY.public.raw.verify(signature, "\n".join(lines).encode())


def test_other_headers_and_their_order_do_not_matter() -> None:
    lines = [
        ("Host", "a"),
        ("X", "1"),
        ("X", "2"),
        *((name.title(), value) for name, value in reversed(signed().items())),
    ]
    assert check(lines) == KEY.id


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("signature-refused", {"method": "PUT"}),
        ("signature-refused", {"method": "post"}),
        ("signature-refused", {"path": "/channel/inbox/lease"}),
        ("signature-refused", {"path": "/channel/notices?x=1"}),
        ("signature-refused", {"path": "/channel/notices?"}),
        ("signature-refused", {"path": "/channel/%zz"}),
        ("request-malformed", {"path": "https://other.example/channel/notices"}),
        ("signature-refused", {"body": b"other"}),
        ("signature-refused", {"body": b""}),
        ("signature-refused", {"keys": directory_of(STRANGER.public)}),
        ("signature-refused", {"keys": lambda _: STRANGER.public}),
        ("signature-stale", {"now": NOW + WINDOW + timedelta(seconds=1)}),
        ("signature-stale", {"now": NOW - SKEW - timedelta(seconds=1)}),
    ],
)
def test_a_request_that_is_not_the_one_that_was_signed(code: str, change: dict[str, Any]) -> None:
    refused(code, signed(), **change)


def test_an_unknown_key_and_a_wrong_signature_look_the_same() -> None:
    def told(headers: dict[str, str]) -> tuple[str, str]:
        with pytest.raises(RequestRefused) as caught:
            check(headers)
        return caught.value.code, str(caught.value)

    forged = {**signed(), "signature": signed(key=STRANGER)["signature"]}
    assert told(signed(key=STRANGER)) == told(forged)


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
def test_a_header_that_is_missing_repeated_or_damaged(name: str) -> None:
    headers = signed()
    refused("signature-missing", {key: value for key, value in headers.items() if key != name})
    refused("signature-malformed", [*headers.items(), (name, headers[name])])
    refused("signature-malformed", {**headers, name: headers[name] * 30})
    for damage in ("", "x", "()", "patchwork=", "patchwork=()", "patchwork=:AAAA:", "\x00", "é", headers[name][:-2]):
        refused("signature-refused", {**headers, name: damage})


def test_a_content_type_changed_or_taken_away_or_added() -> None:
    headers = signed()
    refused("signature-refused", {**headers, "content-type": "application/json"})
    refused("signature-refused", {name: value for name, value in headers.items() if name != "content-type"})
    refused("signature-refused", {**sign_request("POST", PATH, BODY, None, KEY, NOW), "content-type": "text/plain"})


def by_hand(components: str, parameters: str, values: Callable[[str], str]) -> dict[str, str]:
    """A request genuinely signed by a registered key, but not as agreed."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"
    known = {
        "@method": "POST",
        "@path": PATH,
        "content-digest": digest,
        "content-type": TYPE,
        "@authority": "gateway.invalid",
    }
    names = [part.strip('"') for part in components.split()]
    base = "".join(f'"{name}": {known[name]}\n' for name in names) + f'"@signature-params": ({components}){parameters}'
    signature = base64.b64encode(KEY.raw.sign(base.encode())).decode()
    return {
        "content-type": TYPE,
        "content-digest": digest,
        "signature-input": f"p=({components}){parameters}",
        "signature": values(signature),
    }


ALL = '"@method" "@path" "content-digest" "content-type"'
FINE = f';created={int(NOW.timestamp())};nonce="0123456789abcdef";keyid="{KEY.id}";tag="patchwork"'


def test_the_handmade_request_is_believed_when_it_is_as_agreed() -> None:
    assert check(by_hand(ALL, FINE, lambda s: f"p=:{s}:")) == KEY.id


@pytest.mark.parametrize(
    ("components", "parameters"),
    [
        ("", FINE),
        ('"@method" "@path" "content-type"', FINE),
        ('"@path" "content-digest" "content-type"', FINE),
        ('"@method" "content-digest" "content-type"', FINE),
        ('"@method" "@path" "content-digest"', FINE),
        (ALL + ' "@authority"', FINE),
        (ALL, FINE.replace(';nonce="0123456789abcdef"', "")),
        (ALL, FINE.replace("0123456789abcdef", "short")),
        (ALL, FINE.replace("0123456789abcdef", "with spaces 0123456789")),
        (ALL, FINE.replace('"patchwork"', '"other"')),
        (ALL, FINE.replace(';tag="patchwork"', "")),
        (ALL, FINE.replace(f";created={int(NOW.timestamp())}", "")),
        (ALL, FINE.replace("created=1", "created=-1")),
        (ALL, FINE.replace("created=", "created=99999")),
        (ALL, FINE.replace(f'"{KEY.id}"', '"x"')),
        (ALL, FINE + ";expires=1"),
        (ALL, FINE + ';alg="hmac-sha256"'),
        (ALL, FINE + ";other=1"),
    ],
    # The same names in every run, whatever the key of this one is.
    ids=lambda value: value.replace(KEY.id.value, "KEY"),
)
def test_a_genuine_signature_over_less_or_more_than_agreed(components: str, parameters: str) -> None:
    with pytest.raises(RequestRefused):
        check(by_hand(components, parameters, lambda s: f"p=:{s}:"))


def test_two_signatures_are_not_one() -> None:
    first, second = signed(), signed()
    both = {
        **first,
        "signature-input": f"{first['signature-input']}, b={second['signature-input'].removeprefix('patchwork=')}",
        "signature": f"{first['signature']}, b={second['signature'].removeprefix('patchwork=')}",
    }
    refused("signature-refused", both)


def test_a_request_is_believed_once() -> None:
    nonces, headers = RememberedNonces(lambda: NOW), signed()
    check(headers, nonces=nonces)
    refused("signature-replayed", headers, nonces=nonces)
    assert check(signed(), nonces=nonces) == KEY.id


def test_strangers_and_stale_requests_do_not_reach_the_nonce_store() -> None:
    asked: list[str] = []

    def nonces(key_id: KeyId, nonce: str, until: datetime) -> bool:
        asked.append(nonce)
        return True

    refused("signature-refused", signed(key=STRANGER), nonces=nonces)
    refused("signature-stale", signed(now=NOW - timedelta(days=1)), nonces=nonces)
    refused("signature-refused", signed(), body=b"other", nonces=nonces)
    assert asked == []


def test_a_nonce_is_kept_as_long_as_its_request_could_be_fresh() -> None:
    kept: list[datetime] = []

    def nonces(key_id: KeyId, nonce: str, until: datetime) -> bool:
        kept.append(until)
        return True

    check(signed(), nonces=nonces)
    assert kept[0] > NOW + WINDOW


def test_a_full_store_forgets_what_no_longer_matters_and_otherwise_refuses() -> None:
    time = [NOW]
    nonces = RememberedNonces(lambda: time[0], limit=2)
    assert nonces(KEY.id, "a", NOW + WINDOW)
    assert nonces(KEY.id, "b", NOW + WINDOW)
    assert not nonces(KEY.id, "c", NOW + WINDOW)
    time[0] = NOW + WINDOW + timedelta(seconds=1)
    assert nonces(KEY.id, "c", time[0] + WINDOW)


def test_two_connectors_may_choose_the_same_nonce() -> None:
    nonces = RememberedNonces(lambda: NOW)
    assert nonces(KEY.id, "same", NOW + WINDOW)
    assert nonces(STRANGER.id, "same", NOW + WINDOW)


def test_a_public_key_that_signed_nothing_cannot_be_swapped_in() -> None:
    other = VerifyKey.from_jwk(STRANGER.public.to_jwk())
    refused("signature-refused", signed(), keys={KEY.id: other}.get)


@given(st.fixed_dictionaries({"signature": st.text(), "signature-input": st.text(), "content-digest": st.text()}))
def test_noise(headers: dict[str, str]) -> None:
    with pytest.raises(RequestRefused):
        check(headers)


def test_nothing_of_the_request_is_in_the_refusal() -> None:
    with pytest.raises(RequestRefused) as caught:
        check(signed(), body=json.dumps({"canary": "do-not-tell"}).encode())
    assert "do-not-tell" not in f"{caught.value} {caught.value.code}"
