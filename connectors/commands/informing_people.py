"""informed: which of our own clients were not told that our involvement is shared."""

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of
from connectors.commands.choosing import Agency, chosen, prefix

app = typer.Typer(help="Our own clients who were not told that our involvement is shared.", no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Register these commands."""
    parent.add_typer(app, name="informed")


@app.callback()
def _group() -> None:
    """Our own clients who were not told that our involvement is shared."""


@app.command("list")
def list_people(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show them as our own staff know them. Exit status 1 where there is one."""
    from connectors.alerts.informing import as_json as document_of
    from connectors.alerts.informing import as_text, to_inform

    with connector_of(settings, as_json) as connector:
        documents, texts, waiting = [], [], 0
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                found = to_inform(unit)
            waiting += len(found)
            documents.append({"agency": each.id.value, "to_inform": document_of(found)})
            texts.append(f"{prefix(connector, each)}{as_text(found)}")
        answer({"agencies": documents}, "\n".join(texts), as_json, to_do=bool(waiting))
