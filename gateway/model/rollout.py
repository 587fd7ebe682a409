"""The roll-out plan: what is intended with one agency, and what has become of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mappings.canonical.identifiers import AgencyId


class RolloutState(StrEnum):
    """How far an agency has come. `PLANNED`: it is named, in the plan or in the register, and nobody has been invited. `ONBOARDING`: from its
    invitation until it goes live. `LEFT`: its connector is stopped for good."""

    PLANNED = "planned"
    ONBOARDING = "onboarding"
    LIVE = "live"
    SUSPENDED = "suspended"
    LEFT = "left"


@dataclass(frozen=True, slots=True, repr=False)
class Champion:
    """Who speaks for Patchwork at an agency, as a post (never a name), and one work telephone number or e-mail address."""

    post: str
    contact: str


@dataclass(frozen=True, slots=True)
class RolloutEntry:
    """What is intended with one agency, whether or not it is in the register yet. `eligibility` is whom it means to publish, in its own words, and
    empty where nobody has said. `planned_by` and `planned_at` say who set its days last, and when."""

    agency: AgencyId
    name: str
    starts_on: date
    live_by: date
    eligibility: str
    champion: Champion | None
    planned_by: str
    planned_at: datetime
