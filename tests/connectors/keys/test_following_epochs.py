"""A running connector comes to new linkage epochs, and lets go of retired ones, by the pinned keyholder's key alone, and never goes back."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.enrolment.office import SealedEpoch, Standing
from connectors.keys import epochs, following, keys_folder
from connectors.keys.retired_epochs import WORD_FILE, take_word
from connectors.running.assembly import Connector
from connectors.settings import AgencySettings, HttpsChannel, Settings, rebased
from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, SigningKey, generate, save_public
from identity.agency.private_file import write_public
from identity.agency.trust import Status
from identity.custody.epoch import LinkageEpoch, new_epoch
from identity.custody.epoch_word import EpochWord, issue
from identity.custody.sealed_epoch import seal
from mappings.canonical.codes import Mode, ServiceLine
from mappings.canonical.identifiers import PartnershipId
from tests.connectors.office import CONNECTOR, HOME, SCHOOL, SEATON

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEYHOLDER, STRANGER = SigningKey.generate(), SigningKey.generate()
GATEWAY = generate().public("gateway")
NOTHING_NEW, NEWS = following.Followed(following.EVERY), following.Followed(following.EVERY, epochs=True)
FIRST, SECOND, THIRD, FOURTH = (new_epoch(SEATON, Mode.TRIAL) for _ in range(4))


def settings_in(folder: Path) -> Settings:
    """Of a connector whose gateway listens nowhere."""
    settings = Settings(
        connector=CONNECTOR,
        partnership=SEATON,
        mode=Mode.TRIAL,
        home_gateway=HOME,
        agencies=(AgencySettings(id=SCHOOL, name="Seaton School", service=ServiceLine.SCHOOL),),
        channel=HttpsChannel(kind="https", url="http://127.0.0.1:9"),
    )
    rebasing: Settings = rebased(settings, folder)
    return rebasing


class Away:
    """A connector with keys of its own, whose gateway answers what a test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.public: PublicKeys = keys_folder.make(folder / "keys", CONNECTOR)
        write_public(folder / "keyholder.public.json", json.dumps(KEYHOLDER.public.to_jwk()).encode())
        save_public(folder / "gateway.public.json", GATEWAY)
        self.connector = Connector(settings_in(folder), lambda: NOW)
        self.folder = folder / "epochs"
        self.told = Standing(Status.LIVE, GATEWAY, KEYHOLDER.public)
        monkeypatch.setattr(following, "_asked", lambda _: self.told)

    def sealed(self, epoch: LinkageEpoch, signer: SigningKey = KEYHOLDER) -> SealedEpoch:
        return SealedEpoch(epoch.id, seal(epoch, self.public, signer))

    def tell(self, *held: SealedEpoch, word: bytes = b"") -> following.Followed:
        self.told = replace(self.told, epochs=held, epochs_word=word)
        return following.follow_quietly(self.connector)

    def held(self) -> list[str]:
        return sorted(each.epoch_id for each in self.connector.tokenisers)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Away:
    made = Away(tmp_path, monkeypatch)
    assert made.tell(made.sealed(FIRST)).epochs
    return made


def word(
    *retired: LinkageEpoch, signer: SigningKey = KEYHOLDER, active: LinkageEpoch = SECOND, **changes: object
) -> bytes:
    said = EpochWord(SEATON, Mode.TRIAL, len(retired), (active.id,), tuple(sorted(each.id for each in retired)), NOW)
    return issue(replace(said, **changes), signer)  # type: ignore[arg-type]


def test_a_running_connector_makes_evidence_under_a_new_epoch_as_soon_as_it_hears_of_it(school: Away) -> None:
    before = school.connector.tokenisers[0]
    sealed = school.sealed(SECOND)
    first = school.sealed(FIRST)
    assert school.tell(first, sealed) == NEWS
    assert school.held() == sorted((FIRST.id, SECOND.id))
    assert before in school.connector.tokenisers, "what it remembers of names is kept"
    assert school.tell(first, sealed) == NOTHING_NEW, "nothing new the second time"


