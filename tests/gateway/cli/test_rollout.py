"""`patchwork rollout`, as a registrar and whoever asks for the plan type it."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.rollout.progress import in_words
from tests.builders import HOUSING, SCHOOL
from tests.gateway.cli.conftest import APPROVE, SIGN, Patchwork
from tests.gateway.cli.test_commands import add_agencies

STARTS, LIVE_BY = (datetime.now(UTC).date() - timedelta(days=days) for days in (60, 30))
DAYS = ("--starts", STARTS, "--live-by", LIVE_BY)
LATE = f"was to be live by {in_words(LIVE_BY)}, and has not been invited"
CHAMPION = ("--champion", "Head of inclusion", "--contact", "inclusion@school.example")


@pytest.fixture
def planned(ready: Patchwork) -> Patchwork:
    """The school was to be live a month ago."""
    answer = ready("rollout", "plan", SCHOOL, "--name", "The school", *DAYS, *CHAMPION, *SIGN)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == f"The school is to start on {in_words(STARTS)} and to be live by {in_words(LIVE_BY)}.\n"
    return ready


def test_the_plan_is_listed_for_people_and_for_machines(planned: Patchwork) -> None:
    heading, row = planned("rollout", "list").out.splitlines()
    assert heading.split() == ["name", "state", "starts", "on", "live", "by", "live", "since", "champion", "late"]
    assert row.startswith(f"The school  planned  {STARTS}  {LIVE_BY}")
    assert row.endswith(LATE)
    (document,) = planned("rollout", "list", "--json").json["agencies"]
    assert (document["agency"], document["state"], document["live_by"]) == (
        SCHOOL.value,
        "planned",
        LIVE_BY.isoformat(),
    )
    assert document["contact"] == "inclusion@school.example"


def test_one_agency_is_shown_with_how_its_champion_is_reached(planned: Patchwork) -> None:
    shown = planned("rollout", "show", SCHOOL).out
    assert shown.startswith("The school\nagency: ")
    assert "\nstands: has not been invited\n" in shown
    assert "\ncontact: inclusion@school.example\n" in shown
    assert planned("rollout", "show", SCHOOL, "--json").json["agency"]["champion"] == "Head of inclusion"


def test_a_change_leaves_the_rest_and_only_the_late_are_asked_for(planned: Patchwork) -> None:
    add_agencies(planned)
    assert len(planned("rollout", "list", "--json").json["agencies"]) == 2
    assert [each["name"] for each in planned("rollout", "list", "--late", "--json").json["agencies"]] == ["school"]
    changed = planned("rollout", "plan", SCHOOL, "--eligibility", "All clients", "--no-champion", "--json", *SIGN).json
    assert (changed["planned"]["eligibility"], changed["planned"]["champion"]) == ("All clients", "")
    assert changed["planned"]["starts_on"] == STARTS.isoformat()


def test_what_is_dropped_is_planned_no_more(planned: Patchwork) -> None:
    assert planned("rollout", "drop", SCHOOL, "--json", *SIGN).json == {"dropped": SCHOOL.value}
    assert planned("rollout", "list").out == "No agencies.\n"
    again = planned("rollout", "drop", SCHOOL, *SIGN)
    assert (again.status, "nothing is planned of agency" in again.err) == (1, True)


def test_only_a_registrar_plans(ready: Patchwork) -> None:
    refused = ready("rollout", "plan", HOUSING, "--name", "Housing", *DAYS, *APPROVE)
    assert (refused.status, "that needs the role registrar" in refused.err) == (1, True)
    assert ready("rollout", "list", "--json").json == {"agencies": []}


def test_a_wrong_plan_is_status_1_and_wrong_usage_2(ready: Patchwork) -> None:
    refused = ready(
        "rollout", "plan", SCHOOL, "--name", "The school", *DAYS, "--champion", "Head", "--contact", "Jo at home", *SIGN
    )
    assert (refused.status, "contact must be one work telephone number" in refused.err) == (1, True)
    assert "Jo at home" not in refused.err
    assert ready("rollout", "plan").status == 2
    assert ready("rollout", "show", SCHOOL).status == 1


def test_the_report_names_who_is_late(planned: Patchwork) -> None:
    text = planned("governance", "report").out
    assert "\nRoll-out plan\n---" in text
    assert f"\nLate:\nThe school {LATE}.\n" in text
    assert "\nThe school: planned: nobody has said\n" in text
    assert "inclusion@school.example" not in text


def test_a_live_gateway_s_plan_is_read_on_both_sides(live: Patchwork) -> None:
    assert live("rollout", "plan", SCHOOL, "--name", "The school", *DAYS, *SIGN).status == 0
    for side in ((), ("--trial",)):
        assert [each["name"] for each in live("rollout", "list", "--json", *side).json["agencies"]] == ["The school"]
