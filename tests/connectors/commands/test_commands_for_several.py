"""The commands of a connector that serves two agencies: over both, or over the one that is meant, with the agency on each item."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app
from connectors.channel.port import ChannelDown
from connectors.keys import following
from connectors.running.assembly import Connector
from gateway.bench.world import MovableClock, World
from gateway.store.sql_store import open_store
from identity.agency.enrolment_keys import fingerprint
from tests.connectors.running.test_several_agencies import empty_register
from tests.council import ADULTS, CHILDREN, Council
from tests.system.children import rows


class Desk(Council):
    """The council's administrator, at a command line."""

    def run(self, *arguments: str) -> Result:
        """One command."""
        return CliRunner().invoke(app, [*arguments, "--settings", str(self.settings_file)])

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Its answer as JSON, with that exit code."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    shutil.copy(empty_register(), tmp_path / "register.sqlite")
    store = open_store(f"sqlite:///{tmp_path}/register.sqlite", bytes(range(32)))
    desk = Desk(tmp_path, World(store, clock=MovableClock(datetime.now(UTC))))
    desk.world.agree(CHILDREN, ADULTS)
    monkeypatch.setattr(Connector, "channel", property(lambda self: desk.end))
    monkeypatch.setattr(following, "EnrolmentOffice", away)
    yield desk
    store.close()


def away(*_: object) -> None:
    """Nobody answers over HTTPS here."""
    raise ChannelDown("the gateway cannot be reached")


def connected(desk: Desk) -> None:
    """Both teams have published child 1, and both were told."""
    for team in desk.teams:
        team.state(rows(1))
    desk.json("publish")
    desk.gateway_works()
    desk.json("deliver")


def test_publishing_and_delivering_show_whose_each_item_is(desk: Desk) -> None:
    desk.children.state(rows(1, 2))
    desk.adults.state(rows(1))
    published = desk.json("publish")
    changes = {each["agency"]: each["changes"] for each in published["published"]["sources"]}
    assert changes == {CHILDREN.value: {"involvement-started": 2}, ADULTS.value: {"involvement-started": 1}}
    assert published["posted"]["sent"] == 3
    desk.gateway_works()
    done = desk.json("deliver")
    assert done["parcels"] == {"receipt, accepted": 3, "alert, news": 2}
    assert done["delivered"] == {"connection-made": 2}
    assert [(each["agency"], each["delivered"]) for each in done["agencies"]] == [
        (CHILDREN.value, {"connection-made": 1}),
        (ADULTS.value, {"connection-made": 1}),
    ]


def test_one_agencys_missing_exclusion_list_does_not_keep_the_other_from_publishing(desk: Desk) -> None:
    for team in desk.teams:
        team.state(rows(1))
    missing = desk.children.served.settings.exclusions
    assert missing is not None
    missing.unlink()
    assert missing.name in desk.json("publish", code=2)["error"]
    desk.world.receive()
    with desk.world.store.read() as unit:
        accepted = [event.fields["agency"] for event in unit.audit.events(0, 99) if event.code == "notice-accepted"]
    assert accepted == [ADULTS.value]


def test_a_worklist_is_one_agencys_and_the_choices_are_named(desk: Desk) -> None:
    connected(desk)
    refused = desk.json("worklist", code=2)["error"]
    assert refused == f"which agency? Say so with --agency, one of: {CHILDREN}, {ADULTS}"
    listed = desk.json("worklist", "--agency", ADULTS.value)
    assert (listed["agency"], len(listed["connections"])) == (ADULTS.value, 1)
    assert listed["connections"][0]["other"]["agency"] == "Seaton Children's Services"
    strangers = desk.json("worklist", "--agency", "urn:patchwork:seaton:police", code=2)["error"]
    assert f"--agency is one of: {CHILDREN}, {ADULTS}" in strangers


def test_a_message_is_found_in_whichever_outbox_it_is(desk: Desk) -> None:
    connected(desk)
    messages = desk.json("outbox", "list")["messages"]
    assert sorted(each["agency"] for each in messages) == [ADULTS.value, CHILDREN.value]
    assert len(desk.json("outbox", "list", "--agency", ADULTS.value)["messages"]) == 1
    for message in messages:
        assert desk.json("outbox", "show", message["id"])["agency"] == message["agency"]
    other = next(each for each in messages if each["agency"] == CHILDREN.value)
    assert "no such message" in desk.json("outbox", "show", other["id"], "--agency", ADULTS.value, code=2)["error"]


