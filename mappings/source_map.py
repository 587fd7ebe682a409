"""The declarative map from the rows of one real-world format to involvements: data, never code. `mappings.preset` reads
it from YAML.

Everything is frozen and typed; what a map can say is what these types hold. A cell travels as `Row`: field -> cleaned
text, with fields the source leaves empty absent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mappings.canonical.codes import (
    Consent,
    Gender,
    Informed,
    LegalBasis,
    Sensitivity,
    ServiceLine,
    Strength,
    YoungAdultStatus,
)
from mappings.concept_map import ConceptMap
from mappings.message_map import MessageMap
from mappings.transforms_dates import DateForms
from mappings.tree_map import TreeMap


class Field(StrEnum):
    """Everything a column may be mapped to. A column mapped to nothing is ignored or denied by name, or the file is
    refused."""

    INVOLVEMENT_ID = "involvement_id"
    REFERRAL_ID = "referral_id"
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
    WORKER_SCHEME = "worker_scheme"
    WORKER_GMC = "worker_gmc"
    WORKER_NMC = "worker_nmc"
    WORKER_SWE = "worker_swe"
    ROLE = "role"
    ROLE_CODE = "role_code"
    TEAM = "team"
    TEAM_PARENT = "team_parent"
    TEAM_TYPE = "team_type"
    ORGANISATION = "organisation"
    LEA = "lea"
    ESTAB = "estab"
    SPECIALTY = "specialty"
    LOCATION = "location"
    PHONE = "phone"
    EMAIL = "email"
    SERVICE = "service"
    SENSITIVITY = "sensitivity"
    START = "start"
    END = "end"
    STATUS = "status"
    KIND = "kind"
    OUTCOME = "outcome"
    CLIENT_TYPE = "client_type"
    TEST = "test"
    WITHDRAWN = "withdrawn"
    PURGED = "purged"
    RESTRICTED = "restricted"
    LEGAL_BASIS = "legal_basis"
    CONSENT = "consent"
    CONSENT_DATE = "consent_date"
    INFORMED = "informed"
    INFORMED_DATE = "informed_date"
    HELD_BACK = "held_back"
    YOUNG_ADULT_STATUS = "young_adult_status"
    YOUNG_ADULT_STATUS_UNTIL = "young_adult_status_until"


Row = dict[Field, str]
DATES = frozenset(
    {
        Field.BIRTH_DATE,
        Field.EXPECTED,
        Field.DEATH_DATE,
        Field.START,
        Field.END,
        Field.CONSENT_DATE,
        Field.INFORMED_DATE,
        Field.YOUNG_ADULT_STATUS_UNTIL,
    }
)
"""The fields that hold dates. In a key they stand as YYYY-MM-DD, however the file writes them."""


class RowAction(StrEnum):
    """What a rule does with a row: leave it out for one of the reasons of `connectors.sources.port.SkipReason`,
    withdraw it, withdraw everything that was said of its client, or publish it as one that must not be shared
    (`HOLD_BACK`)."""

    NOT_AN_INVOLVEMENT = "not-an-involvement"
    EXTERNAL_WORKER = "external-worker"
    NO_IDENTITY = "no-identity"
    UNBORN = "unborn"
    EXCLUDED = "excluded"
    WITHDRAW = "withdraw"
    WITHDRAW_PERSON = "withdraw-person"
    HOLD_BACK = "hold-back"


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


class Others(StrEnum):
    """What a column means that the map does not name: the file is refused by that name, because what the column says
    may matter; or, where a published standard says what every column is, the column is never read."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"


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
    """One file of a set, or one sheet of a workbook. A `main` one has a row for each involvement, the others are joined
    to those. A main file may have keys and rules of its own, and is not read where the set has one that it stands
    `instead_of`.

    `columns` says which headings hold which field; `required` fields make a file recognisable; of each group in
    `one_of` at least one must be there. `deny` columns are parsed past and never kept; `ignore` columns are known and
    not needed; `others` says what becomes of a column in no list. `join` is the field shared with the main file,
    `also_by` another field of this file its text may hold instead; `needed` files must be there, and with `must_match`
    every main row must find its row; a file is not looked for where the main file itself has one of the `unless`
    fields. A `shared` one is a directory that many formats may have beside them.
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
    main: bool = False
    instead_of: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    others: Others = Others.REFUSE
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Concepts:
    """The code tables of a map. `role_labels` turns role codes into words people read."""

    gender: ConceptMap[Gender]
    service: ConceptMap[ServiceLine]
    sensitivity: ConceptMap[Sensitivity]
    consent: ConceptMap[Consent]
    informed: ConceptMap[Informed]
    legal_basis: ConceptMap[LegalBasis]
    young_adult_status: ConceptMap[YoungAdultStatus]
    nhs_status: ConceptMap[Strength]
    role_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The whole map of a format whose rows state involvements. Templates are alternatives: the first whose every field
    the row has. `derive` fills a field that the row leaves empty. `nameless`: rows that tell neither a name nor a
    number are involvements all the same, of somebody only the agency knows. `tree` and `messages` say how rows are
    found in a document of nested elements and in HL7 v2 messages; without either, the files are tables."""

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
    nameless: bool = False
    derive: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)
    tree: TreeMap | None = None
    messages: MessageMap | None = None

    @property
    def mains(self) -> tuple[FileMap, ...]:
        """The files whose rows are involvements."""
        return tuple(file for file in self.files if file.main)

    @property
    def beside(self) -> tuple[FileMap, ...]:
        """The files that are joined to those."""
        return tuple(file for file in self.files if not file.main)

    def of(self, file: FileMap) -> "SourceMap":
        """The map as it holds for one main file."""
        return replace(self, key=file.key or self.key, rules=(*self.rules, *file.rules))
