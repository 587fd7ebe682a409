"""Presets: one map per real-world format, shipped as YAML beside this module or written by an agency in a folder of its
own.

A preset is refused by name for anything it says that is not understood: an unknown key, field, code, transform or date
form. An agency's own may start from a shipped one (`extends: NAME`) and say only what differs: mappings are joined key
by key, lists and texts replace what was there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from mappings.canonical.codes import Sensitivity, ServiceLine
from mappings.fhir_map import FhirMap
from mappings.preset_fhir import read_fhir_map
from mappings.preset_rows import read_source_map
from mappings.preset_section import PresetError, Section, read_yaml
from mappings.source_map import SourceMap, VanishPolicy

SHIPPED = Path(__file__).with_name("presets")
SUFFIXES = (".yaml", ".yml")
MOST_OWN = 200
WANTED = "rows that state an involvement"


class Kind(StrEnum):
    """What files of the format are: tables (CSV, sheets of a workbook), documents of nested elements (XML, JSON), HL7
    v2 messages, or FHIR bundles."""

    TABLE = "table"
    TREE = "tree"
    HL7V2 = "hl7v2"
    FHIR = "fhir"


class StatesMode(StrEnum):
    """What one export states: everything there is (`snapshot`), what changed since the last one (`delta`), or that
    something happened (`event`). Only what a snapshot leaves out has vanished."""

    SNAPSHOT = "snapshot"
    DELTA = "delta"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Preset:
    """One format. `provenance` says where its facts come from; exactly one of `rows` and `fhir` is there.

    `wanted` says in words what of such an export states an involvement, for an answer to one in which nothing does.
    `vanish` is what becomes of an involvement a full reading no longer states; `mass_vanish_share` the share of the
    live ones (0 to 1) above which vanishing is taken for a broken export and stops the run. `service` is the line that
    agencies with this format mostly are, `team` what stands for a team where neither the row nor the agency names one.
    """

    name: str
    version: int
    kind: Kind
    mode: StatesMode
    title: str
    provenance: str
    coverage: str
    vanish: VanishPolicy
    mass_vanish_share: float
    sensitivity: Mapping[ServiceLine, Sensitivity]
    service: ServiceLine
    team: str = ""
    wanted: str = WANTED
    rows: SourceMap | None = None
    fhir: FhirMap | None = None


def presets() -> list[str]:
    """The names of the shipped presets."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def own_presets(folder: Path | None) -> dict[str, Path]:
    """An agency's own presets by the name of their file. Raises `PresetError`."""
    if folder is None:
        return {}
    try:
        found = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES}
    except OSError as error:
        raise PresetError(f"the folder of presets {folder.name} cannot be read: {error.strerror}") from None
    if len(found) > MOST_OWN:
        raise PresetError(f"the folder of presets {folder.name} holds more than {MOST_OWN}; keep those that are used")
    return found


def load_preset(name_or_path: str | Path, folder: Path | None = None) -> Preset:
    """An agency's own preset in `folder` or at the path of its `.yaml` file, or a shipped one, by name. Raises
    `PresetError`."""
    text = str(name_or_path)
    own = own_presets(folder)
    if text in own:
        return _read_own(own[text])
    if text in presets():
        return _shipped(text)
    if text.endswith(SUFFIXES):
        return _read_own(Path(name_or_path))
    raise PresetError(
        f"no preset is called {text!r}; there are {', '.join(sorted({*presets(), *own}))}, "
        "or give the path of a .yaml file"
    )


@lru_cache(maxsize=64)
def _shipped(name: str) -> Preset:
    return _read(Section(f"{name}.yaml", read_yaml(SHIPPED / f"{name}.yaml")))


def _read_own(path: Path) -> Preset:
    said = read_yaml(path)
    base = said.pop("extends", None)
    if base is not None:
        if not isinstance(base, str) or base not in presets():
            raise PresetError(
                f"{path.name}: extends: no shipped preset is called {str(base)[:60]!r}; use one of {', '.join(presets())}"
            )
        said = _joined(read_yaml(SHIPPED / f"{base}.yaml"), {"preset": path.stem, **said})
    return _read(Section(path.name, said))


def _joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    joined = dict(base)
    for key, value in over.items():
        before = joined.get(key)
        joined[key] = _joined(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return joined


def _read(whole: Section) -> Preset:
    kind = whole.code("kind", Kind)
    section = whole.section("sensitivity")
    sensitivity = {section.as_code(line, ServiceLine): section.code(line, Sensitivity) for line in section.names()}
    section.done()
    body = whole.section("map")
    rows = read_source_map(body, kind.value) if kind is not Kind.FHIR else None
    fhir = read_fhir_map(body) if kind is Kind.FHIR else None
    body.done()
    team = whole.text("team", "-")
    preset = Preset(
        name=whole.text("preset"),
        version=whole.number("version", 1, 10_000),
        kind=kind,
        mode=whole.code("mode", StatesMode),
        title=whole.text("title"),
        provenance=whole.text("provenance"),
        coverage=whole.text("coverage"),
        vanish=whole.code("vanish", VanishPolicy),
        mass_vanish_share=whole.number("mass_vanish_percent", 1, 100) / 100,
        sensitivity=sensitivity,
        service=whole.code("service", ServiceLine, ServiceLine.OTHER),
        team="" if team == "-" else team,
        wanted=whole.text("wanted", WANTED),
        rows=rows,
        fhir=fhir,
    )
    whole.done()
    return preset