def test_readings_of_the_same_number_are_told_apart_by_their_agency(desk: Desk) -> None:
    for team in desk.teams:
        team.state(rows(*range(12)))
    desk.json("publish")
    for team in desk.teams:
        team.state(rows(1))
    desk.json("publish", code=1)
    held = desk.json("held", "list", code=1)["held"]
    assert [each["agency"] for each in held] == [CHILDREN.value, ADULTS.value]
    (number,) = {each["reading"] for each in held}
    assert "which agency?" in desk.json("held", "release", str(number), code=2)["error"]
    released = desk.json("held", "release", str(number), "--agency", ADULTS.value)
    assert (released["agency"], released["released"]["changes"]["involvement-ended"]) == (ADULTS.value, 11)
    discarded = desk.json("held", "discard", str(number))
    assert discarded == {"agency": CHILDREN.value, "discarded": number}, "only one is left, so there is nothing to ask"
    assert "no reading" in desk.json("held", "discard", str(number), code=2)["error"]


def test_resync_states_for_all_or_for_one(desk: Desk) -> None:
    connected(desk)
    assert desk.json("resync")["agencies"] == [CHILDREN.value, ADULTS.value]
    desk.gateway_works()
    desk.json("deliver")
    assert desk.json("resync", "--agency", ADULTS.value) == {
        "statements": 1,
        "sent": 1,
        "problem": None,
        "agencies": [ADULTS.value],
    }


def test_a_sink_that_is_down_is_named_with_its_agency(desk: Desk) -> None:
    desk.adults.folder.touch()
    for team in desk.teams:
        team.state(rows(1))
    desk.json("publish")
    desk.gateway_works()
    done = desk.json("deliver", code=1)
    assert [each["agency"] for each in done["agencies"] if each["sink_problems"]] == [ADULTS.value]
    (waiting,) = desk.json("deliveries", "list", code=1)["deliveries"]
    assert (waiting["agency"], waiting["status"]) == (ADULTS.value, "pending")
    assert len(desk.children.texts()) == 1, "the other agency does not wait for it"
    desk.adults.folder.unlink()
    assert desk.json("deliveries", "retry")["delivered"] == 1


def test_check_looks_at_each_agencys_parts(desk: Desk) -> None:
    checked = desk.json("check")["checks"]
    for agency in (CHILDREN, ADULTS):
        own = {one["part"] for one in checked if one["agency"] == agency.value}
        assert own == {"ledger", "gateway audit", "exclusion list", "eligibility", "sources", "team names", "sinks"}
    assert {one["part"] for one in checked if one["agency"] is None} == {
        "keys",
        "gateway keys",
        "linkage epochs",
        "channel",
    }
    desk.settings_file.write_text(desk.settings_file.read_text().partition("[[agencies]]")[0] + one_team(desk))
    (keys,) = [one for one in desk.json("check")["checks"] if one["part"] == "keys"]
    assert f"enrolled and not in the settings: {ADULTS}" in keys["text"]


def one_team(desk: Desk) -> str:
    """The table of the first agency alone."""
    return "[[agencies]]" + desk.settings_file.read_text().split("[[agencies]]")[1]


def test_agencies_that_were_not_enrolled_have_no_keys(desk: Desk, tmp_path: Path) -> None:
    assert "ask the registrar for an invitation for all of them" in desk.json("keys", "new", code=2)["error"]
    (tmp_path / "keys" / "enrolment.public.json").unlink()
    assert "2 agencies need a signing key each" in desk.json("publish", code=2)["error"]
    checked = {one["part"]: one for one in desk.json("check", code=1)["checks"]}
    assert "2 agencies need a signing key each" in checked["keys"]["text"]


def test_an_agency_that_is_not_in_the_enrolment_is_named(desk: Desk) -> None:
    text = desk.settings_file.read_text()
    desk.settings_file.write_text(text.replace(f'id = "{ADULTS}"', 'id = "urn:patchwork:seaton:police"'))
    error = desk.json("publish", code=2)["error"]
    assert f"no signing key for urn:patchwork:seaton:police: it was enrolled for {CHILDREN}, {ADULTS}" in error


def test_the_keys_of_all_agencies_are_shown(desk: Desk) -> None:
    shown = desk.json("keys", "show")
    assert [each["agency"] for each in shown["agencies"]] == [CHILDREN.value, ADULTS.value]
    assert len({each["signing_key"] for each in shown["agencies"]}) == 2
    assert shown["enrolment_fingerprint"] == fingerprint(desk.keys)
    assert shown["enrolment_fingerprint"] in desk.run("keys", "show").output


def test_a_lost_reference_key_is_restored_and_never_made_anew(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "keys" / "reference-2.key").unlink()
    assert "reference-2.key is missing: restore it from the backup" in desk.json("publish", code=2)["error"]
    assert not (tmp_path / "keys" / "reference-2.key").exists()
