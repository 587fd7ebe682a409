"""The light of a connector: every reason in words, the gravest first, and none without a reason."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gateway.model.connector import Carrier
from gateway.model.standing import Cover, Figures, Light
from gateway.trust.standing import covered, judge
from identity.agency.trust import Status
from mappings.canonical.identifiers import AgreementId, ConnectorId
from tests.builders import HOUSING, NOON, SCHOOL, SOCIAL_CARE, agreement
from tests.contract.stores.rows import connector

LONG_AGO = NOON - timedelta(days=90)
WELL = Figures(
    ConnectorId("c1"),
    last_message=NOON - timedelta(minutes=1),
    last_accepted=NOON - timedelta(hours=2),
    accepted=200,
    certificate_until=NOON + timedelta(days=200),
)
COVERED = Cover(NOON.date() + timedelta(days=200))
LIVE = connector("c1", since=LONG_AGO)


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


def test_a_connector_that_does_its_work_is_green_without_a_word() -> None:
    assert judge(LIVE, WELL, COVERED, NOON) == (Light.GREEN, ())


@pytest.mark.parametrize(
    ("change", "light", "text"),
    [
        ({"last_message": None, "last_accepted": None}, Light.RED, "it was never seen"),
        ({"last_message": ago(days=8), "last_accepted": None}, Light.RED, "it was last seen 8 days ago"),
        ({"last_message": ago(hours=25), "last_accepted": None}, Light.AMBER, "it was last seen 1 day ago"),
        (
            {"unacknowledged": 1, "unacknowledged_since": ago(hours=5)},
            Light.AMBER,
            "1 alert is not acknowledged, the oldest for 5 hours",
        ),
        (
            {"unacknowledged": 3, "unacknowledged_since": ago(days=2)},
            Light.RED,
            "3 alerts are not acknowledged, the oldest for 2 days",
        ),
        (
            {"unprocessed_since": ago(minutes=6)},
            Light.AMBER,
            "what it sent has waited here for 6 minutes; look at the gateway's workers",
        ),
        (
            {"unprocessed_since": ago(hours=1)},
            Light.RED,
            "what it sent has waited here for 1 hour; look at the gateway's workers",
        ),
        ({"refused": 3}, Light.AMBER, "1.5 % of what it handed in was refused"),
        ({"refused": 50}, Light.RED, "20.0 % of what it handed in was refused"),
        ({"dead_letters": 2}, Light.AMBER, "2 of its messages are dead letters"),
        ({"certificate_until": NOON}, Light.RED, "its client certificate has expired"),
        (
            {"certificate_until": NOON + timedelta(days=9, hours=1)},
            Light.AMBER,
            "its client certificate expires in 9 days",
        ),
    ],
)
def test_each_reason_has_its_light_and_its_words(change: dict[str, Any], light: Light, text: str) -> None:
    shown, (finding,) = judge(LIVE, replace(WELL, **change), COVERED, NOON)
    assert (shown, finding.light, finding.text) == (light, light, text)


@pytest.mark.parametrize(
    "change",
    [
        {"unacknowledged": 1, "unacknowledged_since": ago(hours=3)},
        {"unprocessed_since": ago(minutes=4)},
        {"refused": 1},
        {"last_message": None, "last_request": ago(hours=1)},
        {"certificate_until": None},
    ],
)
def test_what_is_within_bounds_is_green(change: dict[str, Any]) -> None:
    assert judge(LIVE, replace(WELL, **change), COVERED, NOON)[0] is Light.GREEN


def test_the_gravest_reason_comes_first_and_gives_the_light() -> None:
    figures = replace(WELL, dead_letters=1, certificate_until=ago(days=1))
    light, findings = judge(LIVE, figures, COVERED, NOON)
    assert (light, [finding.light for finding in findings]) == (Light.RED, [Light.RED, Light.AMBER])


def test_a_connector_let_in_a_moment_ago_need_not_have_spoken() -> None:
    figures = replace(WELL, last_message=None, last_accepted=None)
    assert judge(replace(LIVE, since=ago(hours=1)), figures, COVERED, NOON)[0] is Light.GREEN
    assert judge(replace(LIVE, since=ago(hours=25)), figures, COVERED, NOON)[0] is Light.AMBER


def test_a_broker_asks_for_a_certificate() -> None:
    figures = replace(WELL, certificate_until=None)
    light, (finding,) = judge(replace(LIVE, carrier=Carrier.AMQP), figures, COVERED, NOON)
    assert (light, finding.text) == (
        Light.AMBER,
        "it has no client certificate from here, which a broker with TLS asks for",
    )


@pytest.mark.parametrize(
    ("status", "light", "text"),
    [
        (Status.REQUESTED, Light.AMBER, "it is requested and waits to be approved"),
        (Status.SUSPENDED, Light.RED, "it is suspended: nothing is taken from it and nothing is told to it"),
        (Status.REVOKED, Light.AMBER, "it is revoked, and what it published is still there; off-board it"),
    ],
)
def test_who_may_not_speak_is_judged_by_where_it_stands_alone(status: Status, light: Light, text: str) -> None:
    silent = Figures(ConnectorId("c1"), dead_letters=7)
    shown, (finding,) = judge(replace(LIVE, status=status), silent, Cover(None, ("x",)), NOON)
    assert (shown, finding.text) == (light, text)


def test_nothing_is_expected_of_who_was_off_boarded() -> None:
    gone = replace(LIVE, status=Status.OFF_BOARDED)
    assert judge(gone, Figures(ConnectorId("c1")), Cover(None), NOON) == (Light.OFF, ())


def test_an_agreement_that_ends_soon_or_is_wanting_shows() -> None:
    soon = NOON.date() + timedelta(days=30)
    light, (finding,) = judge(LIVE, WELL, Cover(soon), NOON)
    assert (light, finding.text) == (
        Light.AMBER,
        f"its agreement ends, or is to be reviewed, on {soon.isoformat()}",
    )
    light, (finding,) = judge(LIVE, WELL, Cover(None, (SCHOOL.value,)), NOON)
    assert (light, finding.text) == (Light.RED, f"no agreement in force for {SCHOOL}")


def test_an_agency_is_covered_until_the_last_of_its_agreements_ends_and_a_connector_until_its_first_agency_is_not() -> (
    None
):
    today = date(2026, 3, 2)
    both = replace(LIVE, agencies=(SCHOOL, HOUSING))
    ends, reviewed = date(2026, 9, 1), date(2026, 6, 1)
    first = agreement(SCHOOL, HOUSING, valid_from=today, valid_until=ends, review_by=reviewed)
    longer = replace(first, id=AgreementId("longer"), review_by=ends)
    assert covered(both, [first], today) == Cover(reviewed)
    assert covered(both, [first, longer], today) == Cover(ends)
    assert covered(both, [first, longer], ends + timedelta(days=1)) == Cover(None, (SCHOOL.value, HOUSING.value))
    school_only = replace(longer, parties=(SCHOOL, SOCIAL_CARE))
    assert covered(both, [first, school_only], today) == Cover(reviewed)
    assert covered(both, [school_only], today) == Cover(None, (HOUSING.value,))


def test_the_share_refused_is_of_what_was_handed_in() -> None:
    assert replace(WELL, accepted=2, refused=1).refused_percent == 33.3
    assert replace(WELL, accepted=0, refused=0).refused_percent is None
    assert replace(WELL, accepted=0, refused=4).refused_percent == 100.0
