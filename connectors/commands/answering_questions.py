"""still-involved: the gateway's question about our own involvements that nobody confirmed for long, and the answer."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, holder, prefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.ledger.ledger import Unit
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency
    from mappings.canonical.identifiers import InvolvementRef

app = typer.Typer(help="Our own involvements that expire soon unless we confirm them.", no_args_is_help=True)
Ids = Annotated[list[str], typer.Argument(metavar="INVOLVEMENT...", help="The involvement's id in your own system.")]


def add_to(parent: typer.Typer) -> None:
    """Register these commands."""
    parent.add_typer(app, name="still-involved")


@app.command("list")
def list_questions(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show what the gateway asks. Exit status 1 where somebody has to answer."""
    from connectors.publishing.still_involved import as_json as document_of
    from connectors.publishing.still_involved import as_text, questions

    with connector_of(settings, as_json) as connector:
        documents, texts, waiting = [], [], 0
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                asked = questions(unit, each.id)
            waiting += len(asked.open)
            documents.append({"agency": each.id.value} | document_of(asked))
            texts.append(f"{prefix(connector, each)}{as_text(asked)}")
        answer({"agencies": documents}, "\n".join(texts), as_json, to_do=bool(waiting))


@app.command()
def confirm(
    involvements: Ids, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Say that we are still involved. It leaves with the next publishing. What was ended here by a practitioner's answer begins anew with the
    next reading that states it."""
    from connectors.publishing.still_involved import confirm as confirm_one
    from connectors.publishing.still_involved import may_confirm

    with connector_of(settings, as_json) as connector:
        meant = [_meant(connector, agency, id, as_json, may_confirm) for id in involvements]
        for whose, ref in meant:
            with whose.ledger.write() as unit:
                confirm_one(unit, whose.id, ref, connector.now().date())
        text = f"{len(meant)} confirmed. It leaves with the next: patchwork-connector publish (or run)"
        answer({"confirmed": len(meant)}, text, as_json)


@app.command()
def end(
    involvements: Ids, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Say that we are not involved any more: it ends today. End it in your own system too, or the next reading starts it anew."""
    from connectors.publishing.still_involved import end as end_all
    from connectors.publishing.still_involved import is_live

    with connector_of(settings, as_json) as connector:
        meant = [_meant(connector, agency, id, as_json, is_live) for id in involvements]
        for whose, ref in meant:
            end_all(whose.desk, [ref])
        text = (
            f"{len(meant)} ended. End them in your own system too: the next reading starts anew what it still states."
        )
        answer({"ended": len(meant)}, text, as_json)


def _meant(
    connector: "Connector", agency: str, id: str, as_json: bool, holds: "Callable[[Unit, InvolvementRef], bool]"
) -> "tuple[ServedAgency, InvolvementRef]":
    """Whose involvement it is, and its reference; refused where no agency holds such a one of that id, or several do."""
    missing = (
        "no live involvement has that id; patchwork-connector still-involved list shows those that are asked about"
    )
    try:
        # One agency's reference is found in no other agency's ledger: each makes them under a key of its own.
        references = {each.id: each.keys.references.involvement(id) for each in chosen(connector, agency, as_json)}
    except ValueError:
        refuse(missing, as_json)
    whose = holder(
        connector, agency, as_json, lambda unit: any(holds(unit, ref) for ref in references.values()), missing
    )
    return whose, references[whose.id]
