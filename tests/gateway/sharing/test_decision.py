"""The sharing decision: every rule on its own, and every combination of what it looks at."""

import itertools
from datetime import date, timedelta

import pytest

from gateway.model.involvement import Standing
from gateway.sharing.decision import RULES, decide, explain
from identity.person.family import seen_from_there
from mappings.canonical.codes import AgeBand, AlertLevel, Consent, LegalBasis, RelationKind, Sensitivity
from tests import builders
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE

TODAY = date(2026, 3, 2)
NO_BANDS: frozenset[AgeBand] = frozenset()


def between(first=None, second=None, agreements=None, on=TODAY, bands=NO_BANDS):
    first = first or builders.registered(SCHOOL, 1)
    second = second or builders.registered(HOUSING, 2)
    return decide(first, second, bands, [builders.agreement()] if agreements is None else agreements, on)


def test_an_agreement_that_covers_both_permits_and_is_named():
    decision = between()
    assert (decision.permit, decision.reasons, decision.level) == (True, ("agreement",), AlertLevel.FULL)
    assert (decision.agreement, decision.agreement_version) == (builders.AGREEMENT, 1)


def test_nothing_is_shared_without_an_agreement():
    assert between(agreements=[]).reasons == ("no-agreement",)


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until": TODAY - timedelta(days=1)},
        {"valid_from": TODAY + timedelta(days=1)},
        {"review_by": TODAY - timedelta(days=1)},
        {"parties": (SCHOOL, SOCIAL_CARE)},
    ],
)
def test_an_agreement_out_of_force_or_of_others_permits_nothing(changes):
    assert between(agreements=[builders.agreement(**changes)]).reasons == ("no-agreement",)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"standing": Standing.ENDED}, "not-live"),
        ({"standing": Standing.WITHDRAWN}, "not-live"),
        ({"held_back": True}, "held-back"),
        ({"consent": Consent.MISSING}, "consent"),
        ({"consent": Consent.REFUSED}, "consent"),
        ({"consent": Consent.WITHDRAWN}, "consent"),
        ({"sensitivity": Sensitivity.SENSITIVE}, "sensitive-line"),
        ({"sensitivity": Sensitivity.UNCLASSIFIED}, "sensitive-line"),
        ({"age_band": AgeBand.ADULT}, "age-band"),
        ({"age_band": AgeBand.UNKNOWN}, "age-band"),
        ({"age_band_until": TODAY - timedelta(days=1)}, "age-band"),
        ({"legal_basis": LegalBasis.CONSENT}, "legal-basis"),
    ],
)
def test_a_forbid_on_either_side_forbids_both(changes, rule):
    here, there = builders.registered(SCHOOL, 1, **changes), builders.registered(HOUSING, 2)
    assert rule in between(here, there).reasons
    assert rule in between(there, here).reasons
    assert not between(here, there).permit


def test_a_band_holds_through_its_last_day():
    assert between(builders.registered(SCHOOL, 1, age_band_until=TODAY)).permit


def test_a_third_agency_that_says_adult_stops_a_childrens_agreement():
    assert between(bands=frozenset({AgeBand.CHILD, AgeBand.ADULT})).reasons == ("age-band",)


@pytest.mark.parametrize("kind", RelationKind)
@pytest.mark.parametrize("named", [(), *((kind,) for kind in RelationKind)])
def test_relatives_need_an_agreement_that_names_their_relation_from_either_side(kind, named):
    agreements = [builders.agreement(relations=named)]
    side, other = builders.registered(SCHOOL, 1), builders.registered(HOUSING, 2)
    decision = decide(side, other, NO_BANDS, agreements, TODAY, kind)
    assert decision == decide(other, side, NO_BANDS, agreements, TODAY, seen_from_there(kind))
    assert decision.permit is bool({kind, seen_from_there(kind)} & set(named))
    assert decision.permit or decision.reasons == ("relation",)


def test_relatives_need_both_ages_covered():
    adult = builders.registered(HOUSING, 2, age_band=AgeBand.ADULT, age_band_until=None)
    agreements = [builders.agreement(relations=(RelationKind.PARENT,))]
    decision = decide(builders.registered(SCHOOL, 1), adult, NO_BANDS, agreements, TODAY, RelationKind.PARENT)
    assert decision.reasons == ("age-band",)


def test_two_services_of_one_agency_are_never_told_of_each_other():
    assert between(builders.registered(SCHOOL, 1), builders.registered(SCHOOL, 2)).reasons == ("same-agency",)


def test_nobody_is_alerted_about_themselves() -> None:
    here = builders.registered(SCHOOL, 1, worker_tokens=("a" * 32, "b" * 32))
    for tokens, reasons in ((("b" * 32,), ("same-worker",)), (("c" * 32,), ("agreement",)), ((), ("agreement",))):
        there = builders.registered(SOCIAL_CARE, 2, worker_tokens=tokens)
        assert between(here, there).reasons == reasons
        assert between(there, here).reasons == reasons


def test_the_most_generous_agreement_in_force_counts():
    empty = builders.agreement(id=builders.AgreementId("a"), level=AlertLevel.EMPTY)
    assert between(agreements=[empty, builders.agreement()]).level is AlertLevel.FULL
    assert between(agreements=[empty]).level is AlertLevel.EMPTY


def test_every_combination_gives_a_symmetric_explained_decision_and_permits_only_the_clean_one():
    sides = [
        {"standing": s, "held_back": h, "consent": c, "sensitivity": v, "age_band": b, "legal_basis": legal}
        for s, h, c, v, b, legal in itertools.product(
            Standing,
            (False, True),
            Consent,
            Sensitivity,
            (AgeBand.CHILD, AgeBand.ADULT, AgeBand.UNKNOWN),
            (LegalBasis.CHILDREN_ACT_2004_S10, LegalBasis.CONSENT),
        )
    ]
    clean = builders.registered(HOUSING, 2)
    permitted = 0
    for changes in sides:
        side = builders.registered(SCHOOL, 1, **changes)
        decision = between(side, clean)
        assert decision == between(clean, side)
        assert decision.reasons
        assert set(decision.reasons) <= set(RULES)
        assert explain(decision).startswith("Shared" if decision.permit else "Not shared")
        permitted += decision.permit
    assert permitted == len([Consent.NOT_NEEDED, Consent.GIVEN])
