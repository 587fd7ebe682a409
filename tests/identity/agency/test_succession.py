"""Who pinned the old keys believes the new by the old key's word, and by nobody else's."""

from datetime import UTC, datetime

import pytest

from identity.agency.faults import KeyFault
from identity.agency.keys import PrivateKeys, PublicKeys, generate
from identity.agency.sealing import sign
from identity.agency.succession import MAX_SUCCESSION_BYTES, MAX_SUCCESSIONS, follow, issue, read

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def public(keys: PrivateKeys, owner: str = "gateway") -> PublicKeys:
    return keys.public(owner)


def test_the_word_of_the_current_key_names_the_next() -> None:
    old, new = generate(), generate()
    word = issue(old.signing, public(new), NOW)
    said = read(word + b"\n", old.signing.public)
    assert (said.following, said.begun_at) == (public(new), NOW)


def test_nobody_elses_word_counts() -> None:
    old, new, other = generate(), generate(), generate()
    with pytest.raises(KeyFault, match="not signed by the key"):
        read(issue(other.signing, public(new), NOW), old.signing.public)
    head, payload, _ = issue(old.signing, public(new), NOW).split(b".")
    forged = b".".join([head, payload, issue(other.signing, public(new), NOW).split(b".")[2]])
    with pytest.raises(KeyFault):
        read(forged, old.signing.public)


@pytest.mark.parametrize(
    "payload",
    [b"{}", b"[]", b'{"begun_at": "2026-03-02T12:00:00", "next": {}}', b'{"begun_at": 7, "next": null}', b"\xff"],
)
def test_a_signed_document_of_another_shape_is_refused(payload: bytes) -> None:
    old = generate()
    with pytest.raises(KeyFault):
        read(sign(payload, old.signing, "patchwork-succession+jws"), old.signing.public)


def test_an_envelopes_signature_is_no_succession_and_size_is_bounded() -> None:
    old = generate()
    with pytest.raises(KeyFault):
        read(sign(b"{}", old.signing, "patchwork-notice+jws"), old.signing.public)
    with pytest.raises(KeyFault, match="at most"):
        read(b"a" * (MAX_SUCCESSION_BYTES + 1), old.signing.public)


def test_a_chain_is_followed_in_any_order_and_what_leads_elsewhere_is_passed_over() -> None:
    first, second, third, stranger = (generate() for _ in range(4))
    words = [
        issue(second.signing, public(third), NOW),
        issue(stranger.signing, public(stranger), NOW),
        issue(first.signing, public(second), NOW),
        issue(third.signing, public(stranger, "school-1"), NOW),
    ]
    assert follow(public(first), words) == [public(second), public(third)]
    assert follow(public(third), words) == []


def test_a_circle_ends_and_a_flood_is_refused() -> None:
    first, second = generate(), generate()
    words = [issue(first.signing, public(second), NOW), issue(second.signing, public(first), NOW)]
    assert follow(public(first), words) == [public(second), public(first)]
    with pytest.raises(KeyFault, match="more than"):
        follow(public(first), words * MAX_SUCCESSIONS)
