"""Chapter 23. Rules of sharing: under an agreement, each agency says what it shows to whom, on which ground and until when.

An agreement says who takes part. The rules say what is shown. They can only narrow: what the law or an agreement withholds no rule gives.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.ports import StoreDown
from gateway.rules.effects import Change, effects
from gateway.rules.setting import SET_RULES, rules_content
from gateway.sharing.rule_set import RuleSet, canonical, rule_set_from, shipped
from gateway.store.rule_tables import rule_set as rule_table
from gateway.trust.actor import LOCAL_READER
from identity.person.standardise import standardise
from mappings.canonical.alert import Alert
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertEvent,
    AlertLevel,
    Consent,
    LegalBasis,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import RelatedPerson
from mappings.canonical.person import PartialDate, Person
from tests.gateway.staff import opened
from tests.sharing_rules import CHILDREN, HOUSING, SCHOOL, both_ways, document, forbid, ground, permit
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
TEACHERS = AgencyId("urn:patchwork:seaton:school")
TENANCIES = AgencyId("urn:patchwork:seaton:housing")
BASES = (LegalBasis.CHILDREN_ACT_2004_S10, LegalBasis.CARE_ACT_2014_S6)
MADE, CHANGED, ENDED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED
DARREN = Person(local_id="darren", given=("Darren", "James"), family="Whitlock", birth_date=PartialDate(1985, 7, 17))


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Children's social care and a school, with an agreement about children that would have everything shown."""
    joined = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN), seaton.join(TEACHERS, AgencyType.SCHOOL)
    seaton.agree(SOCIAL_CARE, TEACHERS)
    return joined


def rule(seaton: World, *rules: dict[str, Any]) -> RuleSet:
    """From now on these rules count; everybody is looked at again."""
    with seaton.store.write() as unit:
        before = unit.rule_sets.current()
        made = rule_set_from(document(*rules), before.version + 1 if before else 1)
        unit.rule_sets.add(replace(made, recorded_at=seaton.clock.now()))
    seaton.sweep()
    return made


def both_know_maya(seaton: World, pair: tuple[Counterpart, Counterpart], **changes: Any) -> None:
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA, **changes))
    seaton.step()


def last(counterpart: Counterpart) -> Alert:
    return counterpart.alerts[-1]


def test_without_rules_of_ones_own_the_agreement_says_everything(seaton: World, pair):
    """Given a partnership without rules of its own, when two agencies of an agreement share a child, then the agreement says what both are told."""
    both_know_maya(seaton, pair)
    assert [last(counterpart).level for counterpart in pair] == [AlertLevel.FULL, AlertLevel.FULL]


def test_what_no_rule_permits_is_not_shown_though_an_agreement_is_in_force(seaton: World, pair):
    """Given an agreement in force and no rule that permits it, when two agencies share a child, then neither is told, and their notices are
    answered as ever."""
    rule(seaton, *both_ways(CHILDREN, HOUSING))
    both_know_maya(seaton, pair)
    assert [counterpart.alerts for counterpart in pair] == [[], []]
    assert [len(counterpart.receipts) for counterpart in pair] == [1, 1], "and the answer to a notice is the same"


@pytest.mark.parametrize("level", AlertLevel)
def test_a_rule_grades_what_is_shown(seaton: World, pair, level: AlertLevel):
    """Given a rule with a level, when two agencies share a child, then each is told just so much: that somebody is involved, the agency, or the
    worker too."""
    rule(seaton, *both_ways(CHILDREN, SCHOOL, level=level.value))
    both_know_maya(seaton, pair)
    other = last(pair[1]).other
    assert last(pair[1]).level is level
    if level is AlertLevel.EMPTY:
        assert other is None, "somebody is involved: ask the introducer"
    else:
        assert other is not None
        assert other.agency_name == "Seaton Social Care"
        assert bool(other.worker.name) is (level is AlertLevel.FULL)


