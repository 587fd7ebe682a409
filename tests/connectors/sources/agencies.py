"""What tests of sources share: an agency's defaults, and reading an export written on the spot."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sources.opening import open_source
from connectors.sources.port import Read, Reading, Rejected, Skipped
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis, Mode, ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact, Involvement

EXTRACTED = date(2025, 11, 1)
SEATON = Path(__file__).parents[3] / "deploy/demo/seaton"
DEFAULTS = AgencyDefaults(
    AgencyId("urn:patchwork:seaton:agency"),
    ServiceLine.VOLUNTARY,
    ServiceDefaults(legal_basis=LegalBasis.CHILDREN_ACT_2004_S11, contact=Contact("01632 960000")),
)


def read(
    path: Path,
    preset: str = "auto",
    mode: Mode = Mode.TRIAL,
    defaults: AgencyDefaults = DEFAULTS,
    as_of: date | None = EXTRACTED,
) -> list[Reading]:
    """Every reading of an export."""
    return list(open_source(preset, path, defaults, mode, as_of).readings())


def written(folder: Path, text: str | bytes, name: str = "export.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bundle(folder: Path, *resources: dict[str, Any], **members: Any) -> Path:
    """A FHIR collection of resources, each given as an entry (with `resource`) or as the resource itself."""
    entries = [one if "resource" in one else {"resource": one} for one in resources]
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries, **members}
    return written(folder, json.dumps(document), "bundle.json")


def involvements(readings: Iterable[Reading]) -> list[Involvement]:
    """The involvements that were read."""
    return [reading.involvement for reading in readings if isinstance(reading, Read)]


def problems(readings: Iterable[Reading]) -> list[str]:
    """What was wrong with the rows that were rejected."""
    return [reading.problem for reading in readings if isinstance(reading, Rejected)]


def skips(readings: Iterable[Reading]) -> list[str]:
    """Why rows were skipped."""
    return [reading.reason.value for reading in readings if isinstance(reading, Skipped)]
