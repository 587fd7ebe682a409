"""The trial side's unit of work: what people decided is read from the register of trust, everything else is its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bench.world import PARTNERSHIP
from gateway.model.protection import Protection
from gateway.model.rollout import Champion, RolloutEntry
from gateway.model.side import BOTH, LONE_TRIAL
from gateway.store.faults import StoreConflict, StoreRefused
from gateway.store.sql_store import SqlStore, open_store
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from gateway.trust.standing_view import list_standings
from identity.agency.trust import Status
from identity.person.protected_place import ProtectedTokens
from mappings.canonical.codes import Mode
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId, KeyId
from tests.builders import HOUSING, SCHOOL, agency, agreement
from tests.contract.stores import rows
from tests.contract.stores.conftest import fresh_register
from tests.contract.stores.rows import DATA_KEY, NOW
from tests.sharing_rules import forbid, rule_set

LIVE_SIDE, TRIAL_SIDE = BOTH
TRIAL_DATA_KEY = bytes(range(1, 33))
RULES = replace(rule_set(forbid("nobody")), recorded_at=NOW, recorded_by="anna", approved_by="omar")
PLACES = Protection("trial-1", Mode.TRIAL, "a" * 64, 1, NOW)
PLANNED = RolloutEntry(
    SCHOOL, "The school", NOW.date(), NOW.date(), "", Champion("Head of inclusion", "01632 960001"), "anna", NOW
)
TOKENS = ProtectedTokens(frozenset({rows.token("refuge")}), frozenset({rows.token("block")}))


@pytest.fixture
def trial_url(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second empty database on the same engine."""
    yield from fresh_register("sqlite" if url.startswith("sqlite") else "postgresql", tmp_path, request)


@pytest.fixture
def live(url: str) -> Iterator[SqlStore]:
    opened = open_store(url, DATA_KEY, LIVE_SIDE)
    with opened.write() as unit:
        rows.agencies(unit)
        unit.trust.add_connector(rows.connector("trying", SCHOOL, status=Status.APPROVED))
        unit.trust.add_connector(rows.connector("trusted", HOUSING))
        unit.agreements.add(agreement())
        unit.rule_sets.add(RULES)
        unit.rollouts.save(PLANNED)
        unit.protections.offer(PLACES, TOKENS)
        unit.protections.activate(PLACES.epoch, PLACES.digest, NOW)
    yield opened
    opened.close()


@pytest.fixture
def trial(live: SqlStore, trial_url: str) -> Iterator[SqlStore]:
    opened = open_store(trial_url, TRIAL_DATA_KEY, TRIAL_SIDE, live)
    yield opened
    opened.close()


def test_what_people_decided_is_read_from_the_register_of_trust(live: SqlStore, trial: SqlStore) -> None:
    with live.read() as there, trial.read() as here:
        assert (there.side, here.side) == BOTH
        assert here.trust.connectors() == there.trust.connectors()
        assert here.trust.agencies() == there.trust.agencies()
        assert here.agreements.current() == there.agreements.current()
        assert here.rule_sets.current() == there.rule_sets.current() == RULES
        assert here.rollouts.all() == there.rollouts.all() == [PLANNED]
        assert here.protections.all() == there.protections.all() != []
        assert here.protections.tokens(PLACES.epoch, PLACES.digest) == TOKENS
        assert here.incarnation() != there.incarnation()


def test_a_change_of_trust_counts_in_the_very_next_unit(live: SqlStore, trial: SqlStore) -> None:
    stopped = rows.connector("trying", SCHOOL, status=Status.REVOKED)
    with live.write() as unit:
        unit.trust.update_connector(stopped)
    with trial.write() as unit:
        assert unit.trust.connector(stopped.id) == stopped


def test_trust_is_not_changed_from_the_trial_side(live: SqlStore, trial: SqlStore) -> None:
    with pytest.raises(StoreRefused, match="only reads"), trial.write() as unit:
        unit.trust.add_connector(rows.connector("another", SCHOOL))
    with pytest.raises(StoreRefused, match="only reads"), trial.write() as unit:
        unit.agreements.add(agreement(version=2))
    with pytest.raises(StoreRefused, match="only reads"), trial.write() as unit:
        unit.rollouts.drop(SCHOOL)
    with live.read() as unit:
        assert len(unit.trust.connectors()) == 2
        assert len(unit.agreements.current()) == 1


