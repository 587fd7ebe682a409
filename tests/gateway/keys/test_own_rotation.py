"""The gateway's own keys rotate in two steps; whatever is sealed to either key is opened throughout, and a step broken off is done again."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.keys import own_rotation
from gateway.keys.own_rotation import OVERLAP, Place, begin, finish, overlap_end
from gateway.keys.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, load_gateway_keys, load_successions
from gateway.refused import Refused
from gateway.trust.operators import Office
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, PublicKeys, generate, load_public, save_private, save_public
from identity.agency.succession import follow, read
from tests.gateway.enrolling import invited
from tests.gateway.staff import Staff, StillClock


@pytest.fixture
def place(tmp_path: Path) -> Place:
    keys = generate()
    (tmp_path / "keys").mkdir(mode=0o700)
    save_private(tmp_path / "keys" / SIGNING_FILE, keys.signing)
    save_private(tmp_path / "keys" / DECRYPTION_FILE, keys.decryption)
    save_public(tmp_path / "gateway-public.json", keys.public("gateway"))
    return Place(tmp_path / "keys", tmp_path / "gateway-public.json")


def wait(office: Office, span: timedelta = OVERLAP) -> None:
    assert isinstance(office.clock, StillClock)
    office.clock.instant += span


def opens(place: Place, keys: PublicKeys) -> bool:
    return load_gateway_keys(place.keys).opening.get(keys.encryption.id) is not None


def audited(office: Office) -> list[str]:
    with office.store.read() as unit:
        return [each.code for each in unit.audit.events(0, 100)]


def test_both_keys_open_from_the_beginning_to_after_the_end(place: Place, office: Office) -> None:
    old = load_gateway_keys(place.keys).public
    begun = begin(place, office.store, office.clock)
    assert begin(place, office.store, office.clock) == begun, "the same again"
    assert load_gateway_keys(place.keys).public == old, "nothing has changed yet for anybody"
    assert opens(place, old)
    assert opens(place, begun.following)
    assert read(place.by_hand.read_bytes(), old.signing).following == begun.following
    assert overlap_end(place.keys) == begun.begun_at + OVERLAP
    wait(office)
    assert finish(place, office.store, office.clock) == begun.following
    assert load_gateway_keys(place.keys).public == begun.following == load_public(place.public)
    assert opens(place, old)
    assert opens(place, begun.following)
    assert follow(old, load_successions(place.keys)) == [begun.following], "who was away follows later"
    assert overlap_end(place.keys) is None
    assert audited(office)[-2:] == ["gateway-keys-begun", "gateway-keys-rotated"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in place.keys.glob("*.jwk"))


def test_two_rotations_make_a_chain(place: Place, office: Office) -> None:
    pinned, ends = load_gateway_keys(place.keys).public, []
    for _ in range(2):
        ends.append(begin(place, office.store, office.clock).following)
        wait(office)
        finish(place, office.store, office.clock)
    assert follow(pinned, load_successions(place.keys)) == ends
    assert all(opens(place, each) for each in (pinned, *ends))


def test_nothing_is_finished_before_it_is_begun_or_before_the_overlap_is_over(place: Place, office: Office) -> None:
    with pytest.raises(Refused, match="no rotation is begun"):
        finish(place, office.store, office.clock)
    begun = begin(place, office.store, office.clock)
    wait(office, OVERLAP - timedelta(seconds=1))
    with pytest.raises(Refused, match="connectors have until 2026-03-09"):
        finish(place, office.store, office.clock)
    assert finish(place, office.store, office.clock, early=True) == begun.following


def test_open_invitations_name_the_old_keys(place: Place, staff: Staff) -> None:
    office = staff.office
    begin(place, office.store, office.clock)
    wait(office)
    invited(staff)
    with pytest.raises(Refused, match="1 open invitations"):
        finish(place, office.store, office.clock)
    finish(place, office.store, office.clock, early=True)


@pytest.mark.parametrize("step", range(4))
def test_broken_off_anywhere_it_is_finished_by_doing_it_again(
    place: Place, office: Office, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    old = load_gateway_keys(place.keys).public
    begun = begin(place, office.store, office.clock)
    wait(office)
    whole = Path.replace
    done: list[Path] = []

    def cut(path: Path, target: Path) -> Path:
        if len(done) == step:
            raise OSError(28, "No space left on device")
        done.append(path)
        return whole(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        with pytest.raises((OSError, KeyFault)):
            finish(place, office.store, office.clock)
    assert opens(place, old), "a gateway that starts now opens both"
    assert opens(place, begun.following)
    assert finish(place, office.store, office.clock) == begun.following
    assert load_gateway_keys(place.keys).public == begun.following
    assert opens(place, old)


def test_a_beginning_broken_off_told_nobody_and_is_made_anew(
    place: Place, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise KeyFault("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(own_rotation, "issue", broken)
        with pytest.raises(KeyFault):
            begin(place, office.store, office.clock)
    assert load_successions(place.keys) == ()
    begun = begin(place, office.store, office.clock)
    assert opens(place, begun.following)


def test_keys_exchanged_after_they_were_promised_are_not_put_in_place(place: Place, office: Office) -> None:
    old = load_gateway_keys(place.keys).public
    begin(place, office.store, office.clock)
    wait(office)
    (place.keys / "next-decryption.jwk").unlink()
    save_private(place.keys / "next-decryption.jwk", DecryptionKey.generate())
    with pytest.raises(KeyFault, match="not those that connectors were told of"):
        finish(place, office.store, office.clock)
    assert load_gateway_keys(place.keys).public == old
