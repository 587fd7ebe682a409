"""Chapter 18. An agency is asked to look at its own record again, without learning that anybody else has one.

Every agency gets a list every day: its thin records, some drawn by lot, and what a steward asked for. It names the agency's own references
and fields, and looks the same whatever stands on it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.refused import NotPermitted, Refused
from gateway.review import check_lists
from gateway.review.asking import ASK, ask_content
from gateway.review.check_lists import CheckLists, fields_by_lot
from mappings.canonical.check_list import CheckField, CheckItem
from mappings.canonical.codes import NoticeEvent, Sensitivity
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import PartialDate
from mappings.check_list_json import write_check_list
from tests.spec.people import AHMAD, MAYA
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
PLAIN = replace(MAYA, identifiers=())
TWIN = replace(PLAIN, given=("Rose",))
ONE, TWO = 1, 2  # the records of social care and nursing

Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def pair(seaton: World, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Two agencies; nothing is drawn by lot unless a chapter wants it."""
    monkeypatch.setattr(check_lists, "ONE_IN", 2**127)
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


def lists(seaton: World) -> CheckLists:
    return CheckLists(seaton.store, seaton.clock, seaton.pairing())


def next_day(seaton: World) -> None:
    """The lists of the next day, sent and heard."""
    seaton.clock.pass_(days=1)
    lists(seaton).send_due()
    seaton.step()


def under_review(seaton: World, pair: Pair) -> None:
    """Two records that may be of twins."""
    for counterpart, person in zip(pair, (PLAIN, TWIN), strict=True):
        counterpart.say(counterpart.notice(person))
    seaton.step()


def ask(stewards: Stewards, record: int = TWO, *fields: str) -> None:
    stewards.sam.hand_in(ASK, ask_content(stewards.case(), record, list(fields)))


def test_every_agency_gets_a_list_every_day_whatever_stands_on_it(seaton: World, pair: Pair):
    """Given two agencies with nothing to check, when a day passes, then each gets one list, empty or not, so that getting one tells nothing."""
    assert lists(seaton).send_due() == 2
    assert lists(seaton).send_due() == 0
    seaton.step()
    next_day(seaton)
    assert [[len(listed.items) for listed in each.check_lists] for each in pair] == [[0, 0], [0, 0]]


def test_a_thin_record_stands_on_it_with_what_it_lacks(seaton: World, pair: Pair):
    """Given a record without a birth date, when the daily list is made, then the record stands on it with what it lacks, and no longer once that
    has been put right."""
    social_care, _ = pair
    social_care.say(social_care.notice(replace(PLAIN, birth_date=None)))
    social_care.say(social_care.notice(AHMAD))
    seaton.step()
    next_day(seaton)
    expected = CheckItem(social_care.references.person("maya"), (CheckField.BIRTH_DATE,))
    assert social_care.check_lists[-1].items == (expected,)
    social_care.say(social_care.notice(PLAIN))
    seaton.step()
    next_day(seaton)
    assert social_care.check_lists[-1].items == ()