def test_an_epoch_that_is_not_from_the_pinned_keyholder_is_left_and_the_others_are_taken(school: Away) -> None:
    told = school.tell(school.sealed(THIRD, STRANGER), school.sealed(SECOND))
    assert "not signed by the keyholder" in told.epoch_problem
    assert school.held() == sorted((FIRST.id, SECOND.id))


def test_a_retired_epoch_is_let_go_and_never_taken_again(school: Away) -> None:
    second = school.sealed(SECOND)
    assert school.tell(second, word=word(FIRST)) == NEWS
    assert school.held() == [SECOND.id]
    assert school.tell(second, word=word(FIRST)) == NOTHING_NEW
    again = school.tell(second, school.sealed(FIRST), word=word(FIRST))
    assert f"{FIRST.id} is retired" in again.epoch_problem
    assert school.held() == [SECOND.id]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (word(FIRST, signer=STRANGER), "not a word about linkage epochs signed by the keyholder"),
        (word(FIRST, partnership=PartnershipId("weston")), "another partnership"),
        (word(FIRST, mode=Mode.LIVE), "other mode"),
    ],
)
def test_nobody_elses_word_and_no_word_for_others_counts(school: Away, said: bytes, why: str) -> None:
    told = school.tell(school.sealed(SECOND), word=said)
    assert why in told.epoch_problem
    assert school.held() == sorted((FIRST.id, SECOND.id))
    assert not (school.folder / WORD_FILE).exists()


def test_an_earlier_word_does_not_follow_a_later_one(school: Away) -> None:
    third = school.sealed(THIRD)
    assert school.tell(third, school.sealed(SECOND), word=word(FIRST, SECOND, active=THIRD)).epochs
    told = school.tell(third, word=word(FIRST))
    assert "never returns" in told.epoch_problem
    assert school.held() == [THIRD.id]


def test_the_last_epoch_is_kept_until_the_next_one_is_there(school: Away) -> None:
    told = school.tell(word=word(FIRST))
    assert "every linkage epoch held here is retired" in told.epoch_problem
    assert school.held() == [FIRST.id]
    assert school.tell(school.sealed(SECOND), word=word(FIRST)) == NEWS
    assert school.held() == [SECOND.id]


def test_three_are_held_at_most_and_retiring_makes_room(school: Away) -> None:
    second, third, fourth = (school.sealed(each) for each in (SECOND, THIRD, FOURTH))
    told = school.tell(second, third, fourth)
    assert "3 epochs already" in told.epoch_problem
    assert school.tell(second, third, fourth, word=word(FIRST)) == NEWS
    assert school.held() == sorted((SECOND.id, THIRD.id, FOURTH.id))


def test_another_program_on_the_same_folder_notices(school: Away) -> None:
    running = Connector(school.connector.settings, lambda: NOW)
    assert [each.epoch_id for each in running.tokenisers] == [FIRST.id]
    school.tell(school.sealed(SECOND), word=word(FIRST))
    assert [each.epoch_id for each in running.tokenisers] == [SECOND.id]


def test_by_hand_where_the_gateway_is_not_asked(school: Away) -> None:
    said, keyholder = school.connector.settings, KEYHOLDER.public
    sealed = school.folder.parent / "second.sealed"
    sealed.write_bytes(school.sealed(SECOND).sealed)
    ring = school.connector.decryption
    epochs.install(sealed, said.keys.epochs, ring, keyholder, said.partnership, said.mode)
    assert take_word(word(FIRST), said.keys.epochs, keyholder, said.partnership, said.mode)
    assert school.held() == [SECOND.id]
    with pytest.raises(KeyFault, match="retired"):
        epochs.keep(school.sealed(FIRST).sealed, sealed, said.keys.epochs, ring, keyholder, said.partnership, said.mode)


def test_a_gateway_that_cannot_be_asked_is_asked_again_soon(tmp_path: Path) -> None:
    keys_folder.make(tmp_path / "keys", CONNECTOR)
    told = following.follow_quietly(Connector(settings_in(tmp_path), lambda: NOW))
    assert (told.epochs, told.pause, bool(told.problem)) == (False, following.AGAIN_AFTER, True)
