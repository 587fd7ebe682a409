"""A rehearsal, at home: an agency's own export as an evidence file, before anybody may be told anything.

Read as publishing reads it, by a preset, and nothing is kept: no ledger, no settings, no keys but the one that was agreed for this. What
leaves is keyed evidence of the clients with a current involvement, and counts.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from connectors.publishing.changes import is_over
from connectors.sources.opening import open_source
from connectors.sources.port import Read, Source
from identity.custody.epoch import LinkageEpoch
from identity.person.standard_person import StandardPerson
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.evidence_file import Counts, EvidenceWriter

# Whose it is and which service it does is not in the file; a row needs some agency and line to be read at all.
_NOBODY = AgencyDefaults(AgencyId("urn:patchwork:rehearsal"), ServiceLine.EARLY_HELP)
_BATCH = 500


class NobodyInvolved(ValueError):
    """The export was read and nobody in it has a current involvement. Says how many rows there were."""


def rehearse(path: Path, preset: str | Path, key: LinkageEpoch, out: Path, as_of: date | None = None) -> Counts:
    """Write the evidence file of the export at `path` to `out`, whole or not at all, readable by its owner only.

    Raises `SourceUnreadable`, `NobodyInvolved`, `OSError`.
    """
    # In neither mode: numbers of invented people and of real ones count alike, because nothing of them leaves.
    source = open_source(preset, path, _NOBODY, None, as_of)
    descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            counts = _write(source, key, file)
        if not counts.people:
            raise NobodyInvolved(
                f"{path.name} was read, and none of its {counts.rows} rows says that somebody is involved with somebody now"
            )
        Path(name).replace(out)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return counts


def _write(source: Source, key: LinkageEpoch, file: IO[bytes]) -> Counts:
    writer, tokeniser, tally = EvidenceWriter(file, key.id), KeyedTokeniser(key), _Tally(source.snapshot().as_of)
    people, weak = tally.people(source), 0
    while batch := list(islice(people, _BATCH)):
        evidence = tokeniser.evidence(batch)
        weak += sum(each.weak for each in evidence)
        writer.people(each for each in evidence if not each.weak)
    counts = Counts(tally.rows, tally.involvements, len(tally.seen), weak, tally.rows - tally.involvements)
    writer.end(counts)
    return counts


class _Tally:
    """Goes through a source once and counts as it goes; each client comes out once, as first stated."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self.rows = self.involvements = 0
        self.seen: set[str] = set()

    def people(self, source: Source) -> Iterator[StandardPerson]:
        for reading in source.readings():
            self.rows += 1
            if not isinstance(reading, Read) or is_over(reading.involvement.end, self._as_of):
                continue
            self.involvements += 1
            person = reading.involvement.person
            if person.local_id not in self.seen:
                self.seen.add(person.local_id)
                yield standardise(person)
