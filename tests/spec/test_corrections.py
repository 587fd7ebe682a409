"""Chapter 20. Details change: people marry, move, are written down wrongly and put right; agencies join late. Links follow, and what was known
before is not lost.
"""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AgeBand, AlertEvent, Gender, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Address, PartialDate, Person
from tests.spec.people import CLIFF_WAY, HARBOUR_ROAD, MAYA, MYA, TYLER
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
SCHOOL = AgencyId("urn:patchwork:seaton:school")
MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED

# Nineteen, and about to marry.
GRACE = Person(
    local_id="grace",
    given=("Grace",),
    family="Whitlock",
    birth_date=PartialDate(2006, 8, 21),
    gender=Gender.FEMALE,
    addresses=(CLIFF_WAY,),
)
MARRIED = replace(GRACE, family="Adeyemi", addresses=(HARBOUR_ROAD,))
PLAIN = replace(MAYA, identifiers=())

Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def pair(seaton: World) -> Pair:
    """Two agencies with an agreement about children and young people."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING, age_bands=(AgeBand.CHILD, AgeBand.YOUNG_18_19))
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


def say(seaton: World, counterpart: Counterpart, person: Person) -> None:
    counterpart.say(counterpart.notice(person))
    seaton.step()


def test_a_move_does_not_part_what_was_connected(seaton: World, pair: Pair, stewards: Stewards):
    """Given a child whom two agencies share, when the family moves and one agency hears of it first, then the connection stays and nobody is told
    anything."""
    social_care, nursing = pair
    say(seaton, social_care, PLAIN)
    say(seaton, nursing, PLAIN)
    say(seaton, nursing, replace(PLAIN, addresses=(HARBOUR_ROAD,)))
    say(seaton, social_care, replace(PLAIN, addresses=(HARBOUR_ROAD,)))
    assert social_care.events() == nursing.events() == [MADE]
    assert stewards.companions(1) == [2]


def test_a_marriage_told_of_by_one_agency_first_does_not_part_them_in_silence(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a woman whom two agencies share, when only one has her married name and new address, then the connection stays and a steward is asked;
    when the other hears of it too, then the question is gone."""
    social_care, nursing = pair
    say(seaton, social_care, GRACE)
    say(seaton, nursing, GRACE)
    say(seaton, nursing, MARRIED)
    # Another name at another place: not clear any more, so a steward looks, and what was told stands.
    assert social_care.events() == nursing.events() == [MADE]
    assert len(stewards.cases()) == 1
    say(seaton, social_care, MARRIED)
    # The other agency has heard of it too: nothing is in doubt, and nobody was bothered.
    assert stewards.cases() == []
    assert social_care.events() == nursing.events() == [MADE]
    assert stewards.companions(1) == [2]


