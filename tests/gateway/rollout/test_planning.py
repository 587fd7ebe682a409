"""Planning an agency by a signature: each refusal names what is wrong and the way out, and none repeats how a champion is reached."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.model.rollout import Champion, RolloutEntry
from gateway.refused import NotPermitted, Refused
from gateway.rollout import planning
from gateway.rollout.planning import DROP, PLAN, Wanted, drop_content, plan_content
from gateway.rollout.progress import list_progress, show_progress
from gateway.trust.actor import LOCAL_READER, Actor
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff

WANTED = Wanted(
    SCHOOL.value,
    "The school",
    "2026-02-01",
    "2026-03-01",
    "Children on roll",
    "Head of inclusion",
    "inclusion@school.example",
)


def plan(staff: Staff, wanted: Wanted = WANTED) -> RolloutEntry:
    entry: RolloutEntry = staff.carry_out(PLAN, plan_content(wanted))
    return entry


def changed(staff: Staff, **what: Any) -> RolloutEntry:
    return plan(staff, Wanted(SCHOOL.value, **what))


def last_event(staff: Staff) -> tuple[str, str, dict[str, Any]]:
    with staff.office.store.read() as unit:
        event = unit.audit.events(0, 1000)[-1]
    return (
        event.code,
        event.actor,
        {name: value for name, value in event.fields.items() if name not in ("statement", "signature")},
    )


def test_an_agency_is_planned_before_it_is_in_the_register(staff: Staff) -> None:
    entry = plan(staff)
    champion = Champion("Head of inclusion", "inclusion@school.example")
    days = (date(2026, 2, 1), date(2026, 3, 1))
    assert entry == RolloutEntry(
        SCHOOL, "The school", *days, "Children on roll", champion, "anna", staff.office.clock.now()
    )
    with staff.office.store.read() as unit:
        assert unit.rollouts.all() == [entry]


def test_the_audit_says_which_days_and_what_was_changed_and_not_who_the_champion_is(staff: Staff) -> None:
    plan(staff)
    said = {"agency": SCHOOL.value, "starts_on": "2026-02-01", "live_by": "2026-03-01"}
    assert last_event(staff) == (
        "rollout-planned",
        "anna",
        said | {"changed": "name starts_on live_by eligibility champion"},
    )
    changed(staff, no_champion=True)
    assert last_event(staff)[2] == said | {"changed": "champion"}
    staff.carry_out(DROP, drop_content(SCHOOL.value))
    assert last_event(staff) == ("rollout-dropped", "anna", {"agency": SCHOOL.value})


def test_what_is_not_named_stays_as_it_was(staff: Staff) -> None:
    entry = plan(staff)
    staff.office.clock.instant += timedelta(days=1)  # type: ignore[attr-defined]
    assert changed(staff, eligibility="All clients") == replace(entry, eligibility="All clients")
    moved = changed(staff, live_by="2026-04-01")
    assert moved == replace(
        entry, eligibility="All clients", live_by=date(2026, 4, 1), planned_at=staff.office.clock.now()
    )
    assert changed(staff, no_champion=True).champion is None


def test_an_agency_of_the_register_needs_no_name(staff: Staff) -> None:
    staff.agency(SCHOOL)
    assert plan(staff, replace(WANTED, name="")).name == "Seaton school"


@pytest.mark.parametrize(
    "role", ["ig-lead", "observer", "security-officer", "operator", "dpo", "steward", "introducer"]
)
def test_only_a_registrar_plans(staff: Staff, role: str) -> None:
    ben = staff.colleague("ben", role)
    with pytest.raises(NotPermitted, match="may not plan the roll-out: that needs the role registrar"):
        plan(ben)
    with pytest.raises(NotPermitted, match="needs the role registrar"):
        ben.carry_out(DROP, drop_content(SCHOOL.value))
    assert list_progress(staff.office, LOCAL_READER) == []


def test_whoever_is_not_enrolled_reads_nothing(staff: Staff) -> None:
    plan(staff)
    nobody = Actor("nobody", frozenset(), "not at all")
    for read in (
        lambda: list_progress(staff.office, nobody),
        lambda: show_progress(staff.office, nobody, SCHOOL.value),
    ):
        with pytest.raises(NotPermitted, match="read this"):
            read()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agency": "school"}, "agency is not a valid agency id"),
        ({"name": "x\ny"}, "name must be text of 1 to 200"),
        ({"starts_on": "1 February"}, "starts_on must be a day written as YYYY-MM-DD"),
        ({"live_by": "2026-02-30"}, "live_by must be a day written as YYYY-MM-DD"),
        ({"eligibility": "e" * 201}, "eligibility must be text of 1 to 200"),
        ({"eligibility": "one line\nand another"}, "eligibility must be text"),
        ({"champion": "c" * 81}, "champion must be text of 1 to 80"),
        ({"contact": ""}, "say both, by --champion and --contact"),
        ({"champion": ""}, "say both, by --champion and --contact"),
        ({"no_champion": True}, "not both"),
    ],
)
def test_a_wrong_plan_is_refused_before_it_is_signed(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        plan_content(replace(WANTED, **changes))


@pytest.mark.parametrize(
    "contact",
    [
        "01632 960001",
        "+44 1632 960001",
        "(01632) 960-001",
        "01632 960001 ext. 12",
        "early.help@seaton.example",
        "a+b@x.seaton.example",
    ],
)
def test_a_champion_is_reached_by_one_number_or_one_address(contact: str) -> None:
    assert plan_content(replace(WANTED, contact=contact))["contact"] == contact


@pytest.mark.parametrize(
    "contact",
    ["Testcase", "Testcase 01632 960001", "Testcase <t@seaton.example>", "a@seaton.example, b@seaton.example", "0163", "@seaton.example",
     "a@seaton", "0" * 40, "a" * 121, "01632 960001 ext. Testcase", "https://seaton.example/Testcase"],
)  # fmt: skip
def test_anything_else_is_refused_and_not_repeated(contact: str) -> None:
    with pytest.raises(Refused, match="contact must be") as refused:
        plan_content(replace(WANTED, contact=contact))
    assert contact not in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(SCHOOL.value), "there is nothing to plan"),
        (replace(WANTED, name=""), "is not in the register yet, so the plan must name it: add --name"),
        (replace(WANTED, starts_on=""), "is not planned yet: say when it is to start and to be live"),
        (Wanted(SCHOOL.value, name="The school", eligibility="All clients"), "by --starts and --live-by"),
        (replace(WANTED, live_by="2026-01-31"), "would be live before it starts"),
        (replace(WANTED, live_by="2206-03-01"), "more than ten years from today"),
        (replace(WANTED, starts_on="1026-02-01"), "more than ten years from today"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_way_out(staff: Staff, wanted: Wanted, says: str) -> None:
    with pytest.raises(Refused, match=says):
        plan(staff, wanted)
    assert list_progress(staff.office, LOCAL_READER) == []


@pytest.mark.parametrize(
    "content", [{"agency": SCHOOL.value, "state": "live"}, {"name": "The school", "live_by": "2026-03-01"}]
)
def test_how_far_an_agency_is_cannot_be_typed(staff: Staff, content: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"there is no field 'state'|the field 'agency' is missing"):
        staff.carry_out(PLAN, content)


def test_what_is_not_planned_cannot_be_dropped_or_shown(staff: Staff) -> None:
    with pytest.raises(Refused, match="nothing is planned of agency"):
        staff.carry_out(DROP, drop_content(SCHOOL.value))
    with pytest.raises(Refused, match="neither in the plan nor in the register"):
        show_progress(staff.office, LOCAL_READER, SCHOOL.value)
    with pytest.raises(Refused, match="not a valid agency id"):
        drop_content("school")


def test_there_is_an_end_to_how_many_are_planned(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_PLANNED", 1)
    plan(staff)
    assert changed(staff, live_by="2026-04-01").live_by == date(2026, 4, 1), "one of them can still be changed"
    with pytest.raises(Refused, match="1 agencies are planned already; drop those that will not come"):
        plan(staff, replace(WANTED, agency=HOUSING.value))


def test_they_are_shown_by_name(staff: Staff) -> None:
    for name in ("beta", "Alpha", "gamma"):
        plan(staff, replace(WANTED, agency=AgencyId(f"urn:patchwork:seaton:{name.lower()}x").value, name=name))
    assert [each.name for each in list_progress(staff.office, LOCAL_READER)] == ["Alpha", "beta", "gamma"]
