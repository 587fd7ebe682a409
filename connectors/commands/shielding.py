"""shield: have a client of ours shielded at once; reference: by which opaque reference the gateway knows a client."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, holder, prefix

if TYPE_CHECKING:
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency
    from mappings.canonical.identifiers import PersonRef

app = typer.Typer(help="Clients of ours of and about whom nobody may be told anything.", no_args_is_help=True)
Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id in your own system.")]


def add_to(parent: typer.Typer) -> None:
    """Register these commands."""
    parent.add_typer(app, name="shield")
    parent.command()(reference)


@app.command()
def place(
    client: Client, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Have the gateway tell nobody of or about this client from now on, us included; for five working days, unless two officers confirm it.

    Exit status 1 where it could not leave at once: it leaves as soon as the gateway can be reached, while the connector runs.
    """
    from connectors.commands.telling import posted_document, posted_text
    from connectors.publishing.shielding import ask

    with connector_of(settings, as_json) as connector:
        whose, person_ref = _meant(connector, agency, client, as_json)
        with whose.ledger.write() as unit:
            ask(unit, whose.id, person_ref, connector.now())
        posted = whose.post(connector.channel)
        text = (
            f"Asked for. Tell your information governance lead, so that two officers confirm it.\n{posted_text(posted)}"
        )
        answer({"asked": 1, "posted": posted_document(posted)}, text, as_json, to_do=bool(posted.problem))


@app.command("list")
def list_shields(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show which clients we asked to have shielded, and whether the gateway has the request."""
    from connectors.publishing.shielding import as_json as rows_of
    from connectors.publishing.shielding import as_text, asked_shields

    with connector_of(settings, as_json) as connector:
        documents, texts = [], []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                asked = asked_shields(unit)
            documents.append({"agency": each.id.value, "shields": rows_of(asked)})
            texts.append(f"{prefix(connector, each)}{as_text(asked)}")
        answer({"agencies": documents}, "\n".join(texts), as_json)


def reference(
    client: Client, settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Show by which opaque reference the gateway knows a client: for the data protection officer, who needs it to restrict."""
    with connector_of(settings, as_json) as connector:
        whose, person_ref = _meant(connector, agency, client, as_json)
        text = f"{whose.id} {person_ref}"
        answer({"agency": whose.id.value, "person": person_ref.value}, text, as_json)


def _meant(connector: "Connector", agency: str, client: str, as_json: bool) -> "tuple[ServedAgency, PersonRef]":
    """Whose client it is, and the reference; refused where no agency holds a live involvement with one of that id, or several do."""
    from connectors.publishing.shielding import is_involved

    missing = "we have no live involvement with a client of that id; give the client's id as your own system has it"
    try:
        # One agency's reference is found in no other agency's ledger: each makes them under a key of its own.
        references = {each.id: each.keys.references.person(client) for each in chosen(connector, agency, as_json)}
    except ValueError:
        refuse(missing, as_json)
    whose = holder(
        connector, agency, as_json, lambda unit: any(is_involved(unit, ref) for ref in references.values()), missing
    )
    return whose, references[whose.id]
