"""A connector follows the gateway's rotations where the pinned key leads, and stays where it is otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.keys.gateway_pins import OVERLAP, GatewayPins
from identity.agency.faults import KeyFault
from identity.agency.keys import PrivateKeys, generate, load_public, save_public
from identity.agency.succession import issue

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OLD, NEW, NEWEST, STRANGER = (generate() for _ in range(4))
WORD = issue(OLD.signing, NEW.public("gateway"), NOW)
NEXT_WORD = issue(NEW.signing, NEWEST.public("gateway"), NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_public(tmp_path / "gateway.public.json", OLD.public("gateway"))
    return tmp_path / "gateway.public.json"


def believed(path: Path, now: datetime = NOW) -> set[str]:
    return {key.id.value for key in GatewayPins(path).pinned().verify_keys(now)}


def ids(*keys: PrivateKeys) -> set[str]:
    return {key.signing.id.value for key in keys}


def test_the_next_key_is_believed_during_the_overlap_and_the_old_one_after_it_for_a_while(path: Path) -> None:
    pins = GatewayPins(path)
    assert pins.learn(OLD.public("gateway"), [WORD], NOW)
    assert not pins.learn(OLD.public("gateway"), [WORD], NOW), "nothing new the second time"
    assert believed(path) == ids(OLD, NEW)
    assert pins.pinned().current == OLD.public("gateway"), "we still write to the old one"
    later = NOW + timedelta(days=8)
    assert pins.learn(NEW.public("gateway"), [WORD], later)
    assert pins.pinned().current == NEW.public("gateway")
    assert load_public(path) == NEW.public("gateway")
    assert believed(path, later) == ids(OLD, NEW)
    assert believed(path, later + OVERLAP) == ids(NEW)
    assert not pins.learn(NEW.public("gateway"), [WORD], later + timedelta(days=1)), "the overlap is not made longer"


def test_who_slept_through_two_rotations_follows_both(path: Path) -> None:
    assert GatewayPins(path).learn(NEWEST.public("gateway"), [WORD, NEXT_WORD], NOW)
    assert load_public(path) == NEWEST.public("gateway")
    assert believed(path) == ids(OLD, NEW, NEWEST)


@pytest.mark.parametrize("words", [[], [NEXT_WORD], [issue(STRANGER.signing, NEW.public("gateway"), NOW)]])
def test_keys_for_which_the_pinned_one_gave_no_word_are_refused(path: Path, words: list[bytes]) -> None:
    with pytest.raises(KeyFault, match="gave no word"):
        GatewayPins(path).learn(NEW.public("gateway"), words, NOW)
    assert believed(path) == ids(OLD)


def test_the_gateway_does_not_go_back(path: Path) -> None:
    pins = GatewayPins(path)
    pins.learn(NEW.public("gateway"), [WORD], NOW)
    with pytest.raises(KeyFault):
        pins.learn(OLD.public("gateway"), [WORD], NOW)
    assert pins.pinned().current == NEW.public("gateway")


def test_by_hand_in_two_steps(path: Path) -> None:
    pins = GatewayPins(path)
    assert pins.learn(None, [WORD], NOW)
    assert (pins.pinned().current, believed(path)) == (OLD.public("gateway"), ids(OLD, NEW))
    assert pins.finish([WORD], NOW)
    assert (pins.pinned().current, believed(path)) == (NEW.public("gateway"), ids(OLD, NEW))


def test_another_program_sees_the_change_at_once(path: Path) -> None:
    running = GatewayPins(path)
    assert running.pinned().current == OLD.public("gateway")
    GatewayPins(path).learn(NEW.public("gateway"), [WORD], NOW)
    assert running.pinned().current == NEW.public("gateway")


def test_a_damaged_file_and_somebody_elses_keys_are_named(path: Path) -> None:
    beside = path.with_name(f"{path.name}.also")
    for damage in ("nothing", "{}", '{"form": "patchwork-also-believed/1", "also": [{"signing": {}, "until": null}]}'):
        beside.write_text(damage)
        with pytest.raises(KeyFault):
            GatewayPins(path).pinned()
    beside.unlink()
    save_public(path, OLD.public("school-1"))
    with pytest.raises(KeyFault, match="not of a gateway"):
        GatewayPins(path).pinned()
