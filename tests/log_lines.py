"""Every line that a program logged, and every label of its metrics, against the allow-lists: what else is there is a finding."""

import json
import re
from pathlib import Path
from typing import Any

from connectors.running.journal import FIELDS
from gateway import logs
from gateway.audit.event_ids import LOG_IDS
from gateway.running.metrics import LABELS

_LABEL = re.compile(r'([a-z_]+)="([^"]*)"')
_VALUE = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_GATEWAYS = frozenset({"stream", "id"})


def findings(lines: list[bytes]) -> list[str]:
    """What is wrong with them, in words that repeat no value. Lines that are no JSON object are not logged but printed."""
    found = []
    for number, line in enumerate(lines, start=1):
        if line.startswith(b"{"):
            found += [f"line {number}: {fault}" for fault in _faults(json.loads(line))]
    return found


def _faults(line: dict[str, Any]) -> list[str]:
    if not line.keys() & _GATEWAYS:
        return [f"a connector's log has no field {name!r}" for name in sorted(line.keys() - FIELDS)]
    stream, event = line.get("stream"), line.get("event")
    if stream not in logs.ALLOWED:
        return ["there is no such stream"]
    faults = [f"the stream {stream} has no field {name!r}" for name in sorted(line.keys() - _listed(stream))]
    if LOG_IDS[stream].get(str(event)) != line.get("id"):
        faults.append(f"the event {event!r} has no number, or another's, in the stream {stream}")
    if "dropped" in line:
        faults.append(f"the event {event!r} was given a field that the stream {stream} does not list")
    values = (value for name, value in line.items() if name != "at")
    return faults + ["a value is more than a code"] * sum(not logs.is_plain(value) for value in values)


def _listed(stream: str) -> frozenset[str]:
    return logs.ALWAYS | logs.ADDED | logs.ALLOWED[stream]


def label_findings(metrics: str) -> list[str]:
    """The same of what `/metrics` shows of our own."""
    found = []
    for line in metrics.splitlines():
        for label, value in _LABEL.findall("" if line.startswith("#") else line):
            if label not in LABELS:
                found.append(f"no metric has a label {label!r}")
            elif not _VALUE.fullmatch(value):
                found.append(f"a value of the label {label!r} is more than a code")
    return found


class Reader:
    """Reads the log of one program from where it stopped the last time."""

    def __init__(self, log: Path) -> None:
        self.log, self._read = log, 0

    def findings(self) -> list[str]:
        """Of what was written since; a line that is not finished waits for the next time."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as stream:
            stream.seek(self._read)
            fresh = stream.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        return [f"{self.log.name}: {fault}" for fault in findings(whole.splitlines())]