def test_what_comes_from_notices_is_on_its_own_side_alone(live: SqlStore, trial: SqlStore) -> None:
    with trial.write() as unit:
        rows.pair(unit)
        unit.audit.append(NOW, "sweep-finished", "relay", {"people": 1, "alerts": 0})
        unit.eligibilities.keep(SCHOOL, StatedEligibility(), NOW)
        unit.message_ids.note(rows.connector("trying").id, rows.message(1), "d" * 64, NOW)
    with live.read() as there, trial.read() as here:
        assert (here.counts()["involvements"], here.counts()["connections"], here.audit.head()[0]) == (2, 1, 1)
        assert (there.counts()["involvements"], there.counts()["connections"], there.audit.head()[0]) == (0, 0, 0)
        assert (set(here.eligibilities.all()), set(there.eligibilities.all())) == ({SCHOOL}, set())
        assert here.records.population() == there.records.population() + 1
    with live.write() as unit:
        assert unit.message_ids.note(rows.connector("trying").id, rows.message(1), "e" * 64, NOW) is None


def test_the_same_details_are_found_on_their_own_side_alone(live: SqlStore, trial: SqlStore) -> None:
    with trial.write() as unit:
        made = rows.record(unit, "somebody")
        unit.records.open_link(rows.link(made.id, unit.records.new_person()))
    same = rows.keys("somebody")
    with live.read() as there, trial.read() as here:
        assert [found.record_id for found in here.records.candidates(same, None)] == [made.id]
        assert there.records.candidates(same, None) == []


def test_an_agency_that_joined_a_moment_ago_can_be_written_about(live: SqlStore, trial: SqlStore) -> None:
    with trial.write() as unit:
        assert {each.id for each in unit.copied.agencies()} == {each.id for each in unit.trust.agencies()}
    late = agency(AgencyId("urn:patchwork:seaton:late"))
    with live.write() as unit:
        unit.trust.add_agency(late)
    with trial.write() as unit:
        assert rows.record(unit, "somebody", late.id).agency == late.id


def test_a_unit_that_fails_leaves_no_trace(live: SqlStore, trial: SqlStore) -> None:
    def twice() -> None:
        with trial.write() as unit:
            rows.record(unit, "somebody")
            rows.record(unit, "somebody")

    with pytest.raises(StoreConflict):
        twice()
    with trial.read() as unit:
        assert unit.counts()["records"] == 0
        assert unit.copied.agencies() == []


def test_how_a_connector_is_doing_is_counted_where_it_is(live: SqlStore, trial: SqlStore) -> None:
    key = KeyId("A" * 43)
    with live.read() as unit:
        trying = unit.trust.connector(rows.connector("trying").id)
    assert trying is not None
    live.use_nonce(trying.keys.signing.id, "a nonce of a request", NOW)
    live.use_nonce(key, "somebody elses", NOW)
    with trial.write() as unit:
        unit.copied.add_connector(trying)
        unit.message_ids.note(trying.id, rows.message(1), "d" * 64, NOW)
    with trial.read() as unit:
        figures = unit.standings.figures(NOW)[trying.id]
    assert (figures.last_message, figures.last_request) == (NOW, NOW)
    clock = type("Still", (), {"now": staticmethod(lambda: NOW)})()
    shown = {}
    for store in (live, trial):
        for each in list_standings(Office(store, clock, PARTNERSHIP), LOCAL_READER):
            shown[each.connector.id.value] = (each.side, each.figures.last_message)
    assert shown == {"trying": (TRIAL_SIDE.mode, NOW), "trusted": (LIVE_SIDE.mode, None)}


def test_one_database_is_not_taken_for_both_sides(live: SqlStore, url: str) -> None:
    with pytest.raises(StoreRefused, match="of a live register, and the settings call it trial"):
        open_store(url, DATA_KEY, TRIAL_SIDE, live)
    with pytest.raises(StoreRefused, match="both sides name the same database"):
        open_store(url, DATA_KEY, LIVE_SIDE, live)


def test_a_register_is_of_one_mode_for_good(live: SqlStore, trial: SqlStore, url: str, trial_url: str) -> None:
    with pytest.raises(StoreRefused, match="invented and real people never meet"):
        open_store(url, DATA_KEY, LONE_TRIAL)
    open_store(trial_url, TRIAL_DATA_KEY, LONE_TRIAL).close()


def test_a_register_made_before_there_were_sides_is_of_the_mode_it_is_next_opened_in(url: str) -> None:
    open_store(url, DATA_KEY, LIVE_SIDE).close()
    with pytest.raises(StoreRefused, match="of a live register"):
        open_store(url, DATA_KEY, LONE_TRIAL)
