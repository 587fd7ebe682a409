"""The FHIR server as a source: whole readings or none, whatever the server does."""

import copy
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sources.fhir_client import FhirAccess
from connectors.sources.fhir_server import FhirServerSource
from connectors.sources.port import Coverage, Merged, Parted, Reading, SourceUnreadable, Withdrawn
from connectors.sources.watermark import Watermark, read
from mappings.canonical.codes import Mode
from mappings.preset import load_preset
from tests.connectors.sources.agencies import DEFAULTS, involvements, problems
from tests.connectors.sources.fhir_place import FhirPlace, Scripted
from tests.connectors.sources.test_fhir_bundle import PATIENT, VISITOR, episode, team
from tests.gateway.broker.certificates import Authority

NOW = datetime(2025, 11, 1, 9, 0, tzinfo=UTC)
OLD, NEW = {"lastUpdated": "2025-01-01T00:00:00Z"}, {"lastUpdated": "2999-01-01T00:00:00Z"}


@pytest.fixture
def place() -> Iterator[FhirPlace]:
    place = FhirPlace(copy.deepcopy(PATIENT), copy.deepcopy(VISITOR), team())
    yield place
    place.close()


def source(
    place: FhirPlace, since: Watermark | None = None, access: dict[str, Any] | None = None, **said: Any
) -> FhirServerSource:
    reached = FhirAccess(**({"url": place.url, "answer_timeout": 5.0} | (access or {})))
    return FhirServerSource(
        "ehr", reached, load_preset("fhir_r4_ukcore"), DEFAULTS, Mode.TRIAL, lambda: NOW, since, **said
    )


def readings(place: FhirPlace, since: Watermark | None = None, **said: Any) -> tuple[Coverage, list[Reading]]:
    opened = source(place, since, **said)
    return opened.snapshot().coverage, list(opened.readings())


def after(place: FhirPlace) -> Watermark:
    """Where a reading of everything gets to."""
    opened = source(place)
    opened.snapshot()
    return opened.reached()


def paged(path: str) -> bool:
    return "at=" in path


def test_everything_is_read_with_the_people_it_refers_to(place: FhirPlace) -> None:
    coverage, found = readings(place)
    assert coverage is Coverage.FULL
    (one,) = involvements(found)
    assert (one.worker, one.team, one.person.local_id) == ("Helen Marsh", "Health Visiting West", "CH-1")


def test_what_is_looked_up_of_a_client_stands_in_no_address(place: FhirPlace) -> None:
    readings(place)
    assert not [path for _, path, _ in place.asked if "p1" in path or "CH-1" in path]
    assert ("POST", "/fhir/Patient/_search", "_id=p1&_count=200") in place.asked


def test_page_after_page(place: FhirPlace) -> None:
    place.records += [team(id=f"t{n}") for n in range(2, 8)]
    coverage, found = readings(place, page_size=2)
    assert coverage is Coverage.FULL
    assert len(involvements(found)) == 7
    assert sum(paged(path) for _, path, _ in place.asked) == 3


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Practitioner/hv"},
        {"reference": "Practitioner/hv/_history/3"},
        {"reference": "{base}/Practitioner/hv"},
        {"reference": "#hv"},
        {"identifier": {"system": "urn:x:staff", "value": "S,1"}, "type": "Practitioner"},
        {"reference": "Practitioner?identifier=urn:x:staff|S,1"},
        {"identifier": {"value": "S-2"}, "type": "Practitioner", "display": "Helen Marsh"},
    ],
    ids=[
        "relative",
        "with a version",
        "absolute",
        "contained",
        "identifier only",
        "conditional",
        "identifier and display",
    ],
)
def test_every_kind_of_reference(place: FhirPlace, reference: dict[str, Any]) -> None:
    member = {
        name: value.replace("{base}", place.url) if isinstance(value, str) else value
        for name, value in reference.items()
    }
    place.records[1]["identifier"] = [{"system": "urn:x:staff", "value": "S,1"}]
    place.records[2] = team(participant=[{"member": member}], contained=[VISITOR])
    _, found = readings(place)
    assert [one.worker for one in involvements(found)] == ["Helen Marsh"]


