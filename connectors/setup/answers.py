"""What somebody said about their agency: everything a settings file needs beside what the gateway gives at enrolment."""

from dataclasses import dataclass
from pathlib import Path

from mappings.canonical.codes import LegalBasis, Mode, Sensitivity, ServiceLine


class Incomplete(Exception):
    """Something that is needed was not said, or cannot be used. Names it and the way out."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """Where e-mail about alerts goes, and through which server (TLS)."""

    to: str
    host: str
    sender: str


@dataclass(frozen=True, slots=True)
class Answers:
    """`export` and `alerts` are as they are written into the settings; `preset` names a shipped one or the agency's own file. Alerts go to a
    folder, to e-mail, or both."""

    agency_name: str
    service: ServiceLine
    export: Path
    preset: str
    legal_basis: LegalBasis
    sensitivity: Sensitivity | None = None
    team: str = ""
    phone: str = ""
    email: str = ""
    alerts: Path | None = None
    mailing: Mailing | None = None
    agreement: str = ""
    agreement_version: int = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this connector is at its gateway, as the registrar says, where no invitation does."""

    connector: str
    agency: str
    partnership: str
    gateway: str
    url: str
    mode: Mode = Mode.TRIAL


def as_written(path: Path, folder: Path) -> Path:
    """A path as a settings file in `folder` names it: from there where it lies below, else in full."""
    whole, base = path.resolve(), folder.resolve()
    return whole.relative_to(base) if whole.is_relative_to(base) else whole
