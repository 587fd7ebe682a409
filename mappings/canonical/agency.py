"""An agency: a service with its own records and rules, inside an organisation that is the legal controller."""

from dataclasses import dataclass

from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class Agency:
    """Who may be involved and who may be told. `organisation` is the controller's name; connections are between agencies."""

    id: AgencyId
    name: str
    type: AgencyType
    organisation: str

    def __post_init__(self) -> None:
        for field in ("name", "organisation"):
            text = getattr(self, field)
            if not text.strip() or len(text) > 200:
                raise ValueError(f"the agency's {field} must be 1 to 200 characters")