def test_a_former_name_beside_the_new_one_keeps_the_connection_without_a_question(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a woman whom two agencies share, when one states her new name with the former one beside it, then the connection stays without a
    question."""
    social_care, nursing = pair
    say(seaton, social_care, GRACE)
    say(seaton, nursing, GRACE)
    say(seaton, nursing, replace(MARRIED, addresses=(CLIFF_WAY,), former_family=("Whitlock",)))
    assert social_care.events() == nursing.events() == [MADE]
    assert stewards.cases() == []


def test_a_corrected_birth_date_connects_and_takes_back_nothing(seaton: World, pair: Pair, stewards: Stewards):
    """Given two records apart because of a wrong birth date, when it is corrected, then both sides are told of each other and nothing needs taking
    back."""
    social_care, nursing = pair
    say(seaton, social_care, PLAIN)
    say(seaton, nursing, replace(PLAIN, birth_date=PartialDate(2009, 12, 30)))
    assert social_care.events() == []
    say(seaton, nursing, PLAIN)
    assert social_care.events() == nursing.events() == [MADE]
    assert stewards.cases() == []


def test_a_birth_date_corrected_away_from_a_link_that_was_told_goes_to_a_steward(
    seaton: World, pair: Pair, stewards: Stewards
):
    """Given a connection that was told, when one agency changes the birth date to another, then it stands until a steward parts it, and then both
    are told to disregard it."""
    social_care, nursing = pair
    say(seaton, social_care, PLAIN)
    say(seaton, nursing, PLAIN)
    say(seaton, nursing, replace(PLAIN, birth_date=PartialDate(2009, 12, 30)))
    assert social_care.events() == [MADE]
    stewards.refuse(stewards.case())
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, RETRACTED]


def test_every_link_there_was_is_kept_with_its_time(seaton: World, pair: Pair):
    """Given a record that was linked otherwise before a correction, when it is linked anew, then the old link stays on record with its time and its
    reason."""
    social_care, nursing = pair
    say(seaton, social_care, PLAIN)
    say(seaton, nursing, replace(PLAIN, birth_date=PartialDate(2009, 12, 30)))
    seaton.clock.pass_(days=3)
    say(seaton, nursing, PLAIN)
    with seaton.store.read() as unit:
        before, after = unit.records.links(2)
    assert before.valid_to == after.valid_from == seaton.clock.now()
    assert (before.method, after.method) == ("new", "probabilistic")
    assert before.person_id != after.person_id


def test_an_involvement_that_was_over_before_the_correction_stays_over(seaton: World, pair: Pair):
    """Given an involvement that was over before its details were corrected, when they are corrected, then nobody is told anything."""
    social_care, nursing = pair
    say(seaton, social_care, PLAIN)
    nursing.say(nursing.notice(replace(PLAIN, birth_date=PartialDate(2009, 12, 30)), event=NoticeEvent.ENDED))
    seaton.step()
    nursing.say(nursing.notice(PLAIN, event=NoticeEvent.ENDED))
    seaton.step()
    assert social_care.events() == nursing.events() == []


def test_a_new_agencys_whole_caseload_links_with_everybody_already_there(seaton: World, pair: Pair, stewards: Stewards):
    """Given an agency that joins late with its whole caseload, when it states it, then each of its clients who is known is connected with the right
    person, and a stranger with nobody."""
    social_care, nursing = pair
    family = [MAYA, MYA, TYLER]
    others = [
        replace(TYLER, local_id=f"child-{n}", given=(name,), family=family_name, identifiers=(),
                birth_date=PartialDate(2010 + n % 5, 1 + n, 3 + n), addresses=(Address((f"{n} Mill Lane",), "Seaton", f"ZZ{n} 1AB"),))
        for n, (name, family_name) in enumerate(
            [("Ayo", "Brookes"), ("Piotr", "Nowak"), ("Zainab", "Karimi"), ("Callum", "Priest"), ("Lili", "Marsh")], start=1
        )
    ]  # fmt: skip
    for person in (*family, *others):
        social_care.say(social_care.notice(person))
    nursing.say(nursing.notice(MAYA))
    seaton.step()

    late = seaton.join(HOUSING)
    bands = (AgeBand.CHILD, AgeBand.YOUNG_18_19)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING, version=2, age_bands=bands)
    late.place = replace(late.place, agreement_version=2)
    stranger = replace(GRACE, local_id="nobody-knows-her")
    # One load, all at once, under references and spellings of its own.
    for person in (*family, *others, stranger):
        late.say(late.notice(replace(person, local_id=f"H-{person.local_id}", family=person.family.upper())))
    seaton.step()

    recipients = {alert.recipient_person for alert in late.told.values()}
    assert recipients == {late.references.person(f"H-{person.local_id}") for person in (*family, *others)}
    assert len(late.told) == len(family) + len(others) + 1  # Maya's health visitor beside her social worker
    assert len(social_care.told) == len(family) + len(others) + 1
    assert stewards.cases() == []


class TestOneThatKnowsBoth:
    """Social care knows Maya by her old address, others by the new one and without a birth date. Nobody can say that they are one, until an
    agency comes that knows both addresses."""

    MOVED = replace(PLAIN, birth_date=None, addresses=(HARBOUR_ROAD,))
    BOTH = replace(PLAIN, addresses=(CLIFF_WAY, HARBOUR_ROAD))

    def test_it_brings_them_together(self, seaton: World, stewards: Stewards):
        """Given two agencies that know one child by different addresses, when a third that knows both addresses joins, then all three learn of each
        other."""
        social_care, nursing, housing = (seaton.join(each) for each in (SOCIAL_CARE, NURSING, HOUSING))
        seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
        say(seaton, social_care, PLAIN)
        say(seaton, nursing, self.MOVED)
        assert social_care.told == nursing.told == {}
        say(seaton, housing, self.BOTH)
        assert [len(each.told) for each in (social_care, nursing, housing)] == [2, 2, 2]
        assert stewards.cases() == []

    def test_what_was_told_stands_and_a_steward_is_asked(self, seaton: World, stewards: Stewards):
        """Given pairs of agencies that were told of each other, when a newcomer's record would join two such groups, then what was told stands and
        a steward is asked."""
        agencies = (SOCIAL_CARE, NURSING, HOUSING, SCHOOL)
        social_care, nursing, housing, school = (seaton.join(each) for each in agencies)
        seaton.agree(*agencies)
        say(seaton, nursing, self.MOVED)
        say(seaton, school, self.MOVED)
        say(seaton, social_care, PLAIN)
        assert [len(each.told) for each in (nursing, school, social_care)] == [1, 1, 0]
        say(seaton, housing, self.BOTH)
        # The two who know of each other already are not moved; whether all four are one is for a steward.
        assert [len(each.told) for each in (social_care, housing, nursing, school)] == [1, 1, 1, 1]
        assert stewards.cases() != []
