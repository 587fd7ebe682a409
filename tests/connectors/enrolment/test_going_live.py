"""An agency changes over from its trial: everything or nothing, whatever is missing and whenever it is killed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors import settings
from connectors.__main__ import app
from connectors.channel.port import ChannelDown
from connectors.enrol import begin, resume
from connectors.enrolment import going_live
from connectors.enrolment.going_live import go_live
from connectors.enrolment.state import Place, load
from connectors.keys import epochs, following
from connectors.ledger.cipher import LedgerFault
from connectors.running.assembly import Connector
from connectors.settings import SettingsFault
from identity.agency.faults import KeyFault
from identity.agency.keys import generate
from identity.agency.private_file import read_private
from identity.agency.trust import Status
from identity.custody.epoch import new_epoch
from identity.custody.sealed_epoch import seal
from identity.custody.steward_list import Steward, StewardList, sign_list
from identity.person.standardise import standardise
from mappings.canonical.codes import Mode
from tests.builders import person
from tests.connectors.test_enrol import KEYHOLDER, NEWCOMER, NOW, SEATON, Office, approved, invitation, now, office

__all__ = ["office"]
LIVE_INBOX = "inbox.school-1." + "1" * 32


@pytest.fixture
def trial(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    """A connector in the middle of its trial, with something in its ledger, whose gateway has sent it live."""
    monkeypatch.setattr(going_live, "EnrolmentOffice", lambda *_: office)
    place = Place(tmp_path / "school")
    keys = begin(place, invitation(), NEWCOMER, now)
    office.standing = replace(approved(place, keys), mode=Mode.TRIAL)
    resume(place, KEYHOLDER.id.value, now)
    connector = Connector(settings.load(place.settings), now)
    (school,) = connector.agencies
    with school.ledger.write() as unit:
        unit.positions.next(NOW)
    school.ledger.close()
    live = approved(place, keys, mode=Mode.LIVE)
    office.standing = replace(live, status=Status.LIVE, mode=Mode.LIVE, inbox=LIVE_INBOX)
    return place


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_live_keys_only_and_begins_an_empty_ledger(trial: Place) -> None:
    before = settings.load(trial.settings)
    changed = go_live(trial.settings, None, now)
    said = settings.load(trial.settings)
    assert (said.mode, said.connector, said.agencies[0].id, said.channel) == (
        Mode.LIVE,
        before.connector,
        before.agencies[0].id,
        before.channel,
    )
    assert said.keys.epochs == changed.epochs_folder != before.keys.epochs
    (now_,), (then,) = said.agencies, before.agencies
    assert (now_.ledger.path,) == changed.ledgers != (then.ledger.path,) == changed.ledgers_before
    (school,) = Connector(said, now).agencies
    (tokeniser,) = school.desk.tokenisers
    assert (tokeniser.epoch_id,) == changed.epochs
    with school.ledger.read() as unit:
        assert unit.positions.mode is Mode.LIVE
        assert (unit.positions.issued, unit.involvements.counts()) == (0, {})
    assert (load(trial).mode, load(trial).epochs) == (Mode.LIVE, "epochs-live")
    assert changed.settings_before.read_bytes().count(b'mode = "trial"') == 1
    assert read_private(trial.settings)


def test_details_are_sealed_to_the_stewards_of_the_live_side_only(trial: Place, office: Office) -> None:
    in_trial, live = (Steward(name, generate().decryption.public) for name in ("tess", "liv"))
    lists = [StewardList(SEATON, mode, NOW, (each,)) for mode, each in ((Mode.TRIAL, in_trial), (Mode.LIVE, live))]
    (trial.folder / "stewards.jws").write_bytes(sign_list(lists[0], KEYHOLDER))
    assert Connector(settings.load(trial.settings), now).stewards == (in_trial.key,)
    standing = office.standing
    office.standing = replace(standing, stewards=sign_list(lists[0], KEYHOLDER))
    with pytest.raises(KeyFault):
        go_live(trial.settings, None, now)
    assert Connector(settings.load(trial.settings), now).stewards == (in_trial.key,)
    office.standing = replace(standing, stewards=sign_list(lists[1], KEYHOLDER))
    go_live(trial.settings, None, now)
    assert Connector(settings.load(trial.settings), now).stewards == (live.key,)
    office.standing = replace(standing, stewards=b"")
    resume(trial, None, now)
    assert Connector(settings.load(trial.settings), now).stewards == ()


def test_no_token_of_the_trial_is_made_again(trial: Place) -> None:
    def tokens(where: Path) -> set[str]:
        evidence = Connector(settings.load(where), now).tokenisers[0].evidence([standardise(person())])
        return {part.hex() for part in (*evidence[0].blocks, *evidence[0].bands)}

    in_trial = tokens(trial.settings)
    go_live(trial.settings, None, now)
    live = tokens(trial.settings)
    assert in_trial
    assert live
    assert not in_trial & live


def test_a_trial_key_or_ledger_that_is_put_back_is_refused_in_live_mode(trial: Place) -> None:
    changed = go_live(trial.settings, None, now)
    said = settings.load(trial.settings)
    (school,) = said.agencies
    ledger = school.ledger.model_copy(update={"path": changed.ledgers_before[0]})
    stale = said.model_copy(update={"agencies": (school.model_copy(update={"ledger": ledger}),)})
    with pytest.raises(LedgerFault, match="begun in trial mode and this connector runs in live mode"):
        _ = Connector(stale, now).agencies[0].desk
    (old,) = (trial.folder / "epochs").iterdir()
    (changed.epochs_folder / old.name).write_bytes(old.read_bytes())
    with pytest.raises(KeyFault, match="trial epoch and this connector runs in live mode"):
        _ = Connector(said, now).agencies[0].desk


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ({"status": Status.APPROVED, "mode": Mode.TRIAL}, "approved and works in trial mode"),
        ({"status": Status.SUSPENDED}, "suspended and works in live mode"),
        ({"mode": None}, "live and works in trial mode"),
        ({"epochs": ()}, "no live linkage epoch is here yet"),
    ],
)
def test_until_the_gateway_says_live_and_the_key_is_there_nothing_changes(
    trial: Place, office: Office, standing: dict[str, Any], said: str
) -> None:
    before = state_of(trial.folder)
    office.standing = replace(office.standing, **standing)
    with pytest.raises(KeyFault, match=said):
        go_live(trial.settings, None, now)
    assert state_of(trial.folder) == before


def test_a_trial_key_that_the_gateway_passes_off_as_live_is_refused(trial: Place, office: Office) -> None:
    before = trial.settings.read_bytes()
    (old,) = (trial.folder / "epochs").iterdir()
    (live,) = office.standing.epochs
    office.standing = replace(office.standing, epochs=(replace(live, sealed=old.read_bytes()),))
    with pytest.raises(KeyFault, match="the two never mix"):
        go_live(trial.settings, None, now)
    assert trial.settings.read_bytes() == before


def test_a_key_brought_by_hand_will_do(trial: Place, office: Office, tmp_path: Path) -> None:
    from connectors.keys import keys_folder

    epoch = new_epoch(SEATON, Mode.LIVE)
    (tmp_path / "epoch").write_bytes(seal(epoch, keys_folder.public(trial.keys), KEYHOLDER))
    office.standing = replace(office.standing, epochs=())
    assert go_live(trial.settings, tmp_path / "epoch", now).epochs == (epoch.id,)


def test_killed_before_the_settings_it_is_as_it_was_and_can_be_done_again(
    trial: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trial.settings.read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(going_live, "replace_private", killed)
        with pytest.raises(KeyboardInterrupt):
            go_live(trial.settings, None, now)
    assert trial.settings.read_bytes() == before
    assert go_live(trial.settings, None, now).epochs
    with pytest.raises(SettingsFault, match="live already"):
        go_live(trial.settings, None, now)


def test_on_the_broker_the_new_inbox_takes_the_place_of_the_old(trial: Place) -> None:
    text = trial.settings.read_text()
    head, _, _ = text.partition("[channel]")
    amqp = f'[channel]\nkind = "amqp"\nhost = "mq.example"\ninbox = "inbox.school-1.{"0" * 32}"\n'
    trial.settings.write_text(head + amqp)
    changed = go_live(trial.settings, None, now)
    assert changed.inbox == LIVE_INBOX
    assert settings.load(trial.settings).channel.inbox == LIVE_INBOX  # type: ignore[union-attr]


def test_settings_of_another_shape_are_left_alone_and_the_lines_are_said(trial: Place) -> None:
    text = trial.settings.read_text().replace('[keys]\nfolder = "keys"\nepochs = "epochs"', '["keys"]\nfolder = "keys"')
    trial.settings.write_text(text)
    with pytest.raises(SettingsFault, match=r'mode = "live" before the first table; epochs = "epochs-live" in .keys.'):
        go_live(trial.settings, None, now)
    assert trial.settings.read_text() == text


def test_after_it_the_enrolment_goes_on_in_live_mode(trial: Place) -> None:
    changed = go_live(trial.settings, None, now)
    progress = resume(trial, KEYHOLDER.id.value, now)
    assert (progress.status, progress.epochs, progress.missing) == (Status.LIVE, changed.epochs, ())
    assert {path.stem for path in changed.epochs_folder.iterdir()} == set(changed.epochs)


def test_a_program_that_still_runs_in_its_trial_is_told_that_it_is_live(
    trial: Place, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EnrolmentOffice", lambda *_: office)
    followed = following.follow_quietly(Connector(settings.load(trial.settings), now))
    assert "works in live mode now, and here it is set up for trial mode" in followed.problem
    assert (followed.pause, followed.epochs) == (following.EVERY, False)
    go_live(trial.settings, None, now)
    again = following.follow_quietly(Connector(settings.load(trial.settings), now))
    assert again == following.Followed(following.EVERY)


def test_the_command_says_what_happened_and_what_to_do_next(trial: Place, office: Office) -> None:
    office.fault = ChannelDown("the gateway is away; try again later")
    assert CliRunner().invoke(app, ["go-live", "--settings", str(trial.settings)]).exit_code == 1
    office.fault = None
    done = CliRunner().invoke(app, ["go-live", "--settings", str(trial.settings)])
    assert done.exit_code == 0, done.output
    for part in ("mode             live", "begins empty", "connector.trial.toml", "999", "check, then start"):
        assert part in done.output
    again = CliRunner().invoke(app, ["go-live", "--settings", str(trial.settings)])
    assert (again.exit_code, "live already" in again.output) == (2, True)


def test_epochs_that_are_kept_are_for_this_connector(trial: Place, office: Office) -> None:
    other = seal(new_epoch(SEATON, Mode.LIVE), generate().public("housing-1"), KEYHOLDER)
    (live,) = office.standing.epochs
    office.standing = replace(office.standing, epochs=(replace(live, sealed=other),))
    with pytest.raises(KeyFault):
        go_live(trial.settings, None, now)
    assert settings.load(trial.settings).mode is Mode.TRIAL
    assert epochs.load(
        trial.folder / "epochs",
        Connector(settings.load(trial.settings), now).decryption,
        KEYHOLDER.public,
        SEATON,
        Mode.TRIAL,
    )
