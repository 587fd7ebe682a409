"""`patchwork epoch`: what is in use, who is covered, and retiring on the keyholder's word."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.settings import load_settings
from identity.agency.keys import SigningKey
from identity.custody.epoch_word import EpochWord, issue
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId
from tests.builders import HOUSING, SCHOOL, registered
from tests.contract.stores.rows import agencies, evidence, link
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork

KEYHOLDER = SigningKey.generate()
OLD, NEW = "trial-1", "trial-2"


@pytest.fixture
def held(ready: Patchwork, tmp_path: Path) -> Patchwork:
    """A gateway that knows its keyholder: one live record of the school under both epochs, one of housing under the old one alone."""
    (tmp_path / "keyholder.json").write_text(json.dumps(KEYHOLDER.public.to_jwk()))
    settings = tmp_path / "gw" / "patchwork.toml"
    with settings.open("a") as stream:
        stream.write('keyholder_public_file = "../keyholder.json"\n')
    word = EpochWord(PartnershipId("seaton"), Mode.TRIAL, 1, (NEW,), (OLD,), datetime(2026, 3, 2, tzinfo=UTC))
    (tmp_path / "epochs.jws").write_bytes(issue(word, KEYHOLDER))
    store = open_register(load_settings(settings, {}))
    with store.write() as unit:
        agencies(unit)
        for agency, number, epochs in ((SCHOOL, 1, (OLD, NEW)), (HOUSING, 2, (OLD,))):
            about = tuple(evidence("somebody", epoch=epoch) for epoch in epochs)
            record = unit.records.add(agency, registered(agency, number).person_ref, about, IndexKeys())
            unit.records.open_link(link(record.id, unit.records.new_person()))
            unit.involvements.save(registered(agency, number, id=0, record_id=record.id))
    store.close()
    return ready


def test_nothing_is_in_use_in_an_empty_register(ready: Patchwork) -> None:
    assert ready("epoch", "list").out.strip() == "No epochs."
    assert ready("epoch", "coverage", "--json").json == {"epochs": [], "full": [], "agencies": []}


def test_who_is_covered_can_be_seen_and_the_old_one_retires_with_the_losing_agency_named(held: Patchwork) -> None:
    covered = held("epoch", "coverage", "--json").json
    assert (covered["epochs"], covered["full"]) == ([OLD, NEW], [OLD])
    assert covered["agencies"] == [
        {"agency": HOUSING.value, "live": 1, "under": {OLD: 1}, "not_counted_yet": 0},
        {"agency": SCHOOL.value, "live": 1, "under": {OLD: 1, NEW: 1}, "not_counted_yet": 0},
    ]
    lines = held("epoch", "coverage").out.splitlines()
    assert [line.split() for line in lines] == [
        ["agency", "live", OLD, NEW],
        [HOUSING.value, "1", "1", "0"],
        [SCHOOL.value, "1", "1", "1"],
    ]
    refused = held("epoch", "retire", "epochs.jws", *SIGN)
    assert (refused.status, f"--losing {HOUSING}=1" in refused.err) == (1, True)
    losing = ("--losing", f"{HOUSING}=1")
    assert held("epoch", "retire", "epochs.jws", *losing, *SIGN, *SECOND, "--json").json == {
        "retired": [OLD],
        "serial": 1,
        "lost_records": 1,
    }
    listed = {each["epoch"]: each for each in held("epoch", "list", "--json").json["epochs"]}
    assert [(listed[epoch]["state"], listed[epoch]["live_records"]) for epoch in (OLD, NEW)] == [
        ("retired", 2),
        ("in use", 1),
    ]
    assert "Being renewed: evidence only." in held("keys", "renewal").out


def test_to_lose_somebody_waits_for_the_second_person(held: Patchwork) -> None:
    waiting = held("epoch", "retire", "epochs.jws", "--losing", f"{HOUSING}=1", *SIGN, "--json").json
    assert waiting["proposal"]["action"] == "epoch.retire"


@pytest.mark.parametrize("losing", ["housing", "=1", "housing=", "housing=-1", "housing=one"])
def test_a_loss_is_written_as_it_is_shown(held: Patchwork, losing: str) -> None:
    answer = held("epoch", "retire", "epochs.jws", "--losing", losing, *SIGN)
    assert (answer.status, "AGENCY=NUMBER" in answer.err) == (1, True)
