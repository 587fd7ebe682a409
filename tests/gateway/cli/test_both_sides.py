"""What an operator of a gateway with two sides types: what looks at everything shows both, what acts on one thing of a side says which."""

from pathlib import Path

import pytest

from gateway.app import opened_sides
from gateway.clock import SystemClock
from gateway.model.dead_letter import DeadLetter
from identity.agency.fingerprint import fingerprint
from identity.agency.keys import generate, save_public
from identity.agency.trust import Status
from mappings.canonical.receipt import Issue
from tests.builders import HOUSING, SCHOOL
from tests.gateway.cli.conftest import SECOND, SIGN, Patchwork

REASON = Issue("forbidden", "connector-not-live", "", "this connector is not live")
WHY = ("--reason", "as the test wants it")


@pytest.fixture
def school(live: Patchwork, tmp_path: Path) -> Patchwork:
    """A school in its trial and a housing service that is live."""
    for name, agency in (("school", SCHOOL), ("housing", HOUSING)):
        said = ("--name", name.title(), "--type", "school", "--organisation", "Seaton Council")
        assert live("agency", "add", agency, *said, *SIGN).status == 0
        keys = generate().public(name)
        save_public(tmp_path / f"{name}.json", keys)
        compared = ("--agency", agency, "--fingerprint", fingerprint(keys))
        assert live("connector", "add", f"{name}.json", *compared, *SIGN, *SECOND).status == 0
    assert live("connector", "go-live", "housing", *WHY, *SIGN, *SECOND).status == 0
    return live


def test_the_list_says_on_which_side_each_is(school: Patchwork) -> None:
    rows = school("connector", "list", "--json").json["connectors"]
    assert [(row["id"], row["status"], row["side"]) for row in rows] == [
        ("housing", "live", "live"),
        ("school", "approved", "trial"),
    ]
    assert "side: trial" in school("connector", "show", "school").out.splitlines()


def test_going_live_says_what_follows_and_gives_a_new_inbox(school: Patchwork, tmp_path: Path) -> None:
    before = school("connector", "show", "school", "--json").json["connector"]["inbox"]
    said = school("connector", "go-live", "school", *WHY, *SIGN, *SECOND).out
    assert "What it published on the trial side is taken back there" in said
    assert "patchwork-connector go-live" in said
    assert school("connector", "show", "school", "--json").json["connector"]["inbox"] != before
    with opened_sides(tmp_path / "gw" / "patchwork.toml") as sides, sides[1][1].store.read() as unit:
        assert {each.status for each in unit.copied.connectors()} == {Status.LIVE}


def test_a_trial_side_that_is_away_holds_up_nothing_on_the_live_one(school: Patchwork, tmp_path: Path) -> None:
    trial = tmp_path / "gw" / "patchwork-trial.db"
    trial.rename(tmp_path / "away.db")
    assert "side: live" in school("connector", "show", "housing").out.splitlines()
    stopped = school("connector", "suspend", "housing", *WHY, *SIGN)
    assert (stopped.status, "is now suspended. The trial side has not followed yet" in stopped.out) == (0, True)
    listed = school("connector", "list")
    assert (listed.status, "there is no database at" in listed.err) == (1, True)
    (tmp_path / "away.db").rename(trial)
    assert school("connector", "list").status == 0


def test_both_chains_and_both_databases_are_looked_at(school: Patchwork) -> None:
    verified = school("audit", "verify", "--json").json
    assert [(row["side"], row["intact"]) for row in verified["sides"]] == [("live", True), ("trial", True)]
    assert [line.split()[1] for line in school("audit", "verify").out.splitlines()] == ["live", "trial"]
    status = school("db", "status", "--json").json
    assert [(row["side"], row["current"]) for row in status["sides"]] == [("live", True), ("trial", True)]
    assert school("db", "upgrade").status == 0
    checks = {check["name"]: check["passed"] for check in school("check", "--json").json["checks"]}
    assert checks["trial store"]
    assert checks["sides"]


