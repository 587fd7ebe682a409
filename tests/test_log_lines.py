"""The check of every log line is one that can fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.log_lines import Reader, findings, label_findings

GOOD = {"at": "2026-03-02T12:00:00Z", "event": "worker-failed", "id": 1007, "level": "error", "stream": "operations"}


def of(**changes: Any) -> list[str]:
    return findings([json.dumps(GOOD | changes).encode()])


def test_a_line_of_listed_fields_is_good() -> None:
    assert of(fault="StoreDown", wait_seconds=1.5) == []
    assert findings([b"Listening.", b"", json.dumps({"event": "read", "count": 3, "agency": "urn:a"}).encode()]) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"person": "x"}, "no field 'person'"),
        ({"stream": "gossip"}, "no such stream"),
        ({"stream": "security"}, "has no number"),
        ({"event": "something-new"}, "has no number"),
        ({"id": 1006}, "or another's"),
        ({"dropped": 1}, "was given a field"),
        ({"fault": 'value "Okafor" exists'}, "more than a code"),
    ],
)
def test_whatever_else_is_found_and_not_repeated(changes: dict[str, Any], finding: str) -> None:
    (found, *_) = of(**changes)
    assert finding in found
    assert "Okafor" not in found


def test_a_connectors_line_is_held_to_the_connectors_list() -> None:
    (found,) = findings([json.dumps({"event": "read", "client": "x"}).encode()])
    assert "no field 'client'" in found


def test_a_label_that_names_somebody_is_found() -> None:
    text = '# HELP x y{connector="c1"}\npatchwork_alerts{side="live",status="sent"} 1.0\n'
    assert label_findings(text) == []
    assert label_findings('patchwork_alerts{connector="c1"} 1.0') == ["no metric has a label 'connector'"]
    assert label_findings('patchwork_alerts{side="Maya Okafor"} 1.0') == [
        "a value of the label 'side' is more than a code"
    ]


def test_a_log_is_read_on_where_it_was_left(tmp_path: Path) -> None:
    log, bad = tmp_path / "gateway.log", json.dumps(GOOD | {"person": "x"})
    reader = Reader(log)
    assert reader.findings() == []
    log.write_text(bad + "\n" + bad[:20], "utf-8")
    assert len(reader.findings()) == 1
    assert reader.findings() == []
    log.write_text(bad + "\n" + bad + "\n", "utf-8")
    assert len(reader.findings()) == 1
