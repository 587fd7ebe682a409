"""Who takes part in a rehearsal, and with what: `NAME=evidence:FILE`, made by the agency at home, or `NAME=PRESET:PATH`, its export itself.

An export is only for whoever may read all of them: one controller's own, or invented people. It is turned into evidence by the agency's own
program, `patchwork-connector`, run once for each, under a key that is made for it and gone with it.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.refused import Refused
from identity.person.rehearsal_key import make_rehearsal_key
from mappings.evidence_file import EvidenceFile, EvidenceFileFault, read_evidence_file

EVIDENCE = "evidence"
_NAME = re.compile(r"[^=\n]{1,60}")
_MOST = 100
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Participant:
    """One agency. `preset` is `evidence` where `path` is an evidence file, else how its export is read."""

    name: str
    preset: str
    path: Path

    @property
    def is_export(self) -> bool:
        """Whether it has still to be turned into evidence."""
        return self.preset != EVIDENCE


def participants(said: Sequence[str]) -> list[Participant]:
    """What was said on the command line. Raises `Refused`, naming what cannot be used."""
    found = [_participant(each) for each in said]
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"two agencies are called {twice[0]!r}; give each a name of its own")
    if not 2 <= len(found) <= _MOST:
        raise Refused(
            f"a rehearsal needs 2 to {_MOST} agencies, each as --agency NAME=evidence:FILE or NAME=PRESET:PATH"
        )
    if len({each.is_export for each in found}) > 1:
        raise Refused(
            "some agencies come as evidence and some as exports; their keys would differ and nobody would meet. "
            "Turn every export into evidence at home, all under one key: patchwork-connector rehearse"
        )
    return found


def opened(found: Sequence[Participant], folder: Path, tell: Callable[[str], None]) -> dict[str, EvidenceFile]:
    """Every participant's evidence by name. `folder` is private and temporary, for what is made of exports; `tell` is told what is done.
    Raises `Refused`."""
    files = {each.name: _read(each) for each in (_as_evidence(found, folder, tell) if found[0].is_export else found)}
    keys = {file.key for file in files.values()}
    if len(keys) > 1:
        under = "; ".join(f"{name} under {file.key}" for name, file in files.items())
        raise Refused(f"the evidence was made under different keys, so nobody would meet: {under}. Use one key for all")
    return files


def _participant(said: str) -> Participant:
    name, equals, rest = said.partition("=")
    preset, colon, path = rest.partition(":")
    if not (equals and colon and path and preset and _NAME.fullmatch(name.strip())):
        raise Refused(f"{said!r} is neither NAME=evidence:FILE nor NAME=PRESET:PATH")
    return Participant(name.strip(), preset, Path(path))


def _as_evidence(found: Sequence[Participant], folder: Path, tell: Callable[[str], None]) -> list[Participant]:
    tell(
        "These are exports with names in them. Count so only what one controller may read together, or invented people; otherwise each "
        "agency runs patchwork-connector rehearse at home."
    )
    key = folder / "rehearsal.key"
    make_rehearsal_key(key)
    try:
        return [_made(each, key, folder / f"{number}.evidence", tell) for number, each in enumerate(found)]
    finally:
        key.unlink()


def _made(one: Participant, key: Path, out: Path, tell: Callable[[str], None]) -> Participant:
    tell(f"{one.name}: running patchwork-connector rehearse --preset {one.preset}")
    command = [sys.executable, "-m", "connectors", "rehearse", str(one.path), "--preset", one.preset]
    try:
        done = subprocess.run(
            [*command, "--key", str(key), "-o", str(out)], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused(
            f"{one.name}: patchwork-connector did not finish within an hour; rehearse with evidence files"
        ) from None
    if done.returncode:
        said = done.stderr.strip().removeprefix("patchwork-connector: ")
        raise Refused(f"{one.name}: {said or f'patchwork-connector ended with status {done.returncode}'}")
    return Participant(one.name, EVIDENCE, out)


def _read(one: Participant) -> EvidenceFile:
    try:
        return read_evidence_file(one.path)
    except EvidenceFileFault as fault:
        raise Refused(f"{one.name}: {fault}") from None
    except OSError as problem:
        raise Refused(f"{one.name}: {one.path} cannot be read: {problem.strerror}") from None
