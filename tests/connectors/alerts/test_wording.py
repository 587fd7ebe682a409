"""What a practitioner reads of a connection across a family: the relation, and a call that says no name too early."""

from dataclasses import replace

import pytest

from connectors.alerts import wording
from mappings.canonical.codes import AlertEvent, Certainty, RelationKind
from tests.mappings.fhir.examples import MADE

PHRASES = {
    RelationKind.PARENT: "a parent of",
    RelationKind.CARER: "a carer of",
    RelationKind.CARED_FOR: "somebody in the care of",
    RelationKind.CHILD: "a child of",
    RelationKind.SIBLING: "a brother or sister of",
    RelationKind.PARTNER: "the partner of",
}


@pytest.mark.parametrize("kind", RelationKind)
def test_every_relation_has_its_words(kind):
    said = wording.text(replace(MADE, event=AlertEvent.MADE, relation=kind), "O. Testcase", "")
    assert said.startswith(f"Somebody is involved with {PHRASES[kind]} O. Testcase: ")
    assert "Their client is another person than yours" in said
    assert "3. Agree the day and month of birth" not in said


@pytest.mark.parametrize("certainty", Certainty)
def test_how_sure_it_is_speaks_of_the_relative(certainty):
    same = wording.certainty(replace(MADE, relation=None, certainty=certainty))
    kin = wording.certainty(replace(MADE, relation=RelationKind.PARENT, certainty=certainty))
    assert "relative" in kin
    assert "relative" not in same


def test_of_one_person_nothing_is_said_of_relatives():
    said = wording.text(replace(MADE, event=AlertEvent.MADE, relation=None), "O. Testcase", "")
    assert said.startswith("Somebody else is involved with O. Testcase: ")
    assert "another person than yours" not in said
