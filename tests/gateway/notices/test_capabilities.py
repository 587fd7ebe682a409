"""The limits of a connector: set by people, widened by two, and what each of them refuses."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.capabilities import KNOWN_BANDS, TAKING_BACK, Capabilities, described
from gateway.model.side import BOTH, Side
from gateway.notices.capabilities import believed, check_limits, check_volume, lowered
from gateway.refused import NotPermitted, Refused
from gateway.store.capabilities_column import from_row
from gateway.store.sql_store import SqlStore
from gateway.trust.capability_setting import LIMIT_CONNECTOR, SERVICES, default_for, limits_content, version_of, widens
from identity.agency.trust import Status
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    IdentifierSystem,
    MessageKind,
    Mode,
    NoticeEvent,
    ServiceLine,
    Strength,
)
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.evidence import Evidence, IdentifierToken, NameTokens
from mappings.canonical.identifiers import ConnectorId, MessageId, PartnershipId
from tests.builders import NOON, SCHOOL, notice
from tests.gateway.staff import Staff

ID = MessageId("00000000-0000-4000-8000-000000000001")
HEADER = EnvelopeHeader(
    MessageKind.NOTICE, ID, ID, "c1", "gateway", PartnershipId("seaton"), Mode.TRIAL, NOON, software="1.4.2"
)
NAME = NameTokens(b"e" * 16, b"p" * 16, b"i" * 16, b"s" * 32, 1)
EVIDENCE = Evidence(
    "e1",
    identifiers=tuple(IdentifierToken(IdentifierSystem.NHS_NUMBER, each, b"t" * 16) for each in Strength),
    given=NAME,
    given_aliases=(NAME,),
    family_aliases=(NAME,),
    superseded=(IdentifierToken(IdentifierSystem.NHS_NUMBER, Strength.STRONG, b"u" * 16),),
)

capabilities = st.builds(
    Capabilities,
    events=st.frozensets(st.sampled_from(list(NoticeEvent))).map(lambda some: some | TAKING_BACK),
    services=st.frozensets(st.sampled_from(list(ServiceLine))),
    age_bands=st.frozensets(st.sampled_from(sorted(KNOWN_BANDS))),
    level=st.sampled_from(list(AlertLevel)),
    strongest=st.sampled_from(list(Strength)),
    aliases=st.booleans(),
    number_aliases=st.booleans(),
    per_minute=st.integers(1, 1000),
    per_day=st.integers(1, 1000),
    minimum_version=st.sampled_from(["", "0.9", "1.4.2", "1.4.10", "2"]),
    relay=st.just(False),
)


def codes(limits: Capabilities, **changes: Any) -> list[str]:
    return [issue.code for issue in check_limits(notice((EVIDENCE,), **changes), HEADER, limits)]


@pytest.mark.parametrize(
    ("limits", "changes", "code"),
    [
        ({"events": TAKING_BACK}, {}, "limit-events"),
        ({"services": frozenset({ServiceLine.HOUSING})}, {}, "limit-services"),
        ({"age_bands": frozenset({AgeBand.ADULT})}, {}, "limit-age-bands"),
        ({"minimum_version": "1.4.3"}, {}, "limit-minimum-version"),
    ],
)
def test_a_notice_beyond_a_limit_is_refused_with_its_name(
    limits: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    assert codes(Capabilities()) == []
    assert codes(Capabilities(**limits), **changes) == [code]


@pytest.mark.parametrize("event", sorted(TAKING_BACK))
def test_what_was_said_can_be_taken_back_whatever_the_limits_are_now(event: NoticeEvent) -> None:
    narrow = Capabilities(events=TAKING_BACK, services=frozenset(), age_bands=frozenset())
    assert codes(narrow, event=event) == []
    with pytest.raises(ValueError, match="can be taken back"):
        Capabilities(events=frozenset({NoticeEvent.STARTED}))


def test_an_unknown_age_band_states_nothing_and_is_not_limited() -> None:
    assert codes(Capabilities(age_bands=frozenset()), age_band=AgeBand.UNKNOWN, age_band_until=None) == []


def test_one_notice_more_than_a_minute_or_a_day_holds_is_too_many() -> None:
    limits = Capabilities(per_minute=3, per_day=5)
    assert check_volume(2, 4, limits) == []
    assert [issue.code for issue in check_volume(3, 4, limits)] == ["limit-per-minute"]
    assert [issue.code for issue in check_volume(0, 5, limits)] == ["limit-per-day"]


def test_identifiers_count_for_no_more_than_the_limit_says() -> None:
    (capped,) = believed((EVIDENCE,), Capabilities(strongest=Strength.MEDIUM))
    assert [each.strength for each in capped.identifiers] == [Strength.MEDIUM, Strength.MEDIUM, Strength.WEAK]
    assert replace(capped, identifiers=EVIDENCE.identifiers) == replace(EVIDENCE, superseded=())
    assert believed((EVIDENCE,), Capabilities(number_aliases=True)) == (EVIDENCE,)


def test_superseded_numbers_count_only_where_that_was_granted_and_for_no_more_than_the_limit_says() -> None:
    (plain,) = believed((EVIDENCE,), Capabilities())
    assert plain == replace(EVIDENCE, superseded=())
    (capped,) = believed((EVIDENCE,), Capabilities(number_aliases=True, strongest=Strength.WEAK))
    assert [each.strength for each in capped.superseded] == [Strength.WEAK]
    assert widens(Capabilities(), Capabilities(number_aliases=True))
    assert not widens(Capabilities(number_aliases=True), Capabilities())


def test_further_names_count_only_where_they_are_believed() -> None:
    (plain,) = believed((EVIDENCE,), Capabilities(aliases=False))
    assert (plain.given_aliases, plain.family_aliases, plain.given) == ((), (), NAME)


@given(st.sampled_from(list(AlertLevel)), capabilities)
def test_a_level_is_lowered_and_never_raised(level: AlertLevel, limits: Capabilities) -> None:
    order = (AlertLevel.EMPTY, AlertLevel.ID_ONLY, AlertLevel.FULL)
    got = lowered(level, limits)
    assert order.index(got) == min(order.index(level), order.index(limits.level))


@settings(deadline=None)
@given(capabilities, capabilities)
def test_what_does_not_widen_refuses_at_least_as_much(before: Capabilities, after: Capabilities) -> None:
    """Of any two, if neither widens the other they are alike; and not widening means: no code is lost from the refusals."""
    if widens(before, after):
        return
    for service in ServiceLine:
        for band in AgeBand:
            for event in NoticeEvent:
                changes: dict[str, Any] = {"service": service, "age_band": band, "age_band_until": None, "event": event}
                assert set(codes(before, **changes)) <= set(codes(after, **changes))
    assert lowered(AlertLevel.FULL, after) == lowered(lowered(AlertLevel.FULL, before), after)


@settings(deadline=None)
@given(capabilities, capabilities)
def test_every_difference_widens_one_way_or_the_other(before: Capabilities, after: Capabilities) -> None:
    differ = {each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name)}
    assert (widens(before, after) or widens(after, before)) == bool(differ)


@given(capabilities)
def test_limits_come_back_from_the_store_as_they_went_in(limits: Capabilities) -> None:
    assert from_row(described(limits)) == limits
    assert from_row({}) == Capabilities()


@pytest.mark.parametrize(
    ("older", "newer"), [("", "0"), ("0.9", "0.10"), ("1.4.2", "1.4.10"), ("1.9", "2"), ("1.4.2rc1", "1.4.3")]
)
def test_versions_are_compared_as_numbers(older: str, newer: str) -> None:
    assert version_of(older) <= version_of(newer)
    assert version_of(newer + ".0") == version_of(newer)
    assert version_of("nonsense") == version_of("")


def test_a_new_connector_speaks_for_the_services_of_its_kind_only(staff: Staff) -> None:
    assert set(SERVICES) == set(AgencyType)
    private = {ServiceLine.SUBSTANCE_MISUSE, ServiceLine.SEXUAL_HEALTH, ServiceLine.DOMESTIC_ABUSE}
    assert not private & default_for(AgencyType).services
    staff.agency(SCHOOL)
    assert staff.trial_connector("school-1", SCHOOL).capabilities.services == {ServiceLine.SCHOOL}


def test_narrowing_takes_one_person_and_widening_two(staff: Staff) -> None:
    staff.agency(SCHOOL)
    staff.trial_connector("school-1", SCHOOL)
    narrowed = staff.hand_in(LIMIT_CONNECTOR, limits_content("school-1", ["level=id-only", "per_minute=10"]))
    assert (narrowed.done, narrowed.result.capabilities.level) == (True, AlertLevel.ID_ONLY)
    mixed = staff.hand_in(LIMIT_CONNECTOR, limits_content("school-1", ["level=empty", "per_minute=11"]))
    assert not mixed.done
    assert staff.second is not None
    limits = staff.second.approve(mixed).result.capabilities
    assert (limits.level, limits.per_minute, limits.per_day) == (AlertLevel.EMPTY, 11, 200_000)
    with staff.office.store.read() as unit:
        events = [event for event in unit.audit.events(0, 100) if event.code == "connector-limits"]
    assert [(event.fields["limits"], "approved_by" in event.fields) for event in events] == [
        ("level per_minute", False),
        ("level per_minute", True),
    ]


def test_who_may_set_limits(staff: Staff) -> None:
    staff.agency(SCHOOL)
    staff.trial_connector("school-1", SCHOOL)
    ben = staff.colleague("ben", "operator", "ig-lead")
    with pytest.raises(NotPermitted, match="may not set the limits of connectors"):
        ben.hand_in(LIMIT_CONNECTOR, limits_content("school-1", ["level=empty"]))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("relay=true", "relay cannot be given to anybody: peer gateways are not built"),
        ("level=everything", "level must be one of empty, id-only, full"),
        ("level", "give each as NAME=VALUE"),
        ("colour=red", "NAME one of age_bands, aliases"),
        ("per_minute=0", "per_minute must be a whole number from 1"),
        ("per_day=many", "per_day must be a whole number"),
        ("aliases=maybe", "aliases must be true or false"),
        ("events=involvement-started", "what was said can be taken back"),
        ("age_bands=unknown", "permits nothing"),
        ("services=", "services must be a list of 1 to"),
        ("minimum_version=latest", "must be a dotted number"),
        ("minimum_version=1.0\n", "must be a dotted number"),
    ],
)
def test_a_wrong_limit_is_named_before_anything_is_signed(setting: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        limits_content("school-1", [setting])


def test_limits_are_given_once_each_and_at_least_one() -> None:
    with pytest.raises(Refused, match="level is given twice"):
        limits_content("school-1", ["level=full", "level=empty"])
    with pytest.raises(Refused, match="name at least one"):
        limits_content("school-1", [])
    assert limits_content("school-1", ["minimum_version="])["limits"] == {"minimum_version": ""}


def test_counts_are_kept_over_restarts_and_begin_anew_each_minute_and_day(store: SqlStore) -> None:
    c1, at = ConnectorId("c1"), datetime(2026, 3, 2, 23, 58, 30, tzinfo=UTC)
    with store.write() as unit:
        assert unit.volumes.counts(c1, at) == (0, 0)
        unit.volumes.keep(c1, at, 3, 9)
    with store.write() as unit:
        assert unit.volumes.counts(c1, at + timedelta(seconds=20)) == (3, 9)
        assert unit.volumes.counts(c1, at + timedelta(seconds=40)) == (0, 9)
        assert unit.volumes.counts(c1, at + timedelta(minutes=2)) == (0, 0)
        unit.volumes.keep(c1, at, 4, 10)
        assert unit.volumes.counts(c1, at) == (4, 10)
        assert unit.volumes.counts(ConnectorId("c2"), at) == (0, 0)


def test_a_message_id_is_remembered_with_its_bytes_until_it_is_forgotten(store: SqlStore) -> None:
    c1 = ConnectorId("c1")
    with store.write() as unit:
        assert unit.message_ids.note(c1, ID, "a" * 64, NOON) is None
        assert unit.message_ids.note(c1, ID, "b" * 64, NOON) == "a" * 64
        assert unit.message_ids.note(ConnectorId("c2"), ID, "b" * 64, NOON) is None
        unit.message_ids.forget(NOON)
        assert unit.message_ids.note(c1, ID, "c" * 64, NOON) == "a" * 64
        unit.message_ids.forget(NOON + timedelta(seconds=1))
        assert unit.message_ids.note(c1, ID, "c" * 64, NOON) is None


def test_a_connector_is_heard_on_its_own_side_alone(staff: Staff) -> None:
    from gateway.notices.admission import check_sender

    staff.agency(SCHOOL)
    connector = staff.trial_connector("school-1", SCHOOL)
    header = replace(HEADER, sender="school-1")
    assert check_sender(connector, header, connector.id, Side(Mode.TRIAL)) == []
    live_side, trial_side = BOTH
    for side in (Side(Mode.LIVE), live_side):
        (issue,) = check_sender(connector, replace(header, mode=Mode.LIVE), connector.id, side)
        assert issue.code == "connector-not-live"
    assert check_sender(connector, header, connector.id, trial_side) == []
    live = replace(connector, status=Status.LIVE)
    assert check_sender(live, replace(header, mode=Mode.LIVE), connector.id, live_side) == []
    (issue,) = check_sender(live, header, connector.id, trial_side)
    assert issue.code == "connector-not-live"
