"""Records too thin to be published, at the edges: partial readings, over already, other sources, hidden workers, and what counts as weak."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.publish import publish
from connectors.reading.check_records import as_json, check_records
from connectors.reading.weak_identity import fields_to_check
from connectors.sources.port import Coverage, Withdrawn
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser, is_weak_in
from mappings.canonical.check_list import CheckField
from mappings.canonical.codes import Mode, NoticeEvent, Sensitivity
from mappings.canonical.involvement import Involvement
from tests import builders
from tests.connectors.office import SCHOOL, Office, an_epoch, involvement
from tests.counterparts import by_event


@pytest.fixture
def school(tmp_path: Path) -> Office:
    return Office(tmp_path)


def thin(number: int, **changes: object) -> Involvement:
    known = involvement(number, **changes)
    return replace(known, person=replace(known.person, given=("O",), birth_date=None))


def listed(school: Office) -> list[str]:
    with school.ledger.read() as unit:
        return [row["client_id"] for row in as_json(check_records(unit, SCHOOL))["records"]]


def test_a_partial_reading_says_nothing_of_those_it_leaves_out(school: Office) -> None:
    school.publish(involvement(1), thin(2), thin(3))
    school.records.coverage = Coverage.PARTIAL
    school.publish(thin(4))
    assert listed(school) == ["C2", "C3", "C4"]
    school.records.rows = [Withdrawn("entry", "I2"), Withdrawn("entry", "C3")]
    school.publish()
    assert listed(school) == ["C4"]


def test_one_that_is_over_is_neither_published_nor_asked_about(school: Office) -> None:
    school.publish(involvement(1), thin(2, end=date(2026, 3, 1)))
    school.exchange()
    assert by_event(school.gateway.notices) == {NoticeEvent.STARTED: 1}
    assert listed(school) == []


def test_one_that_ended_and_begins_again_too_thin_is_not_published_again(school: Office) -> None:
    school.publish(involvement(1), involvement(2, end=date(2026, 3, 2)))
    school.exchange()
    school.next_day()
    school.publish(involvement(1), thin(2))
    school.exchange()
    assert by_event(school.gateway.notices) == {NoticeEvent.STARTED: 1, NoticeEvent.ENDED: 1}
    assert listed(school) == ["C2"]


def test_what_only_a_source_said_that_is_no_longer_in_the_settings_leaves_the_list(school: Office) -> None:
    school.publish(involvement(1), thin(2))
    screening = replace(school.screening, feeds=frozenset({"another"}))
    publish(school.desk, screening, [], school.policy)
    assert listed(school) == []


def test_a_client_is_listed_once_however_many_work_with_them(school: Office) -> None:
    again = thin(2)
    school.publish(involvement(1), again, replace(again, local_id="I22", worker="Sam New"))
    assert listed(school) == ["C2"]


def test_a_worker_whose_only_private_client_is_too_thin_is_named_nowhere(school: Office) -> None:
    school.publish(involvement(1), thin(2, sensitivity=Sensitivity.SENSITIVE), involvement(3, worker="Sam New"))
    school.exchange()
    assert sorted(notice.worker.name for notice in school.gateway.notices) == ["", "Sam New"]
    school.next_day()
    school.publish(involvement(1), involvement(3, worker="Sam New"))
    school.exchange()
    assert school.gateway.notices[-1].worker.name == "Alex Worker", "the private client has gone"


def test_the_connector_and_the_evidence_say_the_same_of_every_person() -> None:
    tokeniser = KeyedTokeniser(an_epoch("trial-1"))
    for changes in ({}, {"identifiers": ()}, {"given": ("O",), "birth_date": None}, {"family": "", "identifiers": ()}):
        person = standardise(builders.person(**changes))
        [evidence] = tokeniser.evidence([person])
        assert is_weak_in(person, Mode.TRIAL) == evidence.weak


def test_a_number_of_the_other_side_makes_nobody_strong() -> None:
    nameless = standardise(builders.person(given=("O",), birth_date=None))
    assert nameless.identifiers
    assert not is_weak_in(nameless, Mode.TRIAL)
    assert is_weak_in(nameless, Mode.LIVE)


def test_a_nickname_alone_asks_for_the_name() -> None:
    called = standardise(builders.person(given=(), family="", known_as=("Bear",), identifiers=()))
    assert CheckField.GIVEN_NAME in fields_to_check(called)
