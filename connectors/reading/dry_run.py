"""Reading an export without publishing anything: what a connector would make of it, and what is missing.

No settings and no keys are needed, and nothing is written. National numbers of either side count (live or trial): nothing of them leaves. What
the agency itself would have to say (a contact, a legal basis) is taken as said, and counted where a row depends on it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from connectors.publishing.policy import Policy
from connectors.reading.enough_identity import tells_enough
from connectors.sources.opening import AUTO, detect, open_source
from connectors.sources.port import (
    Merged,
    Parted,
    Read,
    Reading,
    Rejected,
    Skipped,
    Source,
    SourceUnreadable,
    Withdrawn,
)
from identity.person.age_band import age_band
from identity.person.standardise import standardise
from identity.person.tokens import is_weak
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import AgeBand, Consent, LegalBasis, Sensitivity, Strength
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact, Involvement
from mappings.preset import Preset, load_preset

EXAMPLES = 5
MOST_PROBLEMS = 20
# Stands for the contact that the agency's settings will give; a row that has nothing else is counted.
TO_BE_SAID = Contact(phone="the contact in the agency's settings")
NOBODY = AgencyId("urn:patchwork:dry-run:agency")

UNKNOWN_COLUMNS = "unknown-columns"
NOT_ENOUGH_IDENTITY = "not-enough-identity"
NO_CONTACT = "no-contact"
OVER = "over-before-it-was-seen"
SENSITIVE = "sensitive-service"
UNCLASSIFIED = "unclassified-service"
HELD_BACK = "held-back"
CONSENT = "consent-missing"


@dataclass(slots=True)
class DryRun:
    """What an export gave. `rows` is how many were read: `involvements` and what was skipped add up to it. `withheld` counts, by the first
    reason that holds, involvements of which nobody would be told; `waiting` is how many of the others are too weak to be published. `workers` and
    `teams` are those known by a number only; `columns` no map names, and `files` play no part. `missing` says why there is no involvement, where
    there is none; the document tells it under `unmapped`."""

    preset: str = ""
    title: str = ""
    coverage: str = ""
    as_of: date | None = None
    rows: int = 0
    involvements: int = 0
    weak: int = 0
    waiting: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    workers: set[str] = field(default_factory=set, repr=False)
    teams: set[str] = field(default_factory=set, repr=False)
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    examples: list[Read] = field(default_factory=list, repr=False)
    missing: str = ""

    @property
    def published(self) -> int:
        """How many involvements would be published."""
        return self.involvements - self.waiting - sum(self.withheld.values())

    def document(self) -> dict[str, Any]:
        """The counts, for programs."""
        unmapped: dict[str, Any] = {
            "workers": len(self.workers),
            "teams": len(self.teams),
            "columns": list(self.columns),
            "files": list(self.files),
        }
        if self.missing:
            unmapped["missing"] = self.missing
        return {
            "preset": self.preset or None,
            "rows": self.rows,
            "involvements": self.involvements,
            "weak": self.weak,
            "skipped": dict(self.skipped),
            "withheld": dict(self.withheld),
            "unmapped": unmapped,
        }


def dry_run(path: Path, preset: str = AUTO, as_of: date | None = None, said: AgencyDefaults | None = None) -> DryRun:
    """Read everything at `path`. `said` is what the agency's settings say, once there are any. Never raises
    `SourceUnreadable`: what it would say is `missing`. Raises `PresetError` for a preset that cannot be used."""
    done = DryRun()
    try:
        chosen = load_preset(detect(path) if preset == AUTO else preset)
        done.preset, done.title, done.coverage = chosen.name, chosen.title, chosen.coverage
        source = open_source(chosen, path, said or _defaults(chosen), None, as_of)
        done.as_of = source.snapshot().as_of
        for reading in source.readings():
            _count(done, reading)
    except SourceUnreadable as problem:
        return DryRun(preset=done.preset, title=done.title, missing=str(problem))
    _finish(done, source, chosen)
    return done


def _defaults(preset: Preset) -> AgencyDefaults:
    said = ServiceDefaults(contact=TO_BE_SAID, legal_basis=LegalBasis.UK_GDPR_6_1_E)
    return AgencyDefaults(NOBODY, preset.service, said)


def _count(done: DryRun, reading: Reading) -> None:
    match reading:
        case Read():
            done.rows += 1
            _count_involvement(done, reading)
        case Skipped():
            done.rows += 1
            done.skipped[reading.reason.value] += 1
        case Rejected():
            done.rows += 1
            done.skipped["unreadable"] += 1
            if len(done.problems) < MOST_PROBLEMS:
                done.problems.append(f"{reading.where}: {reading.problem}")
        case Withdrawn():
            done.rows += 1
            done.skipped["withdrawn"] += 1
        case Merged():
            done.rows += 1
            done.skipped["records-merged"] += 1
        case Parted():
            # Where a client stands, which is no row of its own.
            pass


def _count_involvement(done: DryRun, read: Read) -> None:
    involvement = read.involvement
    done.involvements += 1
    strong = any(number.strength is Strength.STRONG for number in involvement.person.identifiers)
    weak = not strong and is_weak(standardise(involvement.person))
    done.weak += weak
    if involvement.worker_id and involvement.worker in ("", involvement.worker_id):
        done.workers.add(involvement.worker_id)
    if involvement.team_id and involvement.team in ("", involvement.team_id):
        done.teams.add(involvement.team_id)
    reason = _withheld(involvement, done.as_of or date.min)
    if reason:
        done.withheld[reason] += 1
    else:
        done.waiting += weak
    if len(done.examples) < EXAMPLES:
        done.examples.append(read)


def _withheld(involvement: Involvement, as_of: date) -> str:
    """Why nobody would be told of an involvement; empty where somebody may be."""
    nobody = not involvement.worker and not involvement.team and involvement.contact in (TO_BE_SAID, Contact())
    reasons = {
        NOT_ENOUGH_IDENTITY: not tells_enough(involvement.person),
        OVER: _over(involvement, as_of),
        HELD_BACK: involvement.held_back,
        CONSENT: involvement.consent not in (Consent.NOT_NEEDED, Consent.GIVEN),
        SENSITIVE: involvement.sensitivity is Sensitivity.SENSITIVE,
        UNCLASSIFIED: involvement.sensitivity is Sensitivity.UNCLASSIFIED,
        NO_CONTACT: nobody,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _over(involvement: Involvement, as_of: date) -> bool:
    """Whether it had ended so long before the extract that it is not published when first seen (`connectors.publishing.changes`)."""
    if involvement.end is None or involvement.end > as_of:
        return False
    person, usual = involvement.person, Policy()
    band, _ = age_band(person.birth_date, person.expected, as_of)
    days = usual.linger_days_children if band in (AgeBand.CHILD, AgeBand.UNBORN) else usual.linger_days_adults
    return involvement.end <= as_of - timedelta(days=days)


def _finish(done: DryRun, source: Source, preset: Preset) -> None:
    done.remarks = source.remarks
    done.columns, done.files = source.unknown, source.unread
    if source.refused:
        done.withheld = Counter({UNKNOWN_COLUMNS: done.involvements})
    if done.involvements:
        return
    if not done.rows:
        done.missing = f"there is no row in it: what is missing are rows below the headings that {preset.name} knows"
    elif done.problems:
        done.missing = f"no row could be used; the first: {done.problems[0]}"
    else:
        done.missing = f"none of {done.rows} rows states an involvement ({_listed(done.skipped.items())}): what is missing are {preset.wanted}"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts)
