"""Guessing what the columns of an unknown list hold, from headings and values together. A guess is a proposal: somebody confirms it.

* Where heading and values disagree the values are believed: a column "Ref" full of NHS numbers holds NHS numbers.
* A telephone number or e-mail address is taken only where the heading says that it is the worker's. A client's own must not leave.
* Whatever is not recognised is never read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median

from connectors.setup.sample import Sample
from connectors.setup.value_kinds import Kind, Look, day_of, look
from identity.person.name_rarity import family_rarity, given_rarity
from mappings.concept_map import fold
from mappings.source_map import Field

_WORKER = r"(worker|staff|officer|mentor|advis[eo]r|practitioner|leadprofessional|caseholder|teacher|nurse|visitor|volunteer|counsellor)"
_CLIENT = (
    r"(client|pupil|child|student|youngperson|serviceuser|patient|tenant|member|participant|person|beneficiary|case)"
)
_NAMES = frozenset({Kind.NAME, Kind.TEXT, Kind.EMPTY})
_WORDS = frozenset({*_NAMES, Kind.CODE, Kind.GENDER})
_DATES = frozenset({Kind.DATE, Kind.EMPTY})
_ANY = frozenset(Kind)

HEADINGS: tuple[tuple[Field, str, frozenset[Kind]], ...] = (
    (Field.EMAIL, rf".*{_WORKER}.*e?mail.*", frozenset({Kind.EMAIL, Kind.EMPTY})),
    (Field.PHONE, rf".*{_WORKER}.*(phone|tel|mobile).*", frozenset({Kind.PHONE, Kind.CODE, Kind.EMPTY})),
    (Field.BIRTH_DATE, r".*(dob|birth|born).*", _DATES),
    (Field.NHS_NUMBER, r".*nhs.*", frozenset({Kind.NHS_NUMBER, Kind.EMPTY})),
    (Field.POSTCODE, r".*(postcode|postalcode|zip).*", frozenset({Kind.POSTCODE, Kind.EMPTY})),
    (Field.CONSENT_DATE, r".*consent.*date.*|date.*consent.*", _DATES),
    (Field.CONSENT, r".*consent.*", _WORDS),
    (Field.RESTRICTED, r".*(restricted|confidential).*", _WORDS),
    (Field.HELD_BACK, r".*(donotshare|heldback|dontshare).*", _WORDS),
    (Field.END, r".*(end|clos|left|leav|exit|discharg|finish|stopp).*", _DATES),
    (Field.START, r".*(start|open|referr|refdate|join|began|begin|admi|register|since|firstseen|date).*", _DATES),
    (Field.KNOWN_AS, r".*(knownas|nickname|preferredname|likestobecalled|goesby).*", _WORDS),
    (Field.WORKER, rf".*{_WORKER}.*|allocatedto|assignedto|seenby|lead", _NAMES),
    (Field.FAMILY, r".*(surname|lastname|familyname)", _WORDS),
    (Field.GIVEN, r".*(firstname|forename|givenname|christianname)s?", _WORDS),
    (Field.FULL_NAME, rf"(full|{_CLIENT})?names?|{_CLIENT}s?|nameof{_CLIENT}", _NAMES),
    (Field.GENDER, r".*gender.*|sex", frozenset({Kind.GENDER, Kind.NAME, Kind.EMPTY})),
    (Field.TOWN, r".*(town|city)", _WORDS),
    (Field.ADDRESS, r".*(address|street).*", frozenset({Kind.TEXT, Kind.NAME, Kind.CODE, Kind.EMPTY})),
    (Field.STATUS, r".*status", _WORDS),
    (Field.ROLE, r"(job)?(title|role)", _NAMES),
    (Field.TEAM, r".*(team|project|programme|strand|unit|department|hub|service|activity).*", _WORDS),
    (Field.INVOLVEMENT_ID, r"(episode|referral|involvement|tenancy|placement)(id|ref|no|number|reference)", _ANY),
    (Field.PERSON_ID, rf"(our|{_CLIENT})?(s)?(id|ref|no|number|code|reference|refno|urn)", _ANY),
)  # fmt: skip
IN_WORDS = {
    Field.FULL_NAME: "the client's whole name",
    Field.GIVEN: "the client's first name",
    Field.FAMILY: "the client's family name",
    Field.KNOWN_AS: "what the client is called",
    Field.PERSON_ID: "your own number of the client",
    Field.START: "when the involvement began",
    Field.END: "when the involvement ended",
    Field.WORKER: "who of you is involved",
    Field.EMAIL: "the worker's e-mail",
    Field.PHONE: "the worker's telephone",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """One column. `field` is None where it is never read; `why` says what the guess rests on, in counts and never in values."""

    heading: str
    field: Field | None
    look: Look
    why: str = ""


def guess(sample: Sample) -> tuple[Guess, ...]:
    """What each column holds, in their order; no field twice."""
    looks = [look(values) for values in sample.columns]
    guesses = [_by_heading(heading, seen) for heading, seen in zip(sample.headings, looks, strict=True)]
    guesses = _once(guesses)
    guesses = _by_dates(sample, guesses)
    guesses = _by_names(sample, guesses)
    return tuple(_once(guesses))


def missing(fields: Sequence[Field]) -> str:
    """What a list needs and has no column for, in words; empty where there is enough."""
    here = set(fields)
    if not here & {Field.FULL_NAME, Field.FAMILY, Field.GIVEN, Field.KNOWN_AS, Field.NHS_NUMBER}:
        return "a column with the client's name or NHS number"
    if not here & {Field.PERSON_ID, Field.NHS_NUMBER, Field.BIRTH_DATE, Field.POSTCODE}:
        return "a column by which two clients of one name are told apart: your own number of them, a birth date or a postcode"
    return ""


def _by_heading(heading: str, seen: Look) -> Guess:
    folded = fold(heading)
    said = f"{seen.fitting} of {seen.filled} are {seen.kind}" if seen.filled else "the column is empty"
    if seen.kind is Kind.NHS_NUMBER:
        return Guess(heading, Field.NHS_NUMBER, seen, f"values: {said} by their check digit")
    for field, pattern, kinds in HEADINGS:
        if re.fullmatch(pattern, folded) and seen.kind in kinds:
            return Guess(heading, field, seen, f"heading, and {said}")
    by_value = {Kind.POSTCODE: Field.POSTCODE, Kind.GENDER: Field.GENDER}.get(seen.kind)
    return Guess(heading, by_value, seen, f"values: {said}" if by_value else said)


def _once(guesses: Sequence[Guess]) -> list[Guess]:
    """The first column of a field holds it; a second is left out."""
    taken: set[Field] = set()
    kept = []
    for each in guesses:
        if each.field in taken:
            kept.append(replace(each, field=None, why=f"{each.why}; another column holds that already"))
            continue
        taken |= {each.field} if each.field else set()
        kept.append(each)
    return kept


def _by_dates(sample: Sample, guesses: list[Guess]) -> list[Guess]:
    """Dates under headings that say nothing: the ones long ago are birth dates, the fullest of the others is when it began."""
    columns = dict(zip(sample.headings, sample.columns, strict=True))
    days = {
        each.heading: [day for value in columns[each.heading] if (day := day_of(value))]
        for each in guesses
        if each.field is None and each.look.kind is Kind.DATE and "another column" not in each.why
    }
    if not days:
        return guesses
    latest = max(max(listed) for listed in _all_days(columns, guesses))
    named = {each.field for each in guesses}
    chosen: dict[str, Field] = {}
    old = [name for name, listed in days.items() if _middle(listed) < latest - timedelta(days=6 * 365)]
    if Field.BIRTH_DATE not in named and old:
        chosen[old[0]] = Field.BIRTH_DATE
    rest = sorted((name for name in days if name not in old), key=lambda name: -len(days[name]))
    for field in (Field.START, Field.END):
        if field not in named and rest:
            chosen[rest.pop(0)] = field
    return [
        replace(each, field=chosen[each.heading], why=f"values: {each.why}") if each.heading in chosen else each
        for each in guesses
    ]


def _all_days(columns: dict[str, tuple[str, ...]], guesses: Sequence[Guess]) -> list[list[date]]:
    listed = [
        [day for value in columns[each.heading] if (day := day_of(value))]
        for each in guesses
        if each.look.kind is Kind.DATE
    ]
    return [days for days in listed if days]


def _middle(days: Sequence[date]) -> date:
    return date.fromordinal(int(median(day.toordinal() for day in days)))


def _by_names(sample: Sample, guesses: list[Guess]) -> list[Guess]:
    """Names under headings that say nothing: few different ones are workers, whole ones clients; of single words the commoner as a first name."""
    named = {each.field for each in guesses}
    columns = dict(zip(sample.headings, sample.columns, strict=True))
    loose = [each for each in guesses if each.field is None and each.look.kind is Kind.NAME]
    chosen: dict[str, Field] = {}
    for each in loose:
        whole = sum(" " in value or "," in value for value in columns[each.heading] if value) > each.look.filled / 2
        few = each.look.filled >= 4 and each.look.different <= each.look.filled / 2
        if whole and few and Field.WORKER not in named:
            chosen[each.heading] = Field.WORKER
        elif whole and not few and not named & {Field.FULL_NAME, Field.FAMILY}:
            chosen[each.heading] = Field.FULL_NAME
        named |= set(chosen.values())
    single = [each for each in loose if each.heading not in chosen]
    if len(single) == 2 and not named & {Field.FULL_NAME, Field.FAMILY, Field.GIVEN}:
        first, second = sorted(single, key=lambda each: -_as_given(columns[each.heading]))
        chosen |= {first.heading: Field.GIVEN, second.heading: Field.FAMILY}
    return [
        replace(each, field=chosen[each.heading], why=f"values: {each.why}") if each.heading in chosen else each
        for each in guesses
    ]


def _as_given(values: Sequence[str]) -> float:
    """How much rather first names than family names these are."""
    names = [value.upper() for value in values if value]
    return sum(family_rarity(name) - given_rarity(name) for name in names) / max(1, len(names))
