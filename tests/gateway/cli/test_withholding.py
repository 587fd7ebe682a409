"""`patchwork shield`, `restriction` and `investigation`, as officers type them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.alerts.alerting import Alerting
from gateway.app import build_pairing, open_register
from gateway.clock import SystemClock
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.settings import load_settings
from gateway.store.sql_store import SqlStore
from gateway.withholding.placing import clock_of_shield, place, record_of
from mappings.canonical.identifiers import PersonRef
from tests.builders import HOUSING, SCHOOL, agreement, registered
from tests.contract.stores.rows import link
from tests.gateway.cli.conftest import APPROVE, SECOND, SIGN, Patchwork
from tests.gateway.cli.test_commands import add_agencies

WHY = ("--reason", "a child is missing tonight")
REFERENCE = "a" * 64


@pytest.fixture
def store(ready: Patchwork, tmp_path: Path) -> Iterator[SqlStore]:
    """A school and a housing office are involved with one child."""
    add_agencies(ready)
    opened = open_register(load_settings(tmp_path / "gw" / "patchwork.toml", {}))
    today = SystemClock().now().date()
    end = today + timedelta(days=300)
    with opened.write() as unit:
        unit.agreements.add(agreement(valid_from=today, valid_until=end, review_by=end))
        person = unit.records.new_person()
        for number, agency in enumerate((SCHOOL, HOUSING), 1):
            record = record_of(unit, agency, PersonRef(f"{number:064x}"))
            unit.records.open_link(link(record.id, person))
            side = registered(agency, number, id=0, record_id=record.id)
            unit.involvements.save(replace(side, age_band_until=None))
    yield opened
    opened.close()


@pytest.fixture
def shielded(store: SqlStore, ready: Patchwork, tmp_path: Path) -> Patchwork:
    """The school has its pupil shielded."""
    now, pairing = SystemClock().now(), build_pairing(load_settings(tmp_path / "gw" / "patchwork.toml", {}), store)
    with store.write() as unit:
        record = record_of(unit, SCHOOL, PersonRef(f"{1:064x}"))
        made = Withholding(
            0, WithholdingKind.SHIELD, SCHOOL, record.id, now, "school-1", now, lapses_at=clock_of_shield(now)
        )
        place(Alerting(unit, pairing, unit.agreements.current(), now), made)
    return ready


def test_a_shield_is_listed_shown_confirmed_and_lifted(shielded: Patchwork) -> None:
    (row,) = shielded("shield", "list", "--json").json["shields"]
    assert (row["id"], row["agency"], row["confirmed_at"]) == (1, SCHOOL.value, None)
    assert row["lapses_at"] is not None
    shown = shielded("shield", "show", 1, "--json").json["shield"]
    assert [each["agency"] for each in shown["involvements"]] == [SCHOOL.value, HOUSING.value]
    assert "involvement" in shielded("shield", "show", 1).out
    waiting = shielded("shield", "confirm", 1, "--json", *SIGN)
    assert waiting.json["proposal"]["action"] == "shield.confirm"
    assert shielded("proposal", "approve", waiting.json["proposal"]["id"], *APPROVE).status == 0
    (row,) = shielded("shield", "list", "--json").json["shields"]
    assert row["lapses_at"] is None
    assert row["confirmed_at"] is not None
    again = shielded("shield", "confirm", 1, *SIGN)
    assert (again.status, "confirmed already" in again.err) == (1, True)
    lifted = shielded("shield", "lift", 1, "--json", *SIGN, *SECOND)
    assert lifted.json["lifted"]["ended_at"] is not None
    assert shielded("shield", "list", "--json").json["shields"] == []
    assert len(shielded("shield", "list", "--all", "--json").json["shields"]) == 1


def test_an_override_takes_two_and_a_third_closes_its_investigation(shielded: Patchwork) -> None:
    done = shielded("shield", "override", 1, 1, 2, *WHY, "--json", *SIGN, *SECOND)
    assert done.json["overridden"]["reason"] == WHY[1]
    (item,) = shielded("investigation", "list", "--json").json["investigations"]
    assert (item["id"], item["shield"], item["made_by"], item["approved_by"]) == (1, 1, "anna", "omar")
    refused = shielded("investigation", "close", 1, "--finding", "it was right", *APPROVE)
    assert (refused.status, "somebody else" in refused.err) == (1, True)
    missing = shielded("investigation", "close", 9, "--finding", "it was right", *APPROVE)
    assert (missing.status, "patchwork investigation list" in missing.err) == (1, True)


def test_a_restriction_is_added_by_reference_or_record_listed_and_lifted(store: SqlStore, ready: Patchwork) -> None:
    by_reference = ("restriction", "add", "--agency", SCHOOL, "--person", f"{1:064x}", *WHY)
    refused = ready(*by_reference, *SIGN)
    assert (refused.status, "needs the role dpo" in refused.err) == (1, True)
    added = ready(*by_reference, "--json", *APPROVE).json["restricted"]
    assert (added["id"], added["made_by"]) == (1, "omar")
    assert ready("restriction", "add", "--record", 2, *WHY, "--json", *APPROVE).json["restricted"]["id"] == 1
    assert [each["id"] for each in ready("restriction", "list", "--json").json["restrictions"]] == [1]
    neither = ready("restriction", "add", *WHY, *APPROVE)
    assert (neither.status, "--record" in neither.err) == (1, True)
    waiting = ready("restriction", "lift", 1, "--json", *APPROVE).json["proposal"]["id"]
    assert ready("proposal", "approve", waiting, *SIGN).status == 0
    assert ready("restriction", "list", "--json").json["restrictions"] == []
    gone = ready("restriction", "lift", 1, *APPROVE)
    assert (gone.status, "ended on" in gone.err) == (1, True)


def test_who_must_not_meet_is_listed_and_lifted_by_two(store: SqlStore, ready: Patchwork) -> None:
    with store.write() as unit:
        unit.no_contacts.note(SCHOOL, 1, [2], SystemClock().now())
    (row,) = ready("no-contact", "list", "--json").json["no_contacts"]
    assert (row["id"], row["agency"], row["record"], row["other"]) == (1, SCHOOL.value, 1, 2)
    assert ready("no-contact", "lift", 1, "--json", *SIGN, *SECOND).json["lifted"]["pairs"] == 1
    assert ready("no-contact", "list", "--json").json["no_contacts"] == []
    gone = ready("no-contact", "lift", 1, *SIGN)
    assert (gone.status, "no-contact list" in gone.err) == (1, True)