def test_a_rule_never_shows_more_than_the_agreement(seaton: World, pair):
    """Given an agreement that shows less than a rule, when two agencies share a child, then the agreement's level counts."""
    seaton.agree(SOCIAL_CARE, TEACHERS, version=2, level=AlertLevel.EMPTY)
    for counterpart in pair:
        counterpart.place = replace(counterpart.place, agreement_version=2)
    rule(seaton, *both_ways(CHILDREN, SCHOOL, level="full"))
    both_know_maya(seaton, pair)
    assert last(pair[0]).other is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sensitivity": Sensitivity.SENSITIVE},
        {"sensitivity": Sensitivity.UNCLASSIFIED},
        {"consent": Consent.REFUSED},
        {"held_back": True},
        {"age_band": AgeBand.UNKNOWN},
    ],
)
def test_no_rule_lifts_what_protects_people_whatever_it_permits(seaton: World, pair, changes):
    """Given the widest rule that can be written, when a service is sensitive or unclassified, consent is refused, something is held back or an age
    unknown, then nobody is told."""
    wide = {"age_bands": "any", "relations": "any", "one_way": "the widest rule that can be written"}
    rule(seaton, permit("wide-there", CHILDREN, SCHOOL, **wide), permit("wide-back", SCHOOL, CHILDREN, **wide))
    social_care, school = pair
    social_care.say(social_care.notice(MAYA, **changes))
    school.say(school.notice(MAYA))
    seaton.step()
    assert social_care.alerts == school.alerts == []


def test_a_forbid_wins_over_every_permit(seaton: World, pair):
    """Given a permit and a forbid that both fit, when two agencies share a child, then the forbid wins."""
    rule(seaton, *both_ways(CHILDREN, SCHOOL), forbid("early-help-is-private", services=["early-help"]))
    social_care, school = pair
    social_care.say(social_care.notice(MAYA, service=ServiceLine.EARLY_HELP))
    school.say(school.notice(MAYA))
    seaton.step()
    assert social_care.alerts == school.alerts == []


def test_whoever_does_not_show_is_not_shown(seaton: World, pair):
    """Given a rule that shows one side to the other and none that returns it, when they share a child, then neither is told."""
    rule(seaton, permit("there", CHILDREN, SCHOOL))
    both_know_maya(seaton, pair)
    assert [counterpart.alerts for counterpart in pair] == [[], []]


def test_both_are_shown_the_lesser_of_what_each_would_show(seaton: World, pair):
    """Given two rules that show different amounts, when two agencies share a child, then both are shown the lesser."""
    rule(seaton, permit("there", CHILDREN, SCHOOL), permit("back", SCHOOL, CHILDREN, level="id-only"))
    both_know_maya(seaton, pair)
    assert [last(counterpart).level for counterpart in pair] == [AlertLevel.ID_ONLY, AlertLevel.ID_ONLY]


def test_only_a_rule_that_says_so_tells_one_side_alone(seaton: World, pair):
    """Given a rule that says it is one-way and why, when two agencies share a child, then one side alone is told."""
    rule(
        seaton, permit("there", SCHOOL, CHILDREN, one_way="social workers must know the school; the board reviewed it")
    )
    both_know_maya(seaton, pair)
    social_care, school = pair
    assert (social_care.events(), school.events()) == ([MADE], [])


def test_when_rules_take_one_side_away_that_side_alone_hears_an_ordinary_ending(seaton: World, pair):
    """Given two agencies that know of each other, when new rules take one side away, then that side alone hears an ordinary ending."""
    both_know_maya(seaton, pair)
    rule(seaton, permit("there", SCHOOL, CHILDREN, one_way="the board reviewed it"))
    seaton.step()
    social_care, school = pair
    assert (social_care.events(), school.events()) == ([MADE], [MADE, ENDED])
    rule(seaton, *both_ways(CHILDREN, SCHOOL))
    seaton.step()
    assert (social_care.events(), school.events()) == ([MADE], [MADE, ENDED, MADE])


def test_when_rules_show_less_those_who_were_told_hear_of_the_change(seaton: World, pair):
    """Given two agencies that know of each other, when new rules show less, then both hear of the change and see less."""
    both_know_maya(seaton, pair)
    rule(seaton, *both_ways(CHILDREN, SCHOOL, level="id-only"))
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE, CHANGED], [MADE, CHANGED]]
    assert [last(counterpart).level for counterpart in pair] == [AlertLevel.ID_ONLY, AlertLevel.ID_ONLY]


def test_the_rules_decide_again_at_the_moment_of_sending(seaton: World, pair):
    """Given an alert that waits to be sent, when the rules change before it leaves, then it is decided anew, not sent, and the audit says by which
    rule."""
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.receive()
    with seaton.store.write() as unit:
        unit.rule_sets.add(replace(rule_set_from(document(forbid("nobody")), 1), recorded_at=seaton.clock.now()))
    seaton.step()
    assert [counterpart.alerts for counterpart in pair] == [[], []]
    with seaton.store.read() as unit:
        lapsed = [event.fields for event in unit.audit.events(0, 100) if event.code == "alert-lapsed"]
    assert [(each["rules"], each["decided_by"], each["rule_set"]) for each in lapsed] == [
        ("forbidden-by-rule", "nobody", 1)
    ] * 2