def test_a_chain_that_was_changed_on_either_side_is_found(school: Patchwork, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with opened_sides(tmp_path / "gw" / "patchwork.toml") as sides, sides[1][1].store.write() as unit:
        unit.audit.append(SystemClock().now(), "sweep-finished", "relay", {"people": 1, "alerts": 0})
    with closing(sqlite3.connect(tmp_path / "gw" / "patchwork-trial.db")) as database, database:
        database.execute("UPDATE audit_event SET actor = 'somebody'")
    verified = school("audit", "verify", "--json")
    assert (verified.status, verified.json["intact"]) == (1, False)
    assert [row["intact"] for row in verified.json["sides"]] == [True, False]
    assert "The trial side's chain is broken at event 1" in school("audit", "verify").out


def test_dead_letters_are_those_of_the_side_that_is_named(school: Patchwork, tmp_path: Path) -> None:
    with opened_sides(tmp_path / "gw" / "patchwork.toml") as sides:
        for number, (_, office) in enumerate(sides):
            with office.store.write() as unit:
                sealed = DeadLetter(0, SystemClock().now(), None, f"{number:064x}", b"sealed", (REASON,))
                unit.dead_letters.add(sealed)
    shown = [school("dead-letter", "show", "1", *side, "--json").json["dead_letter"] for side in ((), ("--trial",))]
    assert [letter["digest"][-1] for letter in shown] == ["0", "1"]
    assert school("dead-letter", "check", "1", "--trial").status == 1
    assert school("dead-letter", "discard", "1", "--trial", *WHY, *SIGN).status == 0
    states = [
        school("dead-letter", "list", *side, "--json").json["dead_letters"][0]["state"] for side in ((), ("--trial",))
    ]
    assert states == ["waits", "discarded"]
    replayed = school("dead-letter", "replay", "1", "--json", *SIGN)
    assert (replayed.status, replayed.json["replayed"][0]["outcome"]) == (1, "refused")


def test_a_gateway_with_one_side_says_so(ready: Patchwork) -> None:
    refused = ready("dead-letter", "list", "--trial")
    assert refused.status == 1
    assert "this gateway has one side, which is trial: leave --trial out" in refused.err


def test_an_invitation_to_a_gateway_with_both_begins_with_a_trial(live: Patchwork) -> None:
    from identity.agency.invitation_token import read

    said = ("--name", "School", "--type", "school", "--organisation", "Seaton Council")
    assert live("agency", "add", SCHOOL, *said, *SIGN).status == 0
    made = live(
        "connector", "invite", SCHOOL, "--connector", "school-1", "--url", "http://127.0.0.1:8440", "--json", *SIGN
    )
    assert read(made.json["token"]).mode.value == "trial"


def test_a_live_gateway_without_a_trial_side_says_that_there_is_no_trial_and_what_to_set(
    live: Patchwork, tmp_path: Path
) -> None:
    settings = tmp_path / "gw" / "patchwork.toml"
    kept = [line for line in settings.read_text().splitlines() if not line.startswith("trial_")]
    settings.write_text("\n".join(kept))
    said = ("--name", "School", "--type", "school", "--organisation", "Seaton Council")
    assert live("agency", "add", SCHOOL, *said, *SIGN).status == 0
    keys = generate().public("school")
    save_public(tmp_path / "school.json", keys)
    compared = ("--agency", SCHOOL, "--fingerprint", fingerprint(keys))
    added = live("connector", "add", "school.json", *compared, *SIGN, *SECOND)
    assert added.status == 0
    assert "has no trial side" in added.out
    assert "set trial_database_url" in added.out
    # What init made for the trial side is gone with its settings: nothing rests on it yet.
    for path in ((tmp_path / "gw").glob("patchwork-trial.db*"), (tmp_path / "gw" / "secrets").glob("trial-*")):
        for each in path:
            each.unlink()
    assert live("gateway", "add-trial-side").status == 0
    rows = live("connector", "list", "--json").json["connectors"]
    assert [(row["id"], row["side"]) for row in rows] == [("school", "trial")]
    assert live("check").status == 0
    again = live("gateway", "add-trial-side")
    assert (again.status, "has a trial side already" in again.err) == (1, True)


def test_a_trial_gateway_is_given_no_trial_side(ready: Patchwork) -> None:
    refused = ready("gateway", "add-trial-side")
    assert (refused.status, "is a trial itself" in refused.err) == (1, True)
