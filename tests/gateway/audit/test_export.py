"""The audit as a file: every line valid, nothing in it that can be erased here unless it is asked for, and written down as an event."""

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from gateway.audit.chain import GENESIS, chain_hash
from gateway.audit.event_ids import AUDIT_IDS
from gateway.audit.export import Export, Format, Period
from gateway.audit.recording import CATALOGUE, entry
from gateway.refused import Refused
from gateway.trust.operators import Office
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import GatewayId
from tests.builders import NOON

HOME = GatewayId("urn:patchwork:seaton:gateway")
SPECIMENS: dict[str, Any] = {"events": 0, "references": False, "alerts": 3, "attempt": 1}


@pytest.fixture
def filled(office: Office) -> Office:
    """One event of every kind there is, every field filled, a minute apart."""
    with office.store.write() as unit:
        for minute, (code, fields) in enumerate(CATALOGUE.items()):
            said = entry(code, "anna", **{name: SPECIMENS.get(name, f"urn:x:{name}/") for name in fields})
            unit.audit.append(NOON + timedelta(minutes=minute), said.code, said.actor, said.fields)
    return office


def exported(office: Office, folder: Path, format: Format, **options: Any) -> list[dict[str, Any]]:
    period = options.pop("period", Period())
    path = folder / f"{len(list(folder.iterdir()))}.out"
    done = Export(office.store, office.clock, HOME, Mode.TRIAL, format, **options).to_file(path, period)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert done.events == len(lines)
    return lines


def test_every_event_there_is_becomes_a_valid_audit_event(filled: Office, tmp_path: Path) -> None:
    for document in exported(filled, tmp_path, Format.FHIR, references=True):
        read = AuditEvent.model_validate(document)
        assert json.loads(read.model_dump_json()) == document
        assert document["subtype"][0]["code"] == str(AUDIT_IDS[document["subtype"][0]["display"]])


def test_an_event_says_who_did_what_when_and_with_what_outcome(filled: Office, tmp_path: Path) -> None:
    by_code = {each["subtype"][0]["display"]: each for each in exported(filled, tmp_path, Format.FHIR)}
    assert len(by_code) == len(CATALOGUE)
    sent, refused = by_code["alert-sent"], by_code["message-refused"]
    assert (sent["type"]["code"], sent["outcome"]) == ("disclose", "0")
    assert (refused["type"]["code"], refused["outcome"]) == ("receive", "4")
    assert by_code["alarm-raised"]["type"]["code"] == "110113"
    assert sent["agent"][0]["who"]["identifier"]["value"] == "anna"
    assert sent["source"]["observer"]["identifier"]["value"] == HOME.value
    names = {detail["type"] for detail in sent["entity"][0]["detail"]}
    rests_on = {"rules", "decided_by", "rule_set", "agreement", "agreement_version"}
    assert names == {"event", "level", "attempt", "hash"} | rests_on


@pytest.mark.parametrize("format", list(Format))
def test_what_can_be_erased_leaves_only_where_it_is_asked_for(filled: Office, tmp_path: Path, format: Format) -> None:
    without, with_them = (json.dumps(exported(filled, tmp_path, format, references=asked)) for asked in (False, True))
    for name in ("alert", "connection", "record", "case", "message", "about_agency"):
        assert f"urn:x:{name}/" not in without
        assert f"urn:x:{name}/" in with_them


def test_the_chain_can_be_followed_from_the_lines_alone(filled: Office, tmp_path: Path) -> None:
    previous = GENESIS
    for line in exported(filled, tmp_path, Format.JSONL):
        at = datetime.fromisoformat(line["at"])
        known = (line["seq"], at, line["code"], line["actor"], line["fields"], line["commitments"])
        assert (line["previous"], line["form"]) == (previous, 2)
        assert chain_hash(previous, *known) == line["hash"]
        previous = line["hash"]


def test_a_period_takes_in_its_beginning_and_not_its_end(filled: Office, tmp_path: Path) -> None:
    period = Period(NOON + timedelta(minutes=2), NOON + timedelta(minutes=4))
    assert [line["seq"] for line in exported(filled, tmp_path, Format.JSONL, period=period)] == [3, 4]
    assert exported(filled, tmp_path, Format.JSONL, period=Period(until=NOON)) == []


def test_an_export_is_an_event(filled: Office, tmp_path: Path) -> None:
    exported(filled, tmp_path, Format.FHIR, references=True)
    with filled.store.read() as unit:
        (event,) = unit.audit.events(len(CATALOGUE), 9)
    said = {"form": "fhir", "first": 1, "last": len(CATALOGUE), "events": len(CATALOGUE), "references": True}
    assert (event.code, event.actor, event.fields) == ("audit-exported", "local", said)


def test_a_file_is_its_owners_and_takes_no_others_place(filled: Office, tmp_path: Path) -> None:
    export = Export(filled.store, filled.clock, HOME, Mode.TRIAL, Format.JSONL)
    export.to_file(tmp_path / "audit.jsonl", Period())
    assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600
    before = (tmp_path / "audit.jsonl").read_bytes()
    with pytest.raises(Refused, match="exists already"):
        export.to_file(tmp_path / "audit.jsonl", Period())
    with pytest.raises(Refused, match="cannot be written"):
        export.to_file(tmp_path / "nowhere" / "audit.jsonl", Period())
    assert (tmp_path / "audit.jsonl").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()].count("audit.jsonl") == 1
    assert not list(tmp_path.glob(".*.part"))
