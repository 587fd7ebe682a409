"""Chapter 35. Universal services: a GP, a school and an A&E know nearly everybody, and are told nothing by default, whatever a wide rule says."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.reporting.rule_wording import in_words
from gateway.sharing.rule_set import rule_set_from
from mappings.canonical.codes import AgencyType, AlertEvent
from mappings.canonical.identifiers import AgencyId
from tests.sharing_rules import CHILDREN, HOUSING, document, forbid, ground, permit
from tests.spec.people import MAYA

SOCIAL_CARE, OTHER = AgencyId("urn:patchwork:seaton:social-care"), AgencyId("urn:patchwork:seaton:other")
UNIVERSAL = [AgencyType.GENERAL_PRACTICE, AgencyType.SCHOOL, AgencyType.HEALTH_ACUTE]
MADE = AlertEvent.MADE


def two(seaton: World, kind: AgencyType, *rules: dict[str, Any]) -> tuple[Counterpart, Counterpart]:
    """Children's social care and an agency of that kind, an agreement that would have all shown, and these rules; both know Maya."""
    pair = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN), seaton.join(OTHER, kind)
    seaton.agree(SOCIAL_CARE, OTHER)
    if rules:
        with seaton.store.write() as unit:
            unit.rule_sets.add(replace(rule_set_from(document(*rules), 1), recorded_at=seaton.clock.now()))
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    return pair


def wide(*disclosers: str) -> dict[str, Any]:
    """Whoever of these discloses shows everything to any recipient, and nothing need be shown in return."""
    grounds = [ground(each) for each in disclosers]
    return permit(
        "wide", CHILDREN, HOUSING, from_types=list(disclosers), to_types="any", grounds=grounds, one_way="it is wide"
    )


@pytest.mark.parametrize("kind", UNIVERSAL)
def test_a_rule_for_any_recipient_tells_a_universal_service_nothing(seaton: World, kind: AgencyType) -> None:
    """Given a rule by which social care shows its involvements to any recipient, when a GP, a school or an A&E knows the child too, then it is told
    nothing."""
    _, universal = two(seaton, kind, wide(CHILDREN))
    assert universal.alerts == []


def test_the_same_rule_tells_any_other_agency(seaton: World) -> None:
    """Given the same rule, when a housing service knows the child too, then it is told."""
    _, housing = two(seaton, AgencyType.HOUSING, wide(CHILDREN))
    assert housing.events() == [MADE]


@pytest.mark.parametrize("kind", UNIVERSAL)
def test_a_rule_that_names_it_tells_it(seaton: World, kind: AgencyType) -> None:
    """Given rules that name a universal service as somebody to be told, when both know the child, then both are told: somebody decided so."""
    pair = two(seaton, kind, permit("there", CHILDREN, kind.value), permit("back", kind.value, CHILDREN))
    assert [counterpart.events() for counterpart in pair] == [[MADE], [MADE]]


def test_it_may_show_without_being_shown(seaton: World) -> None:
    """Given a wide rule by which a school shows its involvements to any recipient, when social care knows the child too, then social care is told,
    and the school is not."""
    social_care, school = two(seaton, AgencyType.SCHOOL, wide("school"))
    assert (social_care.events(), school.events()) == ([MADE], [])


def test_a_forbid_for_any_recipient_is_for_universal_services_too(seaton: World) -> None:
    """Given rules that name a school, and a forbid for any recipient, when both know the child, then neither is told."""
    named = (permit("there", CHILDREN, "school"), permit("back", "school", CHILDREN))
    pair = two(seaton, AgencyType.SCHOOL, *named, forbid("nobody"))
    assert [counterpart.alerts for counterpart in pair] == [[], []]


def test_whoever_reads_the_rule_is_told_so() -> None:
    """Given a rule for any recipient, when it is put in plain words, then they say that universal services are left out, and which those are."""
    (rule,) = rule_set_from(document(wide(CHILDREN)), 1).rules
    assert "agencies of any kind but universal services (general-practice, health-acute, school)" in in_words(rule)


def test_without_rules_of_ones_own_an_agreement_names_everybody_it_covers(seaton: World) -> None:
    """Given a partnership without rules of its own, when a school is a party to its agreement, then it is told: the agreement named it."""
    pair = two(seaton, AgencyType.SCHOOL)
    assert [counterpart.events() for counterpart in pair] == [[MADE], [MADE]]