def test_a_urn_that_a_server_keeps_as_fullurl_is_followed(place: FhirPlace) -> None:
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": VISITOR, "search": {"mode": "include"}},
        {"resource": team(participant=[{"member": {"reference": "urn:uuid:1"}}]), "search": {"mode": "match"}},
    ]
    page = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entries}
    place.script = lambda path, _: Scripted(document=page) if path.startswith("/fhir/CareTeam?") else None
    assert [one.worker for one in involvements(readings(place)[1])] == ["Helen Marsh"]


def test_a_patient_that_is_not_to_be_had_is_named_and_nothing_else_suffers(place: FhirPlace) -> None:
    place.records.append(team(id="t2", subject={"reference": "Patient/p9"}))
    _, found = readings(place)
    assert len(involvements(found)) == 1
    assert "leads to nothing" in problems(found)[0]


def test_the_next_reading_is_of_what_changed(place: FhirPlace) -> None:
    place.records[2]["meta"] = OLD
    place.records.append(team(id="t2", meta=NEW))
    coverage, found = readings(place, after(place))
    assert coverage is Coverage.PARTIAL
    assert [one.local_id for one in involvements(found)] == ["CareTeam/t2"]


def test_a_patient_that_changed_brings_its_involvements(place: FhirPlace) -> None:
    """Else a client who becomes restricted would stay published until the next reading of everything."""
    place.records[2]["meta"] = OLD
    since = after(place)
    place.records[0]["meta"] = {**NEW, "security": [{"code": "R"}]}
    _, found = readings(place, since)
    assert [getattr(one, "reason", "") for one in found] == ["excluded"]


def test_a_merge_is_read_from_what_changed(place: FhirPlace) -> None:
    since = after(place)
    gone = {**copy.deepcopy(PATIENT), "id": "p0", "identifier": [{"system": "urn:x:mrn", "value": "CH-0"}], "meta": NEW}
    place.records.append({**gone, "link": [{"type": "replaced-by", "other": {"reference": "Patient/p1"}}]})
    _, found = readings(place, since)
    assert [(one.superseded, one.surviving) for one in found if isinstance(one, Merged)] == [("CH-0", "CH-1")]
    assert [one.local_id for one in found if isinstance(one, Parted)] == ["CH-1"]


def test_recorded_in_error_is_withdrawn(place: FhirPlace) -> None:
    place.records[2]["status"] = "entered-in-error"
    assert [type(one) for one in readings(place)[1] if isinstance(one, Withdrawn)] == [Withdrawn]


@pytest.mark.parametrize("late", [timedelta(hours=24), timedelta(days=9)])
def test_now_and_then_everything_is_read_again(place: FhirPlace, late: timedelta) -> None:
    since = replace(after(place), full_at=NOW - late)
    assert readings(place, since)[0] is Coverage.FULL


def test_other_settings_begin_anew(place: FhirPlace) -> None:
    assert readings(place, after(place), types=("CareTeam",))[0] is Coverage.FULL


def test_the_watermark_is_the_servers_clock_a_little_before(place: FhirPlace) -> None:
    place.now = lambda: NOW + timedelta(days=2)
    reached = after(place)
    assert reached.reached == "2025-11-03T08:55:00Z"
    assert read(reached.write()) == reached


def test_a_server_that_is_ahead_makes_no_day_that_has_not_come(place: FhirPlace) -> None:
    place.now = lambda: NOW + timedelta(days=2)
    assert source(place).snapshot().as_of == NOW.date()


def test_relatives_only_where_they_are_asked_for(place: FhirPlace) -> None:
    place.records.append(
        {
            "resourceType": "RelatedPerson", "id": "r1", "active": True, "patient": {"reference": "Patient/p1"},
            "relationship": [{"coding": [{"code": "MTH"}]}], "name": [{"family": "O'Neill", "given": ["Siobhan"]}],
            "birthDate": "1984-01-01",
        }
    )  # fmt: skip
    assert involvements(readings(place)[1])[0].relations == ()
    assert len(involvements(readings(place, relatives=True)[1])[0].relations) == 1


