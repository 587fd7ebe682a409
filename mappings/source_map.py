"""The declarative map from the rows of one real-world format to involvements: data, never code. `mappings.preset` reads
it from YAML.

Everything is frozen and typed; what a map can say is what these types hold. A cell travels as `Row`: field -> cleaned
text, with fields the source leaves empty absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mappings.canonical.codes import Consent, Gender, Informed, LegalBasis, Sensitivity, ServiceLine, Strength
from mappings.concept_map import ConceptMap
from mappings.transforms_dates import DateForms


class Field(StrEnum):
    """Everything a column may be mapped to. A column mapped to nothing is ignored or denied by name, or the file is
    refused."""

    INVOLVEMENT_ID = "involvement_id"
    PERSON_ID = "person_id"
    WORKER_ID = "worker_id"
    STAFF_ID = "staff_id"
    TEAM_ID = "team_id"
    GIVEN = "given"
    MIDDLE = "middle"
    FAMILY = "family"
    FULL_NAME = "full_name"
    KNOWN_AS = "known_as"
    FORMER_FAMILY = "former_family"
    BIRTH_DATE = "birth_date"
    EXPECTED = "expected"
    DEATH_DATE = "death_date"
    GENDER = "gender"
    NHS_NUMBER = "nhs_number"
    NHS_STATUS = "nhs_status"
    CHI_NUMBER = "chi_number"
    HSC_NUMBER = "hsc_number"
    UPN = "upn"
    ADDRESS = "address"
    TOWN = "town"
    POSTCODE = "postcode"
    ADDRESS_WITHHELD = "address_withheld"
    WORKER = "worker"
    WORKER_GIVEN = "worker_given"
    WORKER_FAMILY = "worker_family"
    WORKER_GMC = "worker_gmc"
    WORKER_NMC = "worker_nmc"
    WORKER_SWE = "worker_swe"
    ROLE = "role"
    ROLE_CODE = "role_code"
    TEAM = "team"
    TEAM_PARENT = "team_parent"
    PHONE = "phone"
    EMAIL = "email"
    SERVICE = "service"
    SENSITIVITY = "sensitivity"
    START = "start"
    END = "end"
    STATUS = "status"
    RESTRICTED = "restricted"
    LEGAL_BASIS = "legal_basis"
    CONSENT = "consent"
    CONSENT_DATE = "consent_date"
    INFORMED = "informed"
    INFORMED_DATE = "informed_date"
    HELD_BACK = "held_back"


Row = dict[Field, str]


class RowAction(StrEnum):
    """What a rule does with a row: leave it out for one of the reasons of `connectors.sources.port.SkipReason`, or
    withdraw it."""

    NOT_AN_INVOLVEMENT = "not-an-involvement"
    EXTERNAL_WORKER = "external-worker"
    NO_IDENTITY = "no-identity"
    UNBORN = "unborn"
    EXCLUDED = "excluded"
    WITHDRAW = "withdraw"


class VanishPolicy(StrEnum):
    """What becomes of an involvement that a full reading no longer states: ended, left as it is and reported, or left
    unsaid."""

    CLOSE = "close"
    HOLD = "hold"
    IGNORE = "ignore"


class SameKey(StrEnum):
    """Two rows with one key that say different things: refuse the later ones, or merge spells of one worker (earliest
    start; the end only when every spell has ended)."""

    REJECT = "reject"
    MERGE = "merge"


class Test(StrEnum):
    """What a condition asks of a field."""

    GIVEN = "given"
    EMPTY = "empty"
    IN = "in"
    NOT_IN = "not_in"


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one field. `values` are folded; only for `in` and `not_in`."""

    field: Field
    test: Test
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """An open/close or exclusion rule: applied, in the order of the map, where every condition holds."""

    action: RowAction
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A column heading to recognise: a folded name, or a pattern that the whole folded heading must match."""

    name: str
    pattern: re.Pattern[str] | None = None

    def matches(self, folded: str) -> bool:
        """Whether a folded heading is this one."""
        return bool(self.pattern.fullmatch(folded)) if self.pattern else folded == self.name


@dataclass(frozen=True, slots=True)
class FileMap:
    """One file of a set. The first file of a map is the main one: one row, one involvement; the others are joined to
    it.

    `columns` says which headings hold which field; `required` fields make a file recognisable; of each group in
    `one_of` at least one must be there. `deny` columns are parsed past and never kept; `ignore` columns are known and
    not needed. `join` is the field shared with the main file, `also_by` another field of this file its text may hold
    instead; `needed` files must be there, and with `must_match` every main row must find its row; a file is not looked
    for where the main file itself has one of the `unless` fields.
    """

    name: str
    columns: Mapping[Field, tuple[Header, ...]]
    required: frozenset[Field] = frozenset()
    one_of: tuple[frozenset[Field], ...] = ()
    ignore: tuple[Header, ...] = ()
    deny: tuple[Header, ...] = ()
    join: Field | None = None
    also_by: Field | None = None
    needed: bool = True
    must_match: bool = False
    unless: frozenset[Field] = frozenset()


@dataclass(frozen=True, slots=True)
class Concepts:
    """The code tables of a map. `role_labels` turns role codes into words people read."""

    gender: ConceptMap[Gender]
    service: ConceptMap[ServiceLine]
    sensitivity: ConceptMap[Sensitivity]
    consent: ConceptMap[Consent]
    informed: ConceptMap[Informed]
    legal_basis: ConceptMap[LegalBasis]
    nhs_status: ConceptMap[Strength]
    role_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The whole map of a CSV format. Key templates are alternatives: the first whose every field the row has."""

    files: tuple[FileMap, ...]
    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]
    null_tokens: frozenset[str]
    dates: DateForms
    transforms: Mapping[Field, tuple[str, ...]]
    person_key: tuple[str, ...]
    key: tuple[str, ...]
    label: tuple[str, ...]
    same_key: SameKey
    service_from: tuple[Field, ...]
    rules: tuple[Rule, ...]
    concepts: Concepts
    publish_unborn: bool = False

    @property
    def main(self) -> FileMap:
        """The file whose rows are involvements."""
        return self.files[0]
