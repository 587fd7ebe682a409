"""The commands as an agency's administrator uses them: from an empty folder to a delivered alert, and every mistake on the way."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app
from connectors.channel.memory import MemoryBroker
from connectors.channel.port import ChannelDown
from connectors.channel.topology import new_inbox_name
from connectors.enrolment.office import SealedEpoch, Standing
from connectors.keys import following
from connectors.reading.lineage import digest_of
from connectors.running.assembly import Connector
from identity.agency.keys import generate, load_public, save_public
from identity.agency.private_file import write_public
from identity.agency.succession import issue
from identity.agency.trust import Status
from identity.custody import folder as keyholder_folder
from identity.custody.epoch import new_epoch
from identity.custody.epoch_word import EpochWord
from identity.custody.epoch_word import issue as issue_word
from identity.custody.sealed_epoch import seal
from mappings.canonical.codes import Mode, NoticeEvent
from mappings.canonical.identifiers import ConnectorId
from tests.counterparts import SEATON, ScriptedGateway, an_alert, by_event

HOUSING = ConnectorId("seaton-housing")
SETTINGS = """
connector = "seaton-housing"
partnership = "seaton"
mode = "trial"
home_gateway = "urn:patchwork:seaton:gateway"
exclusions = "exclusions.txt"

[agency]
id = "urn:patchwork:seaton:housing"
name = "Seaton Housing"
service = "housing"
sensitivity = "standard"
legal_basis = "children-act-2004-s10"
phone = "01632 960010"

[agreement]
id = "seaton-children"
version = 1

[[sources]]
name = "tenancies"
preset = "generic_agency_csv"
path = "export.csv"
as_of = 2026-03-02

[[sinks]]
kind = "folder"
path = "alerts"