class TestWhatGoesWrong:
    """A reading that breaks off is none: nothing of it may be taken for everything."""

    @pytest.mark.parametrize(
        "scripted",
        [
            Scripted(500),
            Scripted(401),
            Scripted(404),
            Scripted(302, headers={"location": "http://127.0.0.1:9/fhir"}),
            Scripted(raw=b"<html>"),
            Scripted(raw=b"{" * 100_000),
            Scripted(document={"resourceType": "OperationOutcome"}),
            Scripted(document={"resourceType": "Bundle", "type": "collection"}),
            Scripted(document={"resourceType": "Bundle", "type": "searchset", "entry": ["x"]}),
            Scripted(headers={"content-encoding": "gzip"}, raw=b"x"),
            Scripted(429, headers={"retry-after": "86400"}),
        ],
        ids=[
            "500",
            "401",
            "404",
            "redirect",
            "no JSON",
            "deep",
            "outcome",
            "no searchset",
            "no entry",
            "gzip",
            "wait a day",
        ],
    )
    def test_on_the_second_page(self, place: FhirPlace, scripted: Scripted) -> None:
        place.records += [team(id=f"t{n}") for n in range(2, 8)]
        place.script = lambda path, _: scripted if paged(path) else None
        with pytest.raises(SourceUnreadable, match=r"^ehr: ") as caught:
            source(place, page_size=2).snapshot()
        assert "CH-1" not in str(caught.value)

    def test_a_server_that_is_not_there(self, place: FhirPlace) -> None:
        place.close()
        with pytest.raises(SourceUnreadable, match="cannot be read"):
            source(place).snapshot()

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:9/fhir/CareTeam?at=2", "//other.example/x", "https://127.0.0.1/x", "ftp://x"]
    )
    def test_a_next_page_on_another_host_is_not_followed(self, place: FhirPlace, url: str) -> None:
        page = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": url}]}
        place.script = lambda path, _: Scripted(document=page) if "CareTeam" in path else None
        with pytest.raises(SourceUnreadable, match="another host"):
            source(place).snapshot()

    def test_pages_without_end(self, place: FhirPlace) -> None:
        link = [{"relation": "next", "url": f"{place.url}/CareTeam?at=1"}]
        page = {"resourceType": "Bundle", "type": "searchset", "link": link}
        place.script = lambda path, _: Scripted(document=page) if "CareTeam" in path else None
        with pytest.raises(SourceUnreadable, match="no end"):
            source(place).snapshot()

    @pytest.mark.parametrize("version", ["3.0.2", "5.0.0", "1.0.2"])
    def test_another_version_is_refused_by_name(self, place: FhirPlace, version: str) -> None:
        place.version = version
        with pytest.raises(SourceUnreadable, match=f"speaks FHIR {version}, and only R4"):
            source(place).snapshot()

    def test_something_else_than_a_fhir_server(self, place: FhirPlace) -> None:
        place.script = lambda _path, _body: Scripted(document={"hello": "world"})
        with pytest.raises(SourceUnreadable, match="no FHIR server"):
            source(place).tried()

    def test_larger_than_the_preset_allows(self, place: FhirPlace) -> None:
        place.script = lambda path, _: Scripted(raw=b" " * 70_000_000) if "CareTeam" in path else None
        with pytest.raises(SourceUnreadable, match="larger than 64 MB"):
            source(place).snapshot()

    def test_longer_than_a_reading_may_take(self, place: FhirPlace) -> None:
        with pytest.raises(SourceUnreadable, match="longer than 0 seconds; nothing of it is used"):
            source(place, access={"longest_reading": 0.0}).snapshot()

    def test_a_record_that_slips_between_two_pages_is_noticed(self, place: FhirPlace) -> None:
        """The list got shorter while its pages were turned, so one that is still there was on neither."""
        place.records += [team(id=f"t{n}") for n in range(2, 7)]

        def shorter(path: str, _: str) -> None:
            if paged(path) and len(place.records) == 8:
                del place.records[2]

        place.script = shorter  # type: ignore[assignment]
        coverage, found = readings(place, page_size=2, types=("CareTeam",))
        assert coverage is Coverage.FULL
        assert sorted(one.local_id for one in involvements(found)) == [f"CareTeam/t{n}" for n in range(2, 7)]

    def test_a_list_that_never_holds_still_is_given_up(self, place: FhirPlace) -> None:
        place.total = 99
        with pytest.raises(SourceUnreadable, match="changed or expired while it was read, 3 times"):
            source(place).snapshot()


