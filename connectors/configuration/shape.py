"""The two ways in which the agencies of a connector are written down, made one before anything of it is checked.

* A connector for one agency: `[agency]`, with what else belongs to an agency beside it, at the top of the file.
* A connector for several: one `[[agencies]]` table each, which holds all of it.
"""

from typing import Any

OF_AN_AGENCY = ("agreement", "sources", "exclusions", "eligibility", "sinks", "ledger")
"""What belongs to an agency and stands beside `[agency]` in the short form."""

Location = tuple[Any, ...]


class Misplaced(Exception):
    """The two forms are mixed, or neither is there. Names the key and where it belongs."""


def in_one_form(document: dict[str, Any]) -> dict[str, Any]:
    """The document with `agencies` in place of everything that belongs to the one agency. Raises `Misplaced`."""
    if "agencies" in document:
        stray = [name for name in ("agency", *OF_AN_AGENCY) if name in document]
        if stray:
            raise Misplaced(f"{stray[0]}: there are [[agencies]] in this file; write this into the one it belongs to")
        if not document["agencies"]:
            raise Misplaced("agencies: name at least one, in a table [[agencies]]")
        return document
    agency = document.get("agency")
    if not isinstance(agency, dict):
        raise Misplaced("agency: must be set: one [agency] table, or one [[agencies]] table for each of several")
    stray = [name for name in OF_AN_AGENCY if name in agency]
    if stray:
        raise Misplaced(f"agency.{stray[0]}: must stand beside [agency], not in it; only [[agencies]] hold their own")
    beside = {name: document[name] for name in OF_AN_AGENCY if name in document}
    common = {name: value for name, value in document.items() if name not in ("agency", *OF_AN_AGENCY)}
    return {**common, "agencies": [{**agency, **beside}]}


def as_written(location: Location, document: dict[str, Any]) -> Location:
    """Where something of the one form stands in the document as it was written."""
    if "agencies" in document or location[:2] != ("agencies", 0):
        return location
    inner = location[2:]
    return inner if inner[:1] and inner[0] in OF_AN_AGENCY else ("agency", *inner)


def keys_beside(location: Location, document: dict[str, Any]) -> tuple[str, ...]:
    """Keys that may stand at the top of this document besides those of the one form."""
    return ("agency", *OF_AN_AGENCY) if not location and "agencies" not in document else ()
