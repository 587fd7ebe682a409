"""Presets: one map per real-world format, shipped as YAML beside this module or written by an agency in a folder of its
own.

A preset is refused by name for anything it says that is not understood: an unknown key, field, code, transform or date
form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mappings.canonical.codes import Sensitivity, ServiceLine
from mappings.fhir_map import FhirMap
from mappings.preset_csv import read_source_map
from mappings.preset_fhir import read_fhir_map
from mappings.preset_section import PresetError, Section, read_yaml
from mappings.source_map import SourceMap, VanishPolicy

SHIPPED = Path(__file__).with_name("presets")
KINDS = ("csv", "fhir")
MODES = ("snapshot",)


@dataclass(frozen=True, slots=True)
class Preset:
    """One format. `provenance` says where its facts come from; exactly one of `csv` and `fhir` is there.

    `vanish` is what becomes of an involvement a full reading no longer states; `mass_vanish_share` the share of the
    live ones (0 to 1) above which vanishing is taken for a broken export and stops the run.
    """

    name: str
    version: int
    title: str
    provenance: str
    coverage: str
    vanish: VanishPolicy
    mass_vanish_share: float
    sensitivity: Mapping[ServiceLine, Sensitivity]
    csv: SourceMap | None = None
    fhir: FhirMap | None = None


def presets() -> list[str]:
    """The names of the shipped presets."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_preset(name_or_path: str | Path) -> Preset:
    """A shipped preset by name, or an agency's own by the path of its `.yaml` file. Raises `PresetError`."""
    text = str(name_or_path)
    if text in presets():
        return _shipped(text)
    if text.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
        return _read(Section(path.name, read_yaml(path)))
    raise PresetError(
        f"no preset is called {text!r}; there are {', '.join(presets())}, or give the path of a .yaml file"
    )


@lru_cache(maxsize=64)
def _shipped(name: str) -> Preset:
    return _read(Section(f"{name}.yaml", read_yaml(SHIPPED / f"{name}.yaml")))


def _read(whole: Section) -> Preset:
    kind = whole.choice("kind", KINDS)
    whole.choice("mode", MODES)
    vanish = whole.code("vanish", VanishPolicy)
    share = whole.number("mass_vanish_percent", 1, 100) / 100
    section = whole.section("sensitivity")
    sensitivity = {section.as_code(line, ServiceLine): section.code(line, Sensitivity) for line in section.names()}
    section.done()
    body = whole.section("map")
    csv = read_source_map(body) if kind == "csv" else None
    fhir = read_fhir_map(body) if kind == "fhir" else None
    body.done()
    preset = Preset(
        name=whole.text("preset"),
        version=whole.number("version", 1, 10_000),
        title=whole.text("title"),
        provenance=whole.text("provenance"),
        coverage=whole.text("coverage"),
        vanish=vanish,
        mass_vanish_share=share,
        sensitivity=sensitivity,
        csv=csv,
        fhir=fhir,
    )
    whole.done()
    return preset