class TestWhatPasses:
    """What a server may well do, and is waited for."""

    def test_busy_for_a_while(self, place: FhirPlace) -> None:
        busy = [Scripted(429, headers={"retry-after": "0"}), Scripted(503, headers={"retry-after": "0"})]
        place.script = lambda path, _: busy.pop() if "CareTeam" in path and busy else None
        assert len(involvements(readings(place)[1])) == 1

    def test_busy_for_ever(self, place: FhirPlace) -> None:
        place.script = lambda _path, _body: Scripted(429, headers={"retry-after": "0"})
        with pytest.raises(SourceUnreadable, match="too busy"):
            source(place).snapshot()
        assert len(place.asked) == 5

    def test_a_page_that_has_expired_begins_the_search_again(self, place: FhirPlace) -> None:
        place.records += [team(id=f"t{n}") for n in range(2, 8)]
        gone = [Scripted(410)]
        place.script = lambda path, _: gone.pop() if paged(path) and gone else None
        coverage, found = readings(place, page_size=2)
        assert coverage is Coverage.FULL
        assert len(involvements(found)) == 7

    @pytest.mark.parametrize("code", ["incomplete", "suppressed", "too-costly"])
    def test_a_server_that_holds_something_back_ends_nothing(self, place: FhirPlace, code: str) -> None:
        place.outcome = [{"severity": "warning", "code": code}]
        coverage, found = readings(place)
        assert coverage is Coverage.PARTIAL
        assert len(involvements(found)) == 1

    def test_a_remark_of_the_server_changes_nothing(self, place: FhirPlace) -> None:
        place.outcome = [{"severity": "information", "code": "informational"}]
        assert readings(place)[0] is Coverage.FULL

    def test_a_search_that_failed_is_no_reading(self, place: FhirPlace) -> None:
        place.outcome = [{"severity": "error", "code": "exception", "diagnostics": "O'Neill"}]
        with pytest.raises(SourceUnreadable, match="search failed") as caught:
            source(place).snapshot()
        assert "Neill" not in str(caught.value)


