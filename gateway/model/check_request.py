"""That an agency is asked to look at one of its own records again. It goes out in the agency's daily list, like any other."""

from dataclasses import dataclass
from datetime import date

from mappings.canonical.check_list import CheckField


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """On the list from `since` through `until`. One a record."""

    record_id: int
    fields: tuple[CheckField, ...]
    case: int
    asked_by: str
    since: date
    until: date
