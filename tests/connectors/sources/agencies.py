"""What tests of sources share: an agency's defaults, and reading an export written on the spot."""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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


def workbook(*sheets: list[list[Any]], merged: Sequence[str] = (), names: Sequence[str] = ()) -> bytes:
    """An xlsx workbook, by hand: numbers, texts (inline), dates as spreadsheets keep them (a serial with a date format), formulas as
    `=FORMULA|value they last had`. `merged` are ranges of the first sheet, such as A2:A3."""
    book = io.BytesIO()
    names = names or [f"Sheet{number}" for number in range(1, len(sheets) + 1)]
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{packages}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="s{n}.xml"/>' for n in range(1, len(sheets) + 1)
        )
        + f'<Relationship Id="rs" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets, 1):
        joined = "".join(f'<mergeCell ref="{each}"/>' for each in (merged if number == 1 else ()))
        parts[f"xl/s{number}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>'
            + "".join(f'<row r="{n}">{"".join(_cell(value) for value in row)}</row>' for n, row in enumerate(rows, 1))
            + f"</sheetData>{f'<mergeCells>{joined}</mergeCells>' if joined else ''}</worksheet>"
        )
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode("utf-8", "replace"))
    return book.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if str(value).startswith("=") and "|" in str(value):
        formula, _, cached = str(value)[1:].partition("|")
        return f'<c t="str"><f>{escape(formula)}</f><v>{escape(cached)}</v></c>'
    plain = "".join(sign for sign in str(value) if sign.isprintable())
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(plain)}</t></is></c>'


def involvements(readings: Iterable[Reading]) -> list[Involvement]:
    """The involvements that were read."""
    return [reading.involvement for reading in readings if isinstance(reading, Read)]


def problems(readings: Iterable[Reading]) -> list[str]:
    """What was wrong with the rows that were rejected."""
    return [reading.problem for reading in readings if isinstance(reading, Rejected)]


def skips(readings: Iterable[Reading]) -> list[str]:
    """Why rows were skipped."""
    return [reading.reason.value for reading in readings if isinstance(reading, Skipped)]
