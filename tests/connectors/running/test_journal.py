"""The log says what happened and never to whom."""

import json
from typing import Any

import pytest

from connectors.running.journal import FIELDS, journal, only_listed


def test_only_listed_fields_leave(capsys: pytest.CaptureFixture[str]) -> None:
    journal("seaton-school").info("published", source="records", client="O. Testcase", local_id="4711", read=3)
    line: dict[str, Any] = json.loads(capsys.readouterr().err)
    assert set(line) <= FIELDS
    assert (line["source"], line["read"], line["connector"]) == ("records", 3, "seaton-school")


def test_no_listed_field_is_about_a_person() -> None:
    assert not FIELDS & {
        "client",
        "person",
        "name",
        "worker",
        "local_id",
        "label",
        "reference",
        "key",
        "token",
        "body",
        "text",
    }
    assert only_listed(None, "info", {"event": "x", "nhs_number": "9990100012"}) == {"event": "x"}
