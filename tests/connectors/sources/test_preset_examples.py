"""Every shipped preset brings sample rows and what they must yield (`mappings/presets/examples`): read as an agency's export would be."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from connectors.sources.opening import detect, open_source
from connectors.sources.port import Merged, Read, Reading, Rejected, Skipped, Withdrawn
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact, Involvement
from mappings.preset import SHIPPED, load_preset, presets
from mappings.preset_section import Section, read_yaml

EXAMPLES = SHIPPED / "examples"


@dataclass
class Example:
    """One preset's sample, laid out in a folder."""

    preset: str
    section: Section
    path: Path

    def readings(self) -> list[Reading]:
        preset = load_preset(self.preset)
        defaults = AgencyDefaults(
            AgencyId("urn:patchwork:seaton:agency"), preset.service, ServiceDefaults(contact=Contact("01632 960000"))
        )
        as_of = date.fromisoformat(self.section.text("as_of"))
        return list(open_source(preset, self.path, defaults, Mode.TRIAL, as_of).readings())


@pytest.fixture(params=presets())
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    section = Section(request.param, read_yaml(EXAMPLES / f"{request.param}.yaml"))
    files = section.section("files")
    for name in files.names():
        (tmp_path / name).write_text(files.text(name) + "\n", encoding="utf-8")
    return Example(request.param, section, tmp_path / section.text("read"))


def stated(one: Involvement) -> dict[str, str]:
    """An involvement as the examples write it: what is not said is left out."""
    said = {
        "local_id": one.local_id,
        "person_id": one.person.local_id,
        "worker": one.worker,
        "team": one.team,
        "start": one.start.isoformat() if one.start else "",
        "end": one.end.isoformat() if one.end else "",
        "service": one.service.value,
        "sensitivity": one.sensitivity.value,
        "held_back": "yes" if one.held_back else "",
    }
    return {name: text for name, text in said.items() if text}


def test_the_rows_yield_what_the_preset_says(example: Example) -> None:
    readings = example.readings()
    wanted = example.section.sections("involvements")

    assert [stated(one.involvement) for one in readings if isinstance(one, Read)] == [
        {name: each.text(name) for name in each.names()} for each in wanted
    ]
    assert Counter(one.reason.value for one in readings if isinstance(one, Skipped)) == Counter(
        example.section.texts("skipped", ())
    )
    assert [one.local_id for one in readings if isinstance(one, Withdrawn)] == list(
        example.section.texts("withdrawn", ())
    )
    assert [f"{one.superseded} {one.surviving}" for one in readings if isinstance(one, Merged)] == list(
        example.section.texts("merged", ())
    )
    assert [one.problem for one in readings if isinstance(one, Rejected)] == []


def test_the_format_is_found_without_being_named(example: Example) -> None:
    assert detect(example.path) == example.preset


def test_what_is_denied_is_nowhere_in_what_is_read(example: Example) -> None:
    kept = [repr(_everything(one.involvement)) for one in example.readings() if isinstance(one, Read)]

    assert kept
    for secret in example.section.texts("never_kept"):
        assert not any(secret in text for text in kept)
        # The sample really holds it.
        assert any(secret in path.read_text(encoding="utf-8") for path in _folder(example).iterdir())


def _folder(example: Example) -> Path:
    return example.path if example.path.is_dir() else example.path.parent


def _everything(thing: object) -> object:
    """A frozen object with all that is hidden from its repr."""
    slots = getattr(type(thing), "__slots__", ())
    if slots and not isinstance(thing, str):
        return [_everything(getattr(thing, name)) for name in slots]
    return [_everything(one) for one in thing] if isinstance(thing, tuple) else str(thing)