def test_every_alert_names_rules_version_and_agreement_when_made_and_when_sent(seaton: World, pair):
    """Given an alert, when it is made and when it is sent, then the rules, their version and the agreement it rests on are on record both times."""
    rule(seaton, *both_ways(CHILDREN, SCHOOL))
    both_know_maya(seaton, pair)
    ids = f"{CHILDREN}-to-school", f"school-to-{CHILDREN}"
    with seaton.store.read() as unit:
        sent = [event.fields for event in unit.audit.events(0, 100) if event.code == "alert-sent"]
        (connection,) = {alert.connection for counterpart in pair for alert in counterpart.alerts}
        recipients = (unit.connections.get(connection).first, unit.connections.get(connection).second)
        queued = [alert for each in recipients for alert in unit.alerts.of_direction(connection, each)]
    assert [alert.terms for alert in queued] == [f"rule-set/1 rules={','.join(ids)} agreement=seaton-children/1"] * 2
    assert [(each["decided_by"], each["rule_set"], each["agreement"]) for each in sent] == [
        (" ".join(ids), 1, "seaton-children")
    ] * 2


def test_consent_is_asked_for_where_the_ground_says_so(seaton: World, pair):
    """Given a rule whose ground needs consent, when consent is not stated, then nobody is told; when it is given, then both are."""
    needed = ground(SCHOOL, consent_needed=True, article_6="6(1)(a)")
    rule(seaton, permit("there", CHILDREN, SCHOOL), permit("back", SCHOOL, CHILDREN, grounds=[needed]))
    social_care, school = pair
    both_know_maya(seaton, pair)
    assert school.alerts == []
    school.say(school.notice(MAYA, consent=Consent.GIVEN))
    seaton.step()
    assert school.events() == social_care.events() == [MADE]


def test_adults_are_not_spoken_of_on_a_childrens_power(seaton: World, pair):
    """Given rules that rest on a power for children, when two agencies share an adult, then neither is told."""
    ages = {"age_bands": (AgeBand.CHILD, AgeBand.ADULT)}
    seaton.agree(SOCIAL_CARE, TEACHERS, version=2, **ages)
    for counterpart in pair:
        counterpart.place = replace(counterpart.place, agreement_version=2)
    rule(seaton, *both_ways(CHILDREN, SCHOOL, age_bands="any"))
    both_know_maya(seaton, pair, age_band=AgeBand.ADULT, age_band_until=None)
    assert [counterpart.alerts for counterpart in pair] == [[], []]


def test_on_the_eighteenth_birthday_both_sides_hear_that_it_is_over_though_no_source_says_a_word(seaton: World, pair):
    """Given a child whose source has stopped, when the eighteenth birthday passes, then both sides hear that it is over, though no source says a
    word."""
    last_day_a_child = date(2026, 3, 20)
    rule(seaton, *both_ways(CHILDREN, SCHOOL))
    both_know_maya(seaton, pair, age_band_until=last_day_a_child)
    assert [counterpart.events() for counterpart in pair] == [[MADE], [MADE]]
    while seaton.clock.now().date() < last_day_a_child:
        seaton.clock.pass_(days=1)
        assert seaton.sweep() == 0
        seaton.step()
    seaton.clock.pass_(days=1)
    seaton.sweep()
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE, ENDED], [MADE, ENDED]]
    assert [counterpart.told for counterpart in pair] == [{}, {}]
    with seaton.store.read() as unit:
        assert unit.counts()["connections_live"] == 0


def test_what_waits_to_be_sent_over_the_eighteenth_birthday_lapses(seaton: World, pair):
    """Given an alert that waits to be sent, when the child's eighteenth birthday comes first, then it is never sent."""
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA, age_band_until=seaton.clock.now().date()))
    seaton.receive()
    seaton.clock.pass_(days=1)
    seaton.step()
    assert [counterpart.alerts for counterpart in pair] == [[], []]


@pytest.mark.parametrize("ends", [{"valid_until": "2026-03-10"}, {"review_by": "2026-03-10"}])
def test_a_rule_that_ended_or_was_not_reviewed_shows_nothing_from_the_next_day(seaton: World, pair, ends):
    """Given a rule whose last day or review date has passed, when the next day comes, then it shows nothing any more and both sides hear that it is
    over."""
    rule(seaton, *both_ways(CHILDREN, SCHOOL, **ends))
    both_know_maya(seaton, pair)
    seaton.clock.instant = seaton.clock.instant.replace(day=10)
    assert seaton.sweep() == 0
    seaton.clock.pass_(days=1)
    seaton.sweep()
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE, ENDED], [MADE, ENDED]]