def test_a_steward_has_one_agency_look_at_its_own_record_and_nobody_else_hears_of_it(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a case under review, when the steward has one agency check its record, then the record stands on that agency's list alone, and the
    other agency's list stays empty."""
    social_care, nursing = pair
    under_review(seaton, pair)
    ask(stewards)
    next_day(seaton)
    expected = CheckItem(nursing.references.person("maya"), (CheckField.GIVEN_NAME,))
    assert nursing.check_lists[-1].items == (expected,)
    assert social_care.check_lists[-1].items == ()


def test_what_is_asked_for_looks_like_what_is_thin_and_like_what_is_drawn(
    seaton: World, pair: Pair, stewards: Stewards, monkeypatch: pytest.MonkeyPatch
):
    """Given one record asked about by a steward, one thin and one drawn by lot, when their lists are made, then the three are the same to the last
    byte."""
    _, nursing = pair
    under_review(seaton, pair)
    ask(stewards, TWO, "birth-date")
    next_day(seaton)
    asked = write_check_list(nursing.check_lists[-1])
    nursing.say(nursing.notice(replace(TWIN, birth_date=None)))
    seaton.step()
    with seaton.store.write() as unit:
        held = unit.check_requests.open(seaton.clock.now().date())[0]
        unit.check_requests.put(replace(held, until=held.since))
    with seaton.store.read() as unit:
        thin = lists(seaton).made(unit, NURSING, seaton.clock.now().date())
    # The very same bytes: the reference, the field, the day.
    assert write_check_list(thin) == asked
    monkeypatch.setattr(check_lists, "ONE_IN", 1)
    monkeypatch.setattr(check_lists, "fields_by_lot", lambda _: (CheckField.BIRTH_DATE,))
    nursing.say(nursing.notice(TWIN))
    seaton.step()
    with seaton.store.read() as unit:
        drawn = lists(seaton).made(unit, NURSING, seaton.clock.now().date())
    assert write_check_list(drawn) == asked


def test_what_is_drawn_or_asked_for_stands_on_the_list_for_a_week(seaton: World, pair: Pair, stewards: Stewards):
    """Given a record that a steward asked about, when days pass, then it stands on the list for a week and then leaves it."""
    _, nursing = pair
    under_review(seaton, pair)
    ask(stewards)
    for _ in range(8):
        next_day(seaton)
    assert [len(listed.items) for listed in nursing.check_lists] == [1, 1, 1, 1, 1, 1, 0, 0]


def test_some_are_drawn_every_day_and_none_for_ever(seaton: World, pair: Pair, monkeypatch: pytest.MonkeyPatch):
    """Given thirty complete records, when sixty daily lists are drawn, then records are drawn every so often, and none stands there for ever."""
    monkeypatch.setattr(check_lists, "ONE_IN", 40)
    social_care, _ = pair
    for number in range(30):
        born = PartialDate(2008, 1, number + 1)
        social_care.say(social_care.notice(replace(AHMAD, local_id=f"c{number}", birth_date=born)))
    seaton.step()
    today = seaton.clock.now().date()
    with seaton.store.read() as unit:
        days = [lists(seaton).made(unit, SOCIAL_CARE, today + timedelta(days=day)) for day in range(60)]
    on = [{item.person_ref for item in listed.items} for listed in days]
    assert len(set().union(*on)) > max(map(len, on)) > 0
    assert not set.intersection(*on)


def test_the_lot_picks_one_to_three_different_fields_of_every_kind():
    """Given two thousand draws, when the fields to check are picked, then each draw picks one to three different fields, and every kind of field
    occurs."""
    picked = [fields_by_lot(number) for number in range(2_000)]
    assert {len(fields) for fields in picked} == {1, 2, 3}
    assert {field for fields in picked for field in fields} == set(CheckField)
    assert all(len(set(fields)) == len(fields) for fields in picked)


def test_the_answer_comes_as_a_notice_like_any_other_and_scores_the_case_anew(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a record that an agency was asked to check, when it corrects it, then that comes as an ordinary notice, the case is decided by it, and
    both sides are told."""
    _, nursing = pair
    under_review(seaton, pair)
    ask(stewards)
    next_day(seaton)
    nursing.say(nursing.notice(replace(TWIN, given=("Maya", "Grace"))))
    seaton.step()
    assert stewards.cases() == []
    assert len(nursing.told) == 1


def test_a_sensitive_services_client_is_never_on_a_list(
    seaton: World, pair: Pair, stewards: Stewards, monkeypatch: pytest.MonkeyPatch
):
    """Given a client of a sensitive service, when a steward asks about the record or the lot would draw it, then it is refused and never stands on
    a list."""
    _, nursing = pair
    under_review(seaton, pair)
    nursing.say(nursing.notice(TWIN, "clinic", sensitivity=Sensitivity.SENSITIVE))
    seaton.step()
    with pytest.raises(Refused, match="not one that anybody is asked about"):
        ask(stewards)
    monkeypatch.setattr(check_lists, "ONE_IN", 1)
    next_day(seaton)
    assert nursing.check_lists[-1].items == ()


def test_what_became_sensitive_after_it_was_asked_for_leaves_the_list(seaton: World, pair: Pair, stewards: Stewards):
    """Given a record that was asked about, when its service turns out not to be classified, then it leaves the list at once."""
    _, nursing = pair
    under_review(seaton, pair)
    ask(stewards)
    nursing.say(nursing.notice(TWIN, "clinic", sensitivity=Sensitivity.UNCLASSIFIED))
    seaton.step()
    next_day(seaton)
    assert nursing.check_lists[-1].items == ()


def test_whoever_is_no_longer_involved_is_not_asked(seaton: World, pair: Pair, stewards: Stewards):
    """Given a case under review, when one agency's involvement ends, then its record can no longer be asked about."""
    _, nursing = pair
    under_review(seaton, pair)
    view = stewards.case()
    nursing.say(nursing.notice(TWIN, event=NoticeEvent.ENDED))
    seaton.step()
    with pytest.raises(Refused, match="nothing to decide"):
        stewards.sam.hand_in(ASK, ask_content(view, TWO, []))


def test_only_a_steward_asks_and_only_about_the_records_of_the_case(seaton: World, pair: Pair, stewards: Stewards):
    """Given a case under review, when somebody who is not a steward asks, or a steward asks about another record or too many fields, then it is
    refused and nothing is recorded as asked."""
    under_review(seaton, pair)
    registrar = stewards.sam.second
    assert registrar is not None
    with pytest.raises(NotPermitted, match="needs the role steward"):
        registrar.hand_in(ASK, ask_content(stewards.case(), TWO, []))
    with pytest.raises(Refused, match="name one of them"):
        ask(stewards, 7)
    with pytest.raises(Refused, match="name one of them"):
        stewards.sam.hand_in(ASK, ask_content(stewards.case(), TWO, []) | {"record": 7})
    with pytest.raises(Refused, match="1 to 3"):
        ask(stewards, TWO, "gender", "number", "address", "postcode")
    (event,) = [*stewards.audited("review-record-asked"), {"agency": "nobody"}]
    assert event == {"agency": "nobody"}
