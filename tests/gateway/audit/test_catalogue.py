"""The audit holds codes and references, nothing else."""

import ast
from pathlib import Path

import pytest

from gateway.audit.recording import CATALOGUE, FieldRefused, entry


def test_an_event_outside_the_catalogue_is_refused():
    with pytest.raises(FieldRefused, match="no event 'something-else'"):
        entry("something-else", "relay")


def test_a_field_outside_the_allow_list_is_refused():
    with pytest.raises(FieldRefused, match="may not hold a field 'name'"):
        entry("notice-late", "c1", name="Orla")


@pytest.mark.parametrize("text", ["O'Neill", "Zoë", "two\nlines", "x" * 513])
def test_text_that_is_more_than_codes_is_refused(text):
    with pytest.raises(FieldRefused, match="more than codes"):
        entry("notice-late", "c1", agency=text)


def test_no_event_has_a_field_for_a_person():
    forbidden = {
        "name",
        "birth_date",
        "postcode",
        "nhs_number",
        "local_id",
        "person_ref",
        "token",
        "evidence",
        "worker",
        "phone",
        "email",
    }
    assert not forbidden & {field for fields in CATALOGUE.values() for field in fields}


def test_nothing_is_appended_that_the_catalogue_did_not_let_through():
    gateway = Path(__file__).parents[3] / "gateway"
    calls = [
        node
        for path in gateway.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.append")
    ]
    assert len(calls) > 15, "the calls are found at all"
    for call in calls:
        _, *said = [ast.unparse(argument) for argument in call.args]
        event = said[0].removesuffix(".code")
        assert said == [f"{event}.code", f"{event}.actor", f"{event}.fields"], (
            "append what gateway.audit.recording.entry made"
        )
