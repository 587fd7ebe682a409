"""What a rule set says of two involvements: every combination of what it looks at, and every day it may be asked on."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.sharing.agreement import GENEROSITY
from gateway.sharing.policy import Disclosure, Policy, Verdict, policy_on, shown
from gateway.sharing.rule import Relative
from gateway.sharing.rule_set import shipped
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    Consent,
    LegalBasis,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.sharing_rules import both_ways, day, forbid, ground, permit, rule_set

TODAY = date(2026, 3, 2)
CHILD, ADULT = AgeBand.CHILD, AgeBand.ADULT
LA, PUPILS, HOMES = AgencyType.LOCAL_AUTHORITY_CHILDREN, AgencyType.SCHOOL, AgencyType.HOUSING

RULES = [
    *both_ways("local-authority-children", "school", level="id-only"),
    *both_ways("local-authority-children", "housing"),
    permit("housing-of-parents", "housing", "local-authority-children", relations=["child", "parent"], age_bands=["child", "adult"],
           grounds=[ground("housing", "care-act-2014-s6", consent_needed=True), ground("housing")]),
    permit("early-help-in-full", "local-authority-children", "school", services=["early-help"], one_way="schools ask for it"),
    permit("school-to-one-home", "school", "housing", to_agencies=[HOUSING.value], level="empty", one_way="the flats next door"),
    forbid("no-mental-health", services=["mental-health"]),
    forbid("no-unborn-to-housing", recipient="housing", age_bands=["unborn"]),
]  # fmt: skip


def ask(**changes: Any) -> Disclosure:
    made = Disclosure(
        discloser=SOCIAL_CARE,
        discloser_type=LA,
        recipient=SCHOOL,
        recipient_type=PUPILS,
        service=ServiceLine.CHILDRENS_SOCIAL_CARE,
        sensitivity=Sensitivity.STANDARD,
        basis=LegalBasis.CHILDREN_ACT_2004_S10,
        consent=Consent.NOT_NEEDED,
        band=CHILD,
        bands=frozenset({CHILD}),
        relation=None,
    )
    return made._replace(**changes)


def turned(asked: Disclosure, **changes: Any) -> Disclosure:
    """The other direction."""
    made = asked._replace(
        discloser=asked.recipient,
        discloser_type=asked.recipient_type,
        recipient=asked.discloser,
        recipient_type=asked.discloser_type,
    )
    return made._replace(**changes)


def level(policy: Policy, asked: Disclosure, **changes: Any) -> AlertLevel | None:
    """What that direction shows."""
    return shown(policy.judge(asked), policy.judge(turned(asked, **changes))).level


def rank(level: AlertLevel | None) -> int:
    return -1 if level is None else GENEROSITY.index(level)


# Every value of every attribute, and for those that no rule tells apart one of them: `test_what_no_rule_tells_apart` shows that this is all.
# Of sets of bands only membership counts, and no rule here tells the other three bands from the unknown one.
_TOLD_APART = (AgeBand.UNBORN, CHILD, ADULT, AgeBand.UNKNOWN)
BANDS = [frozenset(each) for size in range(1, 5) for each in itertools.combinations(_TOLD_APART, size)]
RELATIONS: list[Relative] = [None, *RelationKind]
APART: dict[str, list[list[Any]]] = {
    "discloser_type": [[LA], [PUPILS], [HOMES], [*(set(AgencyType) - {LA, PUPILS, HOMES}), None]],
    "recipient_type": [[LA], [PUPILS], [HOMES], [*(set(AgencyType) - {LA, PUPILS, HOMES}), None]],
    "recipient": [[HOUSING], [SCHOOL, SOCIAL_CARE]],
    "service": [
        [ServiceLine.EARLY_HELP],
        [ServiceLine.MENTAL_HEALTH],
        [*(set(ServiceLine) - {ServiceLine.EARLY_HELP, ServiceLine.MENTAL_HEALTH})],
    ],
    "sensitivity": [[each] for each in Sensitivity],
    "basis": [
        [LegalBasis.CHILDREN_ACT_2004_S10],
        [LegalBasis.CARE_ACT_2014_S6],
        [*(set(LegalBasis) - {LegalBasis.CHILDREN_ACT_2004_S10, LegalBasis.CARE_ACT_2014_S6})],
    ],
    "consent": [[Consent.GIVEN], [*(set(Consent) - {Consent.GIVEN})]],
    "band": [[CHILD, AgeBand.UNBORN], [AgeBand.YOUNG_18_19, AgeBand.YOUNG_20_24], [ADULT], [AgeBand.UNKNOWN]],
    "bands": [[each] for each in BANDS],
    "relation": [
        [None],
        [RelationKind.CHILD, RelationKind.PARENT],
        [*(set(RelationKind) - {RelationKind.CHILD, RelationKind.PARENT})],
    ],
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy(rule_set(*RULES), TODAY)


def combinations(*names: str) -> Iterator[dict[str, Any]]:
    """Every combination of one value for each of these."""
    for values in itertools.product(*([kind[0] for kind in APART[name]] for name in names)):
        yield dict(zip(names, values, strict=True))


def test_the_table_of_values_names_every_value_once() -> None:
    whole = {
        "discloser_type": [*AgencyType, None], "recipient_type": [*AgencyType, None], "service": [*ServiceLine],
        "sensitivity": [*Sensitivity], "basis": [*LegalBasis], "consent": [*Consent], "band": [*AgeBand], "relation": RELATIONS,
    }  # fmt: skip
    for name, values in whole.items():
        named = [value for kind in APART[name] for value in kind]
        assert len(named) == len(values)
        assert set(named) == set(values)
    assert set(APART) == set(Disclosure._fields) - {"discloser"}


@pytest.mark.parametrize("name", sorted(APART))
def test_what_no_rule_tells_apart_is_judged_alike(policy: Policy, name: str) -> None:
    likely = ("discloser_type", "recipient_type", "service", "relation", "basis")
    for others in combinations(*(each for each in likely if each != name)):
        for kind in APART[name]:
            verdicts = {policy.judge(ask(**others, **{name: value})) for value in kind}
            assert len(verdicts) == 1


def test_every_combination_is_judged_by_default_deny_and_forbid_wins(policy: Policy) -> None:
    every = rule_set(*[rule for rule in RULES if rule["effect"] == "permit"])
    permits_alone, permitted, seen = Policy(every, TODAY), 0, 0
    for values in combinations(*APART):
        asked = ask(**values)
        verdict = policy.judge(asked)
        seen += 1
        forbidden = asked.service is ServiceLine.MENTAL_HEALTH or (
            asked.recipient_type is HOMES and AgeBand.UNBORN in asked.bands
        )
        assert bool(verdict.forbidden) is forbidden
        if forbidden:
            assert verdict == Verdict(forbidden=verdict.forbidden)
            continue
        assert verdict == permits_alone.judge(asked), "a forbid that does not cover changes nothing"
        if verdict == Verdict():
            continue
        permitted += 1
        assert asked.sensitivity is Sensitivity.STANDARD
        assert asked.bands <= {AgeBand.UNBORN, CHILD, ADULT}
        assert asked.band is not AgeBand.UNKNOWN
        assert asked.basis in (LegalBasis.CHILDREN_ACT_2004_S10, LegalBasis.CARE_ACT_2014_S6)
        assert asked.basis is not LegalBasis.CARE_ACT_2014_S6 or asked.consent is Consent.GIVEN
        assert {asked.discloser_type, asked.recipient_type} <= {LA, PUPILS, HOMES}
    assert permitted
    assert permitted < seen // 50


def test_every_pair_of_directions_is_reciprocal_unless_a_one_way_rule_says_otherwise(policy: Policy) -> None:
    names = ("discloser_type", "recipient_type", "service", "basis", "band", "bands", "relation")
    one_way = 0
    for values in combinations(*names):
        here = policy.judge(ask(**values))
        for service in (ServiceLine.EARLY_HELP, ServiceLine.HOUSING):
            there = policy.judge(turned(ask(**values), service=service))
            this, that = shown(here, there), shown(there, here)
            if here.one_way is None and there.one_way is None:
                assert this.level is that.level
            if this.level is not that.level:
                one_way += 1
            for its, verdict in ((this, here), (that, there)):
                assert not (verdict.forbidden and its.level)
                assert bool(its.level) is not bool(its.reason)
                assert its.rules or its.reason == "no-rule"
    assert one_way


def test_a_mutual_rule_without_a_return_permits_nothing() -> None:
    alone = Policy(rule_set(permit("alone", "school", "housing")), TODAY)
    asked = ask(discloser_type=PUPILS, recipient_type=HOMES)
    assert level(alone, asked) is None
    assert shown(alone.judge(asked), alone.judge(turned(asked))).reason == "not-reciprocal"
    assert shown(alone.judge(turned(asked)), alone.judge(asked)).reason == "no-rule"


def test_two_sides_are_shown_the_lesser_of_what_each_lets_the_other_see() -> None:
    made = [permit("more", "school", "housing"), permit("less", "housing", "school", level="empty")]
    asked = ask(discloser_type=PUPILS, recipient_type=HOMES)
    assert level(Policy(rule_set(*made), TODAY), asked) is AlertLevel.EMPTY


def test_a_one_way_rule_shows_and_asks_for_nothing_in_return() -> None:
    policy = Policy(rule_set(permit("alone", "school", "housing", one_way="agreed by the board")), TODAY)
    asked = ask(discloser_type=PUPILS, recipient_type=HOMES)
    assert level(policy, asked) is AlertLevel.FULL
    assert level(policy, turned(asked)) is None


def test_an_agency_can_be_named_on_either_side() -> None:
    named = both_ways("school", "housing")
    named[0]["from_agencies"] = named[1]["to_agencies"] = [SCHOOL.value]
    policy = Policy(rule_set(*named), TODAY)
    asked = ask(discloser=SCHOOL, discloser_type=PUPILS, recipient=HOUSING, recipient_type=HOMES)
    assert level(policy, asked) is AlertLevel.FULL
    assert level(policy, asked._replace(discloser=AgencyId("urn:patchwork:seaton:another"))) is None


@pytest.mark.parametrize("band", AgeBand)
def test_a_discloser_says_nothing_of_whom_its_power_does_not_cover(band: AgeBand) -> None:
    every = ["unborn", "child", "18-19", "20-24", "adult"]
    policy = Policy(
        rule_set(permit("all-ages", "local-authority-children", "school", age_bands=every, one_way="a test")), TODAY
    )
    told = level(policy, ask(band=band, bands=frozenset({band})))
    assert (told is not None) is (band in (AgeBand.UNBORN, CHILD, AgeBand.YOUNG_18_19, AgeBand.YOUNG_20_24))


def test_a_rule_counts_from_its_first_day_to_its_last_or_its_review_and_a_forbid_for_good() -> None:
    timed = rule_set(
        permit("an", "local-authority-children", "school", valid_from="2026-02-01", valid_until="2026-06-30", review_by="2026-05-31",
               one_way="a test"),
        forbid("fo", services=["early-help"], valid_from="2026-03-01", review_by="2026-03-02"),
    )  # fmt: skip
    spoken = {
        each: (
            policy_on(timed, day(each)).judge(ask()).one_way,
            policy_on(timed, day(each)).judge(ask(service=ServiceLine.EARLY_HELP)).forbidden,
        )
        for each in ("01-31", "02-01", "02-28", "03-01", "05-31", "06-01", "12-31")
    }
    assert [each for each, (permitted, _) in spoken.items() if permitted] == ["02-01", "02-28", "03-01", "05-31"]
    assert [each for each, (_, forbidden) in spoken.items() if forbidden] == ["03-01", "05-31", "06-01", "12-31"]


def test_as_time_passes_less_is_shown_and_never_more() -> None:
    ending = [
        rule | {"valid_until": f"2026-{4 + number:02}-15", "review_by": f"2026-{12 - number:02}-20"} if rule["effect"] == "permit" else rule
        for number, rule in enumerate(RULES)
    ]  # fmt: skip
    made = rule_set(*ending)
    asked = [
        ask(**values) for values in combinations("discloser_type", "recipient_type", "service", "basis", "relation")
    ]
    before = [rank(AlertLevel.FULL)] * len(asked)
    for month in range(1, 13):
        for on in (15, 16, 20, 21):
            policy = Policy(made, date(2026, month, on))
            now = [rank(level(policy, each)) for each in asked]
            assert all(new <= old for new, old in zip(now, before, strict=True))
            before = now
    assert set(before) == {-1}, "and in the end nothing"


def test_the_set_that_ships_leaves_everything_to_the_agreement_but_what_no_agreement_can_permit() -> None:
    policy = Policy(shipped(), TODAY)
    for values in combinations("discloser_type", "recipient", "service", "sensitivity", "basis", "bands", "relation"):
        asked = ask(**values)
        clean = asked.sensitivity is Sensitivity.STANDARD and AgeBand.UNKNOWN not in asked.bands
        verdict = policy.judge(asked)
        assert (verdict.mutual.level if verdict.mutual else None) is (AlertLevel.FULL if clean else None)


def test_a_policy_is_compiled_once_a_day() -> None:
    made = rule_set(*RULES)
    assert policy_on(made, TODAY) is policy_on(made, TODAY)
    assert policy_on(made, TODAY) is not policy_on(made, TODAY + timedelta(days=1))