class TestExport:
    """Everything as NDJSON, by bulk data export."""

    @pytest.fixture
    def exporting(self, place: FhirPlace) -> FhirPlace:
        self.manifest: dict[str, Any] = {
            "output": [
                {"type": type, "url": f"{place.url}/files/{type}"} for type in ("Patient", "Practitioner", "CareTeam")
            ],
            "error": [],
        }
        self.busy = [Scripted(202, headers={"retry-after": "0"})]
        self.files: dict[str, bytes] = {}

        def script(path: str, _: str) -> Scripted | None:
            if "$export" in path:
                return Scripted(202, headers={"content-location": f"{place.url}/jobs/1"})
            if path.endswith("/jobs/1"):
                return self.busy.pop() if self.busy else Scripted(document=self.manifest)
            if "/files/" in path:
                type = path.rpartition("/")[2]
                lines = [json.dumps(each).encode() for each in place.records if each["resourceType"] == type]
                return Scripted(raw=self.files.get(type, b"\n".join(lines) + b"\n"))
            return None

        place.script = script
        return place

    def test_it_is_waited_for_and_read_whole(self, exporting: FhirPlace) -> None:
        coverage, found = readings(exporting, full_by_export=True)
        assert coverage is Coverage.FULL
        assert [one.worker for one in involvements(found)] == ["Helen Marsh"]
        assert exporting.asked[-1][:2] == ("DELETE", "/fhir/jobs/1"), "nothing is left there"

    def test_what_changed_is_still_searched_for(self, exporting: FhirPlace) -> None:
        exporting.records[2]["meta"] = OLD
        opened = source(exporting, full_by_export=True)
        opened.snapshot()
        assert readings(exporting, opened.reached(), full_by_export=True) == (Coverage.PARTIAL, [])

    def test_an_export_that_left_something_out_ends_nothing(self, exporting: FhirPlace) -> None:
        self.manifest["error"] = [{"type": "OperationOutcome", "url": f"{exporting.url}/files/errors"}]
        assert readings(exporting, full_by_export=True)[0] is Coverage.PARTIAL

    @pytest.mark.parametrize(
        ("file", "words"),
        [
            (b'{"resourceType": "CareTeam", "id": "t1"', "not JSON"),
            (b"[]", "not a JSON object"),
            (b'{"id": 7}', "none of FHIR R4"),
        ],
    )
    def test_a_file_that_is_cut_off_is_no_export(self, exporting: FhirPlace, file: bytes, words: str) -> None:
        self.files["CareTeam"] = file
        with pytest.raises(SourceUnreadable, match=words):
            source(exporting, full_by_export=True).snapshot()

    def test_a_file_on_another_host_is_not_fetched(self, exporting: FhirPlace) -> None:
        self.manifest["output"].append({"type": "Patient", "url": "http://127.0.0.1:9/files/Patient"})
        with pytest.raises(SourceUnreadable, match="another host"):
            source(exporting, full_by_export=True).snapshot()


class TestLettingIn:
    """What is shown to the server, from a file of our own."""

    @pytest.mark.parametrize(
        ("key", "text", "header"),
        [("token_file", "s3cret\n", "Bearer s3cret"), ("credential_file", "me:s3cret\n", "Basic bWU6czNjcmV0")],
    )
    def test_a_secret_in_a_file(self, place: FhirPlace, tmp_path: Path, key: str, text: str, header: str) -> None:
        secret = tmp_path / "secret"
        secret.write_text(text)
        secret.chmod(0o600)
        source(place, access={key: secret}).snapshot()
        assert {one["authorization"] for one in place.headers} == {header}
        secret.chmod(0o644)
        with pytest.raises(SourceUnreadable, match="other users") as caught:
            source(place, access={key: secret}).snapshot()
        assert "s3cret" not in str(caught.value)

    def test_a_credential_without_a_password(self, place: FhirPlace, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("nobody")
        secret.chmod(0o600)
        with pytest.raises(SourceUnreadable, match="user:password on one line"):
            source(place, access={"credential_file": secret}).snapshot()

    def test_a_ca_file_that_holds_none(self, place: FhirPlace, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("nothing")
        with pytest.raises(SourceUnreadable, match="does not hold certificates"):
            source(place, access={"url": "https://127.0.0.1:9", "ca_file": tmp_path / "ca.pem"}).snapshot()


def test_only_a_server_whose_certificate_is_pinned_is_believed(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
    pair, tls = authority.server(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    place = FhirPlace(tls=tls)
    assert source(place, access={"ca_file": authority.file}).snapshot().coverage is Coverage.FULL
    for ca_file in (None, other.file):
        with pytest.raises(SourceUnreadable, match="certificate is not believed"):
            source(place, access={"ca_file": ca_file}).snapshot()
    place.close()


def test_trying_it_reads_one_record(place: FhirPlace) -> None:
    place.records += [episode()]
    assert source(place).tried().startswith("ehr: FHIR 4.0.1, as of 2")
    assert [path for _, path, _ in place.asked if "CareTeam" in path] == ["/fhir/CareTeam?_count=1&_summary=true"]
