"""The worklist as a table for a spreadsheet: CSV in UTF-8 with a byte order mark, one connection a line, who takes part and as of when below.

A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV Injection).
"""

import csv
import io

from connectors.alerts import wording
from connectors.alerts.worklist import Entry, Worklist
from mappings.canonical.codes import AlertLevel

COLUMNS = (
    "Client", "Client id", "Our worker", "Other agency", "Service", "Worker", "Role", "Team", "Phone", "Email", "Since", "Reference to say",
    "How sure", "Told on",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(listed: Worklist) -> str:
    """The whole table."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows([_safe(cell) for cell in cells(entry)] for entry in listed.entries)
    table.writerow([])
    table.writerow([f"As of {wording.day(listed.as_of.date())}, {listed.as_of:%H:%M} UTC"])
    table.writerows([_safe(line)] for line in wording.standing_words(listed.participation))
    return "\ufeff" + written.getvalue()


def cells(entry: Entry) -> list[str]:
    """One connection in the order of `COLUMNS`; of somebody who may not be named, the contact alone."""
    alert, other = entry.alert, entry.alert.other
    named = other.worker if other is not None and alert.level is AlertLevel.FULL else None
    contact = other.worker.contact if other is not None else None
    return [
        entry.client,
        entry.client_local_id,
        entry.worker,
        other.agency_name if other else wording.who_else(alert),
        wording.service_words(other.service) if other else "",
        named.name if named else "",
        named.role if named else "",
        named.team if named else "",
        contact.phone if contact else "",
        contact.email if contact else "",
        other.start.isoformat() if other and other.start else "",
        str(alert.spoken_reference),
        wording.certainty(alert),
        entry.told_at.date().isoformat(),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