def test_relatives_are_told_of_by_a_rule_that_names_the_relation_and_each_speaks_on_its_own_ground(seaton: World):
    """Given a rule that names a relation, when a child and her father are helped, then both sides are told only once each speaks on a ground of its
    own."""
    social_care = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN)
    housing = seaton.join(TENANCIES, AgencyType.HOUSING)
    ages, parent = (AgeBand.CHILD, AgeBand.ADULT), (RelationKind.PARENT,)
    seaton.agree(
        SOCIAL_CARE,
        TENANCIES,
        age_bands=ages,
        relations=parent,
        legal_bases=BASES,
    )
    family = {"age_bands": ["child", "adult"], "relations": ["parent", "child"]}
    adults = [ground(HOUSING, "care-act-2014-s6")]
    rule(
        seaton,
        permit("of-child", CHILDREN, HOUSING, **family),
        permit("of-parent", HOUSING, CHILDREN, grounds=adults, **family),
    )
    evidence = tuple(social_care.tokeniser.evidence([standardise(DARREN)]))
    social_care.say(social_care.notice(MAYA, relations=(RelatedPerson(RelationKind.PARENT, evidence),)))
    adult = {"age_band": AgeBand.ADULT, "age_band_until": None}
    housing.say(housing.notice(DARREN, **adult))
    seaton.step()
    assert social_care.alerts == housing.alerts == [], "nothing may be said of an adult on a children's power"
    housing.say(housing.notice(DARREN, legal_basis=LegalBasis.CARE_ACT_2014_S6, **adult))
    seaton.step()
    assert [last(each).relation for each in (social_care, housing)] == [RelationKind.PARENT, RelationKind.CHILD]


def test_before_rules_are_proposed_it_can_be_counted_what_they_would_change(seaton: World, pair):
    """Given new rules that nobody has proposed yet, when one asks what they would change, then connections are counted as the same, less, more,
    begun or ended, and nobody hears of it."""
    third = seaton.join(TENANCIES, AgencyType.HOUSING)
    seaton.agree(SOCIAL_CARE, TEACHERS, TENANCIES, version=2)
    for counterpart in (*pair, third):
        counterpart.place = replace(counterpart.place, agreement_version=2)
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    new = rule_set_from(document(*both_ways(CHILDREN, SCHOOL), *both_ways(CHILDREN, HOUSING, level="empty")), 1)
    found = effects(seaton.office(), LOCAL_READER, shipped(), new)
    assert {change: number for change, number in found.counts.items() if number} == {
        Change.SAME: 1,
        Change.LESS: 1,
        Change.ENDS: 1,
    }
    assert (found.removed, len(found.added)) == (("as-agreed",), 4)
    turned = effects(seaton.office(), LOCAL_READER, new, shipped())
    assert {change: number for change, number in turned.counts.items() if number} == {
        Change.SAME: 1,
        Change.MORE: 1,
        Change.BEGINS: 1,
    }
    assert [len(counterpart.alerts) for counterpart in (*pair, third)] == [2, 2, 2], "and nobody hears of the counting"


def test_two_people_sign_and_everybody_is_looked_at_again(seaton: World, pair):
    """Given new rules, when one person has signed, then nothing changes; when the second has, then everybody is looked at again."""
    both_know_maya(seaton, pair)
    registrar = opened(seaton.office())
    lead, officer = registrar.colleague("ivy", "ig-lead"), registrar.colleague("dan", "dpo")
    handed = lead.hand_in(SET_RULES, rules_content(seaton.office(), document(forbid("nobody"))))
    seaton.sweep()
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE], [MADE]], "one signature changes nothing"
    officer.approve(handed)
    seaton.sweep()
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE, ENDED], [MADE, ENDED]]


def test_rules_that_were_changed_behind_the_signatures_stop_everything_and_lose_nothing(seaton: World, pair):
    """Given rules that were changed in the database, when the gateway looks, then it stops and loses nothing; when they are put back, then it goes
    on."""
    made = rule(seaton, *both_ways(CHILDREN, SCHOOL))
    with seaton.store.transactions.register() as transaction:
        transaction.run(
            update(rule_table).values(document=canonical(made.document).replace("2026-12-31", "2036-12-31"))
        )
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    for gateways_work in (seaton.receive, seaton.sweep):
        with pytest.raises(StoreDown, match="rule set 1 in the database is not what was signed"):
            gateways_work()
    with seaton.store.transactions.register() as transaction:
        transaction.run(update(rule_table).values(document=canonical(made.document)))
    seaton.step()
    assert [counterpart.events() for counterpart in pair] == [[MADE], [MADE]]
