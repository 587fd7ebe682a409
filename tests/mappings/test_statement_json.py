"""A statement and its reply go to JSON and come back the same; what is outside them is refused by name."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import statement_json
from mappings.canonical.codes import AgeBand, ServiceLine
from mappings.canonical.eligibility import MOST_TEAMS, StatedEligibility
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.statement import MAX_ENTRIES, LineTotal, Statement, StatementEntry, StatementReply
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.strategies import UNTIMED, agency_ids, hex64, incarnations, uuids

AGENCY = AgencyId("https://seaton.example/agency/housing")
ID = MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b01")


@st.composite
def references(draw: st.DrawFn, prefix: str) -> tuple[InvolvementRef, ...]:
    """Distinct references that begin with the prefix."""
    found = draw(st.lists(hex64, max_size=5, unique_by=lambda each: each[len(prefix) :]))
    return tuple(InvolvementRef(prefix + each[len(prefix) :]) for each in found)


prefixes = st.sampled_from(("", "0", "a7", "00ff"))


@UNTIMED
@given(st.data(), uuids, agency_ids, incarnations, prefixes)
def test_every_statement_comes_back_as_it_was(
    data: st.DataObject, id: MessageId, agency: AgencyId, incarnation: str, prefix: str
) -> None:
    entries = tuple(StatementEntry(each, data.draw(hex64)) for each in data.draw(references(prefix)))
    statement = Statement(id, agency, incarnation, prefix, entries)
    assert statement_json.read_statement(statement_json.write_statement(statement)) == statement


@UNTIMED
@given(st.data(), uuids, agency_ids, incarnations, prefixes)
def test_every_reply_comes_back_as_it_was(
    data: st.DataObject, about: MessageId, agency: AgencyId, incarnation: str, prefix: str
) -> None:
    send_again, adopt = data.draw(references(prefix)), data.draw(references(prefix))
    reply = StatementReply(about, agency, prefix, send_again, adopt, incarnation)
    assert statement_json.read_reply(statement_json.write_reply(reply)) == reply


TOTALS = tuple(LineTotal(line, number, f"{number:064x}") for number, line in enumerate(ServiceLine))


def test_totals_and_the_lines_that_differ_come_back_as_they_were() -> None:
    statement = Statement(ID, AGENCY, "i", "", (), totals=TOTALS)
    assert statement_json.read_statement(statement_json.write_statement(statement)) == statement
    of_a_line = Statement(ID, AGENCY, "i", "0", (StatementEntry(numbered(1)[0], "f" * 64),), ServiceLine.HOUSING)
    assert statement_json.read_statement(statement_json.write_statement(of_a_line)) == of_a_line
    reply = StatementReply(ID, AGENCY, "", (), (), "i", TOTALS)
    assert statement_json.read_reply(statement_json.write_reply(reply)) == reply


@pytest.mark.parametrize(
    "stated",
    [
        StatedEligibility(),
        StatedEligibility(frozenset(ServiceLine), frozenset(AgeBand), MOST_TEAMS, date(2026, 1, 31), open_only=True),
        StatedEligibility(teams=1),
    ],
    ids=["everybody", "all that can be said", "one team"],
)
def test_whom_an_agency_publishes_comes_back_beside_the_totals(stated: StatedEligibility) -> None:
    statement = Statement(ID, AGENCY, "i", "", (), totals=TOTALS, eligibility=stated)
    assert statement_json.read_statement(statement_json.write_statement(statement)) == statement


def numbered(count: int) -> tuple[InvolvementRef, ...]:
    """That many references."""
    return tuple(InvolvementRef(f"{n:064x}") for n in range(count))


def test_the_largest_statement_and_reply_are_within_the_limits() -> None:
    entries = tuple(StatementEntry(each, "f" * 64) for each in numbered(MAX_ENTRIES))
    statement = Statement(ID, AGENCY, "i" * 40, "", entries)
    assert statement_json.read_statement(statement_json.write_statement(statement)) == statement
    reply = StatementReply(ID, AGENCY, "", numbered(MAX_ENTRIES), numbered(MAX_ENTRIES), "i" * 40)
    assert statement_json.read_reply(statement_json.write_reply(reply)) == reply


def test_a_statement_with_too_many_entries_is_not_written() -> None:
    entries = tuple(StatementEntry(each, "f" * 64) for each in numbered(MAX_ENTRIES + 1))
    with pytest.raises(ProfileRefusal, match="several statements"):
        statement_json.write_statement(Statement(ID, AGENCY, "i", "", entries))


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"statement": 2}, "Statement.statement"),
        ({"statement": True}, "Statement.statement"),
        ({"id": "5F0C"}, "Statement.id"),
        ({"agency": "housing"}, "Statement.agency"),
        ({"prefix": "XY"}, "Statement.prefix"),
        ({"entries": {}}, "Statement.entries"),
        ({"entries": [["0" * 64]]}, "Statement.entries[0]"),
        ({"entries": [["0" * 64, "short"]]}, "Statement.entries[0][1]"),
        ({"entries": [["0" * 64, "f" * 64]] * 2}, "Statement.entries"),
        ({"prefix": "ff", "entries": [["0" * 64, "f" * 64]]}, "Statement.entries"),
        ({"name": "Testcase"}, "Statement.name"),
        ({"line": "Testcase"}, "Statement.line"),
        ({"totals": [["Testcase", 1, "f" * 64]]}, "Statement.totals[0][0]"),
        ({"totals": [["housing", -1, "f" * 64]]}, "Statement.totals[0][1]"),
        ({"totals": [["housing", 1]]}, "Statement.totals[0]"),
        ({"totals": [["housing", 1, "f" * 64]] * 2}, "Statement.totals"),
        ({"totals": [["housing", 1, "f" * 64]] * 99}, "Statement.totals"),
        ({"totals": [], "line": "housing"}, "Statement.totals"),
        ({"totals": [], "entries": [["0" * 64, "f" * 64]]}, "Statement.totals"),
        ({"eligibility": {}}, "Statement.eligibility"),
        ({"totals": [], "eligibility": []}, "Statement.eligibility"),
        ({"totals": [], "eligibility": {"services": ["Testcase"]}}, "Statement.eligibility.services[0]"),
        ({"totals": [], "eligibility": {"services": []}}, "Statement.eligibility.services"),
        ({"totals": [], "eligibility": {"ageBands": ["child"] * 99}}, "Statement.eligibility.ageBands"),
        ({"totals": [], "eligibility": {"teams": 0}}, "Statement.eligibility.teams"),
        ({"totals": [], "eligibility": {"teams": 2001}}, "Statement.eligibility.teams"),
        ({"totals": [], "eligibility": {"teams": ["Testcase"]}}, "Statement.eligibility.teams"),
        ({"totals": [], "eligibility": {"startedSince": "Testcase"}}, "Statement.eligibility.startedSince"),
        ({"totals": [], "eligibility": {"openOnly": "Testcase"}}, "Statement.eligibility.openOnly"),
        ({"totals": [], "eligibility": {"Testcase": "words"}}, "Statement.eligibility"),
        ({"Testcase": 1}, "Statement"),
    ],
)
def test_a_wrong_statement_is_refused_by_the_name_of_the_member(change: dict[str, Any], element: str) -> None:
    document = json.loads(statement_json.write_statement(Statement(ID, AGENCY, "i", "", ())))
    with pytest.raises(ProfileRefusal) as refusal:
        statement_json.read_statement(json.dumps(document | change).encode())
    assert [issue.element for issue in refusal.value.issues] == [element]
    assert "Testcase" not in str(refusal.value)


def test_a_reply_is_no_statement() -> None:
    with pytest.raises(ProfileRefusal):
        statement_json.read_statement(statement_json.write_reply(StatementReply(ID, AGENCY, "", (), (), "i")))
