"""A sink: a folder of files. One FHIR Communication and one readable text an alert, many first alerts of one worker as one digest, and the
worklist beside them (for people, a spreadsheet, a browser and programs).

Answers are put down in its folder `answers` and moved from there to `answers/taken` or `answers/rejected` (`connectors.sinks.answer_files`).

File names hold only the alert's or digest's id. Every file is written whole or not at all; the same alert again replaces its own files.
What a program that died had half written is removed by the next, once it is an hour old.
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.alerts import worklist as lists
from connectors.alerts.worklist import Worklist
from connectors.alerts.worklist_page import as_html
from connectors.alerts.worklist_table import as_csv
from connectors.sinks.answer_files import AnswerFolder
from connectors.sinks.port import AnswerFile, Delivery, Digest, SinkDown

_ABANDONED_SECONDS: Final = 3600


class FolderSink:
    """Files for the agency's staff or its own system to pick up: readable by this user and group only."""

    def __init__(self, folder: Path, name: str = "folder", patient_system: str = "") -> None:
        self.name = name
        self._folder = folder
        self._system = patient_system
        self._shown = ""
        self._tidied = False
        self._answers = AnswerFolder(folder / "answers", name)

    def deliver(self, delivery: Delivery) -> None:
        """See the port. The text is written first: a reader of the JSON always finds it."""
        from mappings.fhir import standalone_alert

        communication = standalone_alert.for_agency(
            delivery.alert, delivery.client_local_id, delivery.text, system=self._system
        )
        self._write(f"{delivery.alert.id}.txt", delivery.text.encode())
        self._write(f"{delivery.alert.id}.json", _json(communication))

    def deliver_digest(self, digest: Digest) -> None:
        """See the port: one text to read, and beside it every alert as FHIR."""
        from mappings.fhir import standalone_alert

        alerts = [
            standalone_alert.for_agency(each.alert, each.client_local_id, each.text, system=self._system)
            for each in digest.deliveries
        ]
        document = {
            "digest": digest.id,
            "worker": digest.worker,
            "made_at": digest.made_at.isoformat(),
            "alerts": alerts,
        }
        self._write(f"digest-{digest.id}.txt", digest.text.encode())
        self._write(f"digest-{digest.id}.json", _json(document))

    def keep_worklist(self, worklist: Worklist) -> None:
        """See `connectors.alerts.worklist.KeepsWorklist`. Left alone where it would say the same."""
        fingerprint = lists.fingerprint(worklist)
        if fingerprint == self._shown and (self._folder / "worklist.json").exists():
            return
        self._write("worklist.txt", lists.as_text(worklist).encode())
        self._write("worklist.csv", as_csv(worklist).encode())
        self._write("worklist.html", as_html(worklist).encode())
        self._write("worklist.json", _json(lists.as_json(worklist)))
        self._shown = fingerprint

    def answers(self, limit: int) -> list[AnswerFile]:
        """See `TakesAnswers`."""
        return self._answers.waiting(limit)

    def answer_taken(self, file: AnswerFile) -> None:
        """See `TakesAnswers`."""
        self._answers.taken(file)

    def answer_rejected(self, file: AnswerFile, why: str) -> None:
        """See `TakesAnswers`."""
        self._answers.rejected(file, why)

    def _write(self, name: str, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o770, parents=True, exist_ok=True)
            if not self._tidied:
                _remove_abandoned(self._folder)
                self._tidied = True
            _replace(self._folder / name, data)
        except OSError as problem:
            raise SinkDown(f"the folder of sink {self.name!r} cannot be written: {problem.strerror}") from None


def _remove_abandoned(folder: Path) -> None:
    """Another program may be writing now; nobody writes one file for an hour."""
    for path in folder.glob(".*.part"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _replace(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o660)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
