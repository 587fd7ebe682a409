"""The powers and duties that a sharing rule may rest on, with their source. They ship as data (`legal_bases.toml`), and none is active."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from mappings.canonical.codes import AgeBand, LegalBasis


@dataclass(frozen=True, slots=True)
class Basis:
    """`age_bands`: of whom a discloser may say anything on it. `source` is where the words of it stand."""

    id: LegalBasis
    title: str
    kind: str
    age_bands: frozenset[AgeBand]
    note: str
    source: str


@cache
def legal_bases() -> Mapping[LegalBasis, Basis]:
    """Every basis, one for each code."""
    text = resources.files("gateway.sharing").joinpath("legal_bases.toml").read_text("utf-8")
    return MappingProxyType({basis.id: basis for basis in map(_basis, tomllib.loads(text)["bases"])})


def _basis(members: Mapping[str, object]) -> Basis:
    bands = members["age_bands"]
    if not isinstance(bands, list):
        raise ValueError("age_bands must be a list")
    return Basis(
        LegalBasis(str(members["id"])),
        str(members["title"]),
        str(members["kind"]),
        frozenset(AgeBand(band) for band in bands),
        str(members["note"]),
        str(members["source"]),
    )
