"""The roll-out plan and what agencies say of whom they publish, on every store; a champion stands in it sealed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text

from gateway.clock import SystemClock
from gateway.keys.renewal import Renewing
from gateway.model.renewal import Renewal
from gateway.model.rollout import Champion, RolloutEntry
from gateway.store.data_keys import key_id
from gateway.store.engine import database_url
from gateway.store.faults import StoreRefused
from gateway.store.sql_store import SqlStore, open_store
from identity.person.pepper import Pepper
from mappings.canonical.codes import AgeBand, ServiceLine
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import PartnershipId
from tests.builders import HOUSING, SCHOOL
from tests.contract.stores.key_place import Place
from tests.contract.stores.rows import DATA_KEY, LATER, NOW, agencies

NEXT_KEY = bytes(range(1, 33))
CHAMPION = Champion("Head of inclusion", "inclusion@school.example")
ENTRY = RolloutEntry(
    SCHOOL, "The school", date(2026, 2, 1), date(2026, 3, 1), "Children on roll.", CHAMPION, "anna", NOW
)
BARE = replace(ENTRY, agency=HOUSING, name="Housing", eligibility="", champion=None)
CRITERION = StatedEligibility(
    frozenset({ServiceLine.EARLY_HELP}), frozenset({AgeBand.CHILD, AgeBand.UNBORN}), 3, date(2026, 1, 5), True
)


def planned(store: SqlStore, *entries: RolloutEntry) -> None:
    with store.write() as unit:
        for each in entries:
            unit.rollouts.save(each)


def test_an_agency_that_is_not_in_the_register_is_planned_and_found(store: SqlStore) -> None:
    planned(store, ENTRY, BARE)
    with store.read() as unit:
        assert unit.trust.agency(SCHOOL) is None
        assert unit.rollouts.get(SCHOOL) == ENTRY
        assert unit.rollouts.all() == [BARE, ENTRY]


def test_what_is_planned_anew_takes_the_place_of_what_was(store: SqlStore) -> None:
    later = replace(ENTRY, live_by=date(2026, 9, 1), champion=None, planned_by="omar", planned_at=LATER)
    planned(store, ENTRY, later)
    with store.read() as unit:
        assert unit.rollouts.all() == [later]


def test_what_is_dropped_is_gone_and_nothing_else(store: SqlStore) -> None:
    planned(store, ENTRY, BARE)
    with store.write() as unit:
        assert unit.rollouts.drop(SCHOOL)
        assert not unit.rollouts.drop(SCHOOL)
        assert unit.rollouts.get(SCHOOL) is None
        assert unit.rollouts.all() == [BARE]


def test_no_champion_stands_in_clear_or_opens_beside_another_agency(store: SqlStore, url: str) -> None:
    planned(store, ENTRY, replace(BARE, champion=Champion("Duty desk", "01632 960001")))
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        held = [bytes(row.champion) for row in connection.execute(text("SELECT champion FROM rollout_entry"))]
        moved = "UPDATE rollout_entry SET champion = (SELECT champion FROM rollout_entry WHERE agency = :one) WHERE agency = :other"
        connection.execute(text(moved), {"one": SCHOOL.value, "other": HOUSING.value})
    engine.dispose()
    assert len(held) == 2
    assert not [word for word in (b"inclusion", b"Duty", b"960001") if any(word in each for each in held)]
    with store.read() as unit:
        assert unit.rollouts.get(SCHOOL) == ENTRY
        with pytest.raises(StoreRefused, match="moved"):
            unit.rollouts.get(HOUSING)


def test_champions_come_under_the_next_data_key(url: str) -> None:
    store = open_store(url, DATA_KEY, others=lambda: [NEXT_KEY])
    planned(store, ENTRY, BARE)
    with store.write() as unit:
        rotating = replace(unit.renewals.state(), next_data_key=key_id(NEXT_KEY))
        unit.renewals.save(rotating.from_the_beginning())
    pepper = Pepper(bytes(32), PartnershipId("seaton"))
    Renewing(store, SystemClock(), lambda _: pepper).run()
    with store.read() as unit:
        assert unit.renewals.state() == Renewal(data_key=key_id(NEXT_KEY))
    store.close()
    again = open_store(url, NEXT_KEY)
    with again.read() as unit:
        assert unit.rollouts.all() == [BARE, ENTRY]
    again.close()


@pytest.mark.parametrize("by_dropping", [True, False], ids=["dropped", "without a champion"])
def test_a_champion_who_is_gone_is_gone_from_copies_of_the_register_too(place: Place, by_dropping: bool) -> None:
    store = open_store(place.url, DATA_KEY, record_keys_url=place.keys_url)
    planned(store, ENTRY)
    engine = create_engine(database_url(place.url))
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT champion FROM rollout_entry")).scalar_one()
    with store.write() as unit:
        if by_dropping:
            unit.rollouts.drop(SCHOOL)
        else:
            unit.rollouts.save(replace(ENTRY, champion=None))
    planned(store, replace(ENTRY, champion=None))
    with engine.begin() as connection:
        connection.execute(text("UPDATE rollout_entry SET champion = :kept"), {"kept": kept})
    engine.dispose()
    with store.write() as unit:
        assert unit.rollouts.get(SCHOOL) == replace(ENTRY, champion=None)
        unit.renewals.renew_champions()
        assert unit.rollouts.get(SCHOOL) == replace(ENTRY, champion=None)
    store.close()


def test_a_champion_comes_under_a_record_key_once_there_is_a_store_of_them(place: Place) -> None:
    store = open_store(place.url, DATA_KEY)
    planned(store, ENTRY)
    store.close()
    again = open_store(place.url, DATA_KEY, record_keys_url=place.keys_url)
    with again.write() as unit:
        unit.renewals.renew_champions()
        assert unit.rollouts.get(SCHOOL) == ENTRY
    engine = create_engine(database_url(place.url))
    with engine.begin() as connection:
        kept = bytes(connection.execute(text("SELECT champion FROM rollout_entry")).scalar_one())
    engine.dispose()
    again.close()
    assert kept[:1] == b"\x02"


def test_what_an_agency_stated_last_is_kept(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        unit.eligibilities.keep(SCHOOL, CRITERION, NOW)
        unit.eligibilities.keep(HOUSING, CRITERION, NOW)
        unit.eligibilities.keep(HOUSING, StatedEligibility(), NOW + timedelta(days=1))
    with store.read() as unit:
        assert unit.eligibilities.all() == {
            SCHOOL: (CRITERION, NOW),
            HOUSING: (StatedEligibility(), NOW + timedelta(days=1)),
        }