[channel]
kind = "https"
url = "https://gateway.seaton.example"
"""
HEADINGS = (
    "Local ID,First Name,Last Name,Date of Birth,NHS No,Address,Postcode,Name of housing officer,"
    "Service Event Desc,Service Event Start,Service Event End"
)


def row(number: int, officer: str = "Karen Priest") -> str:
    """One tenancy."""
    return f'H-{number},Orla{number},Testcase{number},06/05/2014,,"{number} Example Row",ZZ1 1AA,{officer},Tenancy,11/04/2019,'


@dataclass
class Housing:
    """The folder of one connector, and the gateway at the other end."""

    folder: Path
    gateway: ScriptedGateway
    successions: tuple[bytes, ...] = ()
    epochs: tuple[SealedEpoch, ...] = ()
    away: bool = False

    def status(self) -> Standing:
        """What the gateway says of itself over HTTPS."""
        if self.away:
            raise ChannelDown("the gateway cannot be reached")
        return Standing(Status.LIVE, self.gateway.public, None, epochs=self.epochs, successions=self.successions)

    def close(self) -> None:
        """Nothing is open."""

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--settings", str(self.folder / "connector.toml")])

    def json(self, *arguments: str, code: int = 0) -> dict[str, object]:
        """The answer as JSON, with that exit code."""
        result = self(*arguments, "--json")
        assert result.exit_code == code, result.output
        found: dict[str, object] = json.loads(result.stdout)
        return found

    def export(self, *rows: str) -> None:
        """Replace the export."""
        (self.folder / "export.csv").write_text("\n".join([HEADINGS, *rows]) + "\n")


@pytest.fixture
def housing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Housing:
    """Set up as the installation guide says, but for a memory channel in the place of the network."""
    (tmp_path / "connector.toml").write_text(SETTINGS)
    (tmp_path / "exclusions.txt").write_text("")
    broker, inbox = MemoryBroker(), new_inbox_name(HOUSING)
    gateway = ScriptedGateway(broker, HOUSING, inbox, lambda: datetime.now(UTC))
    save_public(tmp_path / "gateway.public.json", gateway.public)
    monkeypatch.setattr(Connector, "channel", property(lambda self: broker.connector_end(HOUSING, inbox)))
    made = Housing(tmp_path, gateway)
    monkeypatch.setattr(following, "EnrolmentOffice", lambda *_: made)
    made.export(row(1), row(2))
    return made


def set_up(housing: Housing) -> None:
    """Keys and an epoch."""
    assert housing("keys", "new").exit_code == 0
    housing.gateway.trust(load_public(housing.folder / "keys" / "public.json"))
    place = housing.folder / "keyholder"
    signer = keyholder_folder.make(place)
    write_public(housing.folder / "keyholder.public.json", json.dumps(signer.public.to_jwk()).encode())
    sealed = seal(new_epoch(SEATON, Mode.TRIAL), load_public(housing.folder / "keys" / "public.json"), signer)
    (housing.folder / "epoch.jwe").write_bytes(sealed)
    result = CliRunner().invoke(
        app, ["epoch", "install", str(housing.folder / "epoch.jwe"), "-s", str(housing.folder / "connector.toml")]
    )
    assert result.exit_code == 0, result.output


def test_the_whole_way_from_an_empty_folder_to_a_delivered_alert(housing: Housing) -> None:
    set_up(housing)
    assert housing("check").exit_code == 0, housing("check").output
    published = housing.json("publish")
    assert published["published"]["sources"][0]["changes"] == {"involvement-started": 2}  # type: ignore[index]
    housing.gateway.take()
    assert by_event(housing.gateway.notices) == {NoticeEvent.STARTED: 2}
    assert housing.json("deliver")["parcels"] == {"receipt, accepted": 2}
    assert housing.json("outbox", "list")["counts"] == {"settled": 2}

    notice = housing.gateway.notices[0]
    housing.gateway.send_alerts(an_alert(notice.agency, notice.person_ref, notice.involvement_ref, datetime.now(UTC)))
    assert housing.json("deliver")["delivered"] == {"connection-made": 1}
    assert len(list((housing.folder / "alerts").glob("*.txt"))) == 2
    assert "Karen Priest" in (housing.folder / "alerts" / "worklist.txt").read_text()
    assert len(housing.json("worklist")["connections"]) == 1  # type: ignore[arg-type]
    housing.gateway.take()
    assert len(housing.gateway.receipts) == 1


def test_who_is_rung_finds_their_own_client_by_the_reference_that_is_said(housing: Housing) -> None:
    set_up(housing)
    housing.json("publish")
    housing.gateway.take()
    notice = housing.gateway.notices[0]
    alert = an_alert(notice.agency, notice.person_ref, notice.involvement_ref, datetime.now(UTC))
    housing.gateway.send_alerts(alert)
    housing.json("deliver")
    said = alert.spoken_reference.value
    for spelt in (said, said.lower().replace("-", " "), said.replace("-", "")):
        (found,) = housing.json("connection", spelt)["connections"]  # type: ignore[misc]
        assert (found["reference"], found["our_worker"]) == (said, "Karen Priest")
    assert "Karen Priest" in housing("connection", said).stdout
    assert housing.json("connection", "222-222", code=1) == {"connections": []}
    assert "nothing should be said about anybody" in housing("connection", "222-222").stdout
    assert "such as K7P-4QX" in str(housing.json("connection", "K7P", code=2)["error"])


def test_the_gateways_rotation_is_followed_before_anything_is_opened(housing: Housing) -> None:
    set_up(housing)
    old, new = housing.gateway.keys, generate()
    housing.json("publish")
    housing.gateway.take()
    housing.successions = (issue(old.signing, new.public("gateway"), datetime.now(UTC)),)
    housing.gateway.keys = new
    notice = housing.gateway.notices[0]
    housing.gateway.send_alerts(an_alert(notice.agency, notice.person_ref, notice.involvement_ref, datetime.now(UTC)))
    done = housing.json("deliver")
    assert done["delivered"] == {"connection-made": 1}
    assert "dead letter" not in done["parcels"]  # type: ignore[operator]
    assert load_public(housing.folder / "gateway.public.json") == new.public("gateway")


def test_a_gateway_that_is_away_does_not_keep_a_connector_from_delivering(housing: Housing) -> None:
    set_up(housing)
    housing.json("publish")
    housing.gateway.take()
    housing.away = True
    result = housing("deliver", "--json")
    assert (result.exit_code, "Asked how this connector stands" in result.stderr) == (0, True)
    assert json.loads(result.stdout)["parcels"] == {"receipt, accepted": 2}


def test_a_succession_is_brought_by_hand(housing: Housing) -> None:
    set_up(housing)
    old, new, word = housing.gateway.keys, generate(), housing.folder / "gateway-succession.jws"
    word.write_bytes(issue(old.signing, new.public("gateway"), datetime.now(UTC)))
    both = sorted(key.signing.id.value for key in (old, new))
    learnt = housing.json("keys", "gateway", str(word))
    assert (learnt["changed"], sorted(learnt["believed"])) == (True, both)  # type: ignore[call-overload]
    assert load_public(housing.folder / "gateway.public.json") == old.public("gateway")
    finished = housing.json("keys", "gateway", str(word), "--finished")
    assert (finished["changed"], sorted(finished["believed"])) == (True, both)  # type: ignore[call-overload]
    assert load_public(housing.folder / "gateway.public.json") == new.public("gateway")
    word.write_bytes(issue(generate().signing, old.public("gateway"), datetime.now(UTC)))
    assert "not signed by the key" in housing.json("keys", "gateway", str(word), code=2)["error"]  # type: ignore[operator]


def test_a_mass_vanishing_is_held_listed_and_released(housing: Housing) -> None:
    set_up(housing)
    housing.export(*[row(number) for number in range(1, 13)])
    housing.json("publish")
    housing.export(row(1))
    report = housing.json("publish", code=1)
    number = report["published"]["sources"][0]["held"]  # type: ignore[index]
    assert number
    [held] = housing.json("held", "list", code=1)["held"]  # type: ignore[misc]
    assert held["leaving"] == 11
    assert housing("held", "release", "999").exit_code == 2
    released = housing.json("held", "release", str(number))
    assert released["released"]["changes"]["involvement-ended"] == 11  # type: ignore[index]
    assert housing.json("held", "list") == {"held": []}


def test_a_refused_notice_is_listed_shown_and_retried(housing: Housing) -> None:
    from mappings.canonical.receipt import Issue

    set_up(housing)
    issue = Issue(
        "business-rule", "no-agreement", "CareTeam", "no agreement is in force; ask the partnership's manager"
    )
    housing.gateway.refuses = lambda notice: (issue,)
    housing.json("publish")
    housing.gateway.take()
    housing.json("deliver")
    listed = housing.json("outbox", "list", "--status", "refused", code=1)["messages"]
    assert len(listed) == 2  # type: ignore[arg-type]
    shown = housing("outbox", "show", listed[0]["id"])  # type: ignore[index]
    assert "no agreement is in force" in shown.output
    housing.gateway.refuses = lambda notice: ()
    assert housing.json("outbox", "retry")["retried"] == 2
    housing.gateway.take()
    assert len(housing.gateway.live()) == 2


def test_resync_states_everything(housing: Housing) -> None:
    set_up(housing)
    housing.json("publish")
    housing.gateway.take()
    housing.json("deliver")
    assert housing.json("resync")["statements"] == 1
    housing.gateway.take()
    assert len(housing.gateway.statements[0].entries) == 2


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("before keys", "keys new"),
        ("no epoch", "epoch install"),
        ("no gateway key", "gateway.public.json"),
        ("readable key", "chmod 600"),
        ("no exclusions", "exclusion list"),
    ],
)
def test_what_is_missing_is_one_sentence_with_the_way_out(housing: Housing, damage: str, words: str) -> None:
    if damage != "before keys":
        set_up(housing)
    if damage == "no epoch":
        next((housing.folder / "epochs").iterdir()).unlink()
    if damage == "no gateway key":
        (housing.folder / "gateway.public.json").unlink()
    if damage == "readable key":
        (housing.folder / "keys" / "signing.jwk").chmod(0o644)
    if damage == "no exclusions":
        (housing.folder / "exclusions.txt").unlink()
    result = housing("publish")
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_missing_export_is_named_and_the_rest_goes_on(housing: Housing) -> None:
    set_up(housing)
    (housing.folder / "export.csv").unlink()
    result = housing("publish")
    assert result.exit_code == 1
    assert "export.csv does not exist" in result.output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("mode =", "moed ="), "did you mean 'mode'"),
        (('url = "https', 'ulr = "https'), "channel.ulr: there is no such key; did you mean 'url'"),
        (('service = "housing"', 'service = "houses"'), "agency.service"),
        (('connector = "seaton-housing"', 'connector = "Seaton Housing"'), "not a valid connector id"),
        (("[[sources]]", "[[source"), "not TOML"),
        (('kind = "https"', 'kind = "pigeon"'), "channel"),
    ],
)
def test_a_mistake_in_the_settings_is_named(housing: Housing, change: tuple[str, str], words: str) -> None:
    (housing.folder / "connector.toml").write_text(SETTINGS.replace(*change))
    result = housing("publish")
    assert result.exit_code == 2
    assert words in result.output


def test_check_shows_what_fails_and_masks_what_is_secret(housing: Housing) -> None:
    settings = SETTINGS.replace('url = "https', 'proxy = "http://user:hunter2@proxy.example"\nurl = "https')
    (housing.folder / "connector.toml").write_text(settings)
    result = housing("check")
    assert result.exit_code == 1
    assert "FAIL  keys" in result.output
    assert "hunter2" not in result.output


def test_check_names_the_teams_that_others_are_shown_as_the_agency(housing: Housing) -> None:
    set_up(housing)
    (named,) = [part["text"] for part in housing.json("check")["checks"] if part["part"] == "team names"]  # type: ignore[attr-defined]
    assert "1 have no display name, and are shown as 'Seaton Housing': 'Tenancy' (2)" in named
    settings = SETTINGS.replace('phone = "01632 960010"', 'teams = { tenancy = "Tenancy team" }')
    (housing.folder / "connector.toml").write_text(settings)
    (named,) = [part["text"] for part in housing.json("check")["checks"] if part["part"] == "team names"]  # type: ignore[attr-defined]
    assert named.startswith("every team that the sources name has a display name; the agency has no general phone")


def test_an_epoch_from_somebody_else_is_not_installed(housing: Housing) -> None:
    set_up(housing)
    stranger = keyholder_folder.make(housing.folder / "stranger")
    ours = load_public(housing.folder / "keys" / "public.json")
    (housing.folder / "bad.jwe").write_bytes(seal(new_epoch(SEATON, Mode.TRIAL), ours, stranger))
    result = CliRunner().invoke(
        app, ["epoch", "install", str(housing.folder / "bad.jwe"), "-s", str(housing.folder / "connector.toml")]
    )
    assert result.exit_code == 2
    assert len(list((housing.folder / "epochs").iterdir())) == 1


def test_help_loads_nothing_heavy_so_that_it_answers_at_once() -> None:
    code = "import sys, connectors.__main__ as m\ntry: m.app(['--help'])\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("fhir.resources", "httpx2", "pydantic", "sqlalchemy", "cryptography", "sqlite3", "gateway"):
        assert f"'{heavy}'" not in done.stdout


def test_run_reacts_to_a_new_export_and_stops_when_told(housing: Housing) -> None:
    """A real process, with nobody at the other end: it reads the export, keeps the notices, and ends cleanly on SIGTERM."""
    set_up(housing)
    settings = (
        SETTINGS.replace("https://gateway.seaton.example", "http://127.0.0.1:9")
        + "\n[publishing]\npoll_seconds = 0.1\n"
    )
    (housing.folder / "connector.toml").write_text(settings)
    command = [sys.executable, "-m", "connectors", "run", "--settings", str(housing.folder / "connector.toml")]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(json.loads(line))
        if lines[-1]["event"] == "not sent":
            break
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    published = next(line for line in lines if line["event"] == "published")
    assert (published["source"], published["changes"]) == ("tenancies", {"involvement-started": 2})
    assert "Testcase" not in str(lines) + rest
    assert housing.json("outbox", "list")["counts"] == {"pending": 2}


def test_publishing_comes_to_a_new_epoch_and_the_keyholders_word_retires_the_old_one_by_hand(housing: Housing) -> None:
    set_up(housing)
    housing.json("publish")
    signer = keyholder_folder.signing_key(housing.folder / "keyholder")
    following_epoch = new_epoch(SEATON, Mode.TRIAL)
    public = load_public(housing.folder / "keys" / "public.json")
    housing.epochs = (SealedEpoch(following_epoch.id, seal(following_epoch, public, signer)),)
    assert housing.json("publish")["published"]["sent_again"] == 2  # type: ignore[index]
    housing.gateway.take()
    (both,) = {tuple(sorted(each.epoch for each in notice.evidence)) for notice in housing.gateway.held.values()}
    (old,) = set(both) - {following_epoch.id}
    word = EpochWord(SEATON, Mode.TRIAL, 1, (following_epoch.id,), (old,), datetime.now(UTC))
    path = housing.folder / "epochs-word.jws"
    path.write_bytes(issue_word(word, signer))
    assert housing.json("epoch", "follow", str(path)) == {"changed": True, "retired": [old]}
    assert housing.json("publish")["published"]["sent_again"] == 0  # type: ignore[index]
    path.write_bytes(issue_word(word, generate().signing))
    assert "signed by the keyholder" in str(housing.json("epoch", "follow", str(path), code=2)["error"])


def archiving(housing: Housing, archive: str = "done", preset: str = "generic_agency_csv") -> None:
    """Let the export be put away once it was published."""
    settings = housing.folder / "connector.toml"
    said = settings.read_text().replace('path = "export.csv"\n', f'path = "export.csv"\narchive = "{archive}"\n')
    settings.write_text(said.replace('"generic_agency_csv"', f'"{preset}"'))


def test_an_export_is_put_away_once_it_was_published_and_missed_by_nobody(housing: Housing) -> None:
    set_up(housing)
    archiving(housing)

    first = housing.json("publish")["published"]["sources"]  # type: ignore[index]
    again = housing.json("publish")["published"]["sources"]  # type: ignore[index]

    assert first[0]["changes"] == {"involvement-started": 2}
    assert again == []
    (archived,) = (housing.folder / "done").glob("*/*")
    assert first[0]["digest"] == digest_of(archived)
    assert not (housing.folder / "export.csv").exists()
    assert [path.name for path in (housing.folder / "done").glob("*/*")] == ["export.csv"]


def test_an_export_that_was_not_published_stays_where_it_is(housing: Housing) -> None:
    set_up(housing)
    archiving(housing)
    (housing.folder / "export.csv").write_text("Dog\nRex\n")

    assert housing.json("publish", code=1)["published"]["sources"][0]["problem"]  # type: ignore[index]
    assert (housing.folder / "export.csv").exists()
    assert not (housing.folder / "done").exists()


def test_events_are_not_put_away_one_by_one(housing: Housing) -> None:
    set_up(housing)
    archiving(housing, preset="hl7v2_adt_uk")

    problem = housing.json("publish", code=1)["published"]["sources"][0]["problem"]  # type: ignore[index]

    assert "take archive out of the settings" in problem


def test_the_agencys_own_presets_go_before_the_shipped_ones(housing: Housing) -> None:
    set_up(housing)
    settings = housing.folder / "connector.toml"
    said = settings.read_text().replace('name = "Seaton Housing"\n', 'name = "Seaton Housing"\npresets = "presets"\n')
    settings.write_text(said.replace('preset = "generic_agency_csv"\n', ""))
    housing.export(row(1))
    export = housing.folder / "export.csv"
    export.write_text(export.read_text().replace("Name of housing officer", "Patch"))
    (housing.folder / "presets").mkdir()
    assert "'Patch'" in housing.json("publish", code=1)["published"]["sources"][0]["problem"]  # type: ignore[index]
    (housing.folder / "presets" / "patches.yaml").write_text(
        "extends: generic_agency_csv\nmap: {files: {involvements: {columns: {worker: [Patch]}}}}\n"
    )

    assert housing.json("publish")["published"]["sources"][0]["changes"] == {"involvement-started": 1}  # type: ignore[index]


def test_a_client_of_whom_neither_name_nor_number_is_known_is_not_published(housing: Housing) -> None:
    set_up(housing)
    settings = housing.folder / "connector.toml"
    settings.write_text(settings.read_text().replace('"generic_agency_csv"', '"ssda903"'))
    table = "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON\n71,15/01/2012,SW100777,02/06/2025,,MANAGE\n"
    (housing.folder / "export.csv").write_text(table)

    thin = housing.json("publish")["published"]["sources"][0]  # type: ignore[index]
    (housing.folder / "people.csv").write_text(
        "Person id,Surname,Forename,Date of birth\n71,Testcase,Orla,15/01/2012\n"
    )
    known = housing.json("publish")["published"]["sources"][0]  # type: ignore[index]

    assert (thin["changes"], thin["skipped"]) == ({}, {"not-enough-identity": 1})
    assert known["changes"] == {"involvement-started": 1}
