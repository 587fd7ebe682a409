"""Which of a connector's agencies a command is for: all of them, or the one that --agency names."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.commands.answers import refuse

if TYPE_CHECKING:
    from connectors.ledger.ledger import Unit
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency

Agency = Annotated[str, typer.Option("--agency", help="One agency by its id, where this connector serves several.")]


def chosen(connector: "Connector", named: str, as_json: bool) -> "tuple[ServedAgency, ...]":
    """All agencies, or the one that is named; one that is not served here is refused with the choices."""
    if not named:
        return connector.agencies
    found = tuple(agency for agency in connector.agencies if agency.id.value == named)
    if not found:
        refuse(f"this connector does not serve {named!r}; --agency is one of: {_listed(connector.agencies)}", as_json)
    return found


def only(connector: "Connector", named: str, as_json: bool) -> "ServedAgency":
    """The one agency that is meant; where several may be, refused with the choices."""
    return _one_of(chosen(connector, named, as_json), as_json)


def holder(
    connector: "Connector", named: str, as_json: bool, holds: "Callable[[Unit], object]", missing: str
) -> "ServedAgency":
    """The one agency whose ledger has what `holds` looks for; refused with `missing` where none has, with the choices where several have."""
    found = []
    for agency in chosen(connector, named, as_json):
        with agency.ledger.read() as unit:
            if holds(unit):
                found.append(agency)
    if not found:
        refuse(missing, as_json)
    return _one_of(found, as_json)


def prefix(connector: "Connector", agency: "ServedAgency") -> str:
    """What stands before a line about one agency: its id where there are several."""
    return f"{agency.id}: " if len(connector.agencies) > 1 else ""


def suffix(connector: "Connector", agency: str) -> str:
    """What stands at the end of a line about something of one agency: its id where there are several."""
    return f"  [{agency}]" if len(connector.agencies) > 1 else ""


def _one_of(agencies: "Iterable[ServedAgency]", as_json: bool) -> "ServedAgency":
    first, *others = agencies
    if others:
        refuse(f"which agency? Say so with --agency, one of: {_listed([first, *others])}", as_json)
    return first


def _listed(agencies: "Iterable[ServedAgency]") -> str:
    return ", ".join(agency.id.value for agency in agencies)
