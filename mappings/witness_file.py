"""A witness file: what agencies were told of a gateway's audit, for whoever checks it. JSON Lines, one witness a line, each with exactly

    {"patchworkWitness": 1, "partnership": "seaton", "side": "live", "agency": "urn:patchwork:seaton:housing",
     "told_on": "2026-03-03", "made_on": "2026-03-02", "sha256": 64 hexadecimal digits}

`told_on` is the day (UTC) on which the gateway told the agency, `made_on` the day on which the checkpoint was made, `sha256` the digest of the
checkpoint's file. It says nothing of anybody. Files of several agencies may be put together into one.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint, Witness

_KIND, _VERSION = "patchworkWitness", 1
_MEMBERS = {_KIND, "partnership", "side", "agency", "told_on", "made_on", "sha256"}
MAX_LINE_BYTES = 1024
MAX_WITNESSES = 100_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class WitnessFileFault(ValueError):
    """The file is no witness file. Names the file and the line, never what stands there."""


def write_witnesses(witnesses: Iterable[Witness]) -> bytes:
    """The file's bytes."""
    return b"".join(_line(each) for each in witnesses)


def read_witnesses(path: Path) -> list[Witness]:
    """Every witness in the file, in its order. Raises `WitnessFileFault`, `OSError`."""
    return list(_witnesses(path))


def _line(witness: Witness) -> bytes:
    said = {
        _KIND: _VERSION,
        "partnership": witness.partnership.value,
        "side": witness.mode.value,
        "agency": witness.agency.value,
        "told_on": witness.told_on.isoformat(),
        "made_on": witness.told.made_on.isoformat(),
        "sha256": witness.told.digest,
    }
    return json.dumps(said).encode() + b"\n"


def _witnesses(path: Path) -> Iterator[Witness]:
    with path.open("rb") as file:
        for number in range(1, MAX_WITNESSES + 2):
            line = file.readline(MAX_LINE_BYTES + 1)
            if not line:
                return
            if number > MAX_WITNESSES:
                raise WitnessFileFault(f"{path} holds more than {MAX_WITNESSES} lines; compare with fewer at once")
            yield _witness(line, f"{path}, line {number}")


def _witness(line: bytes, where: str) -> Witness:
    try:
        said: dict[str, Any] = json.loads(line) if len(line) <= MAX_LINE_BYTES else {}
        if set(said) != _MEMBERS or type(said[_KIND]) is not int or said[_KIND] != _VERSION:
            raise ValueError
        told = ToldCheckpoint(_day(said["made_on"]), _digest(said["sha256"]))
        partnership, agency = PartnershipId(said["partnership"]), AgencyId(said["agency"])
        return Witness(partnership, Mode(said["side"]), agency, _day(said["told_on"]), told)
    except (ValueError, TypeError, RecursionError):
        raise WitnessFileFault(
            f"{where} is no witness; such a file is made by patchwork-connector witnesses -o FILE"
        ) from None


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise ValueError
    return text
