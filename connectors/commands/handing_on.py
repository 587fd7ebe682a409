"""leaver: a worker's involvements moved or ended, and what whoever takes over should know."""

from typing import Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, prefix


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(leaver)


def leaver(
    worker: Annotated[str, typer.Argument(help="The worker's name, as your own system writes it.")],
    end: Annotated[
        bool,
        typer.Option("--end", help="End all of them today, where nobody takes over. End them in your own system too."),
    ] = False,
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Show which live involvements bear the name of somebody who leaves, with their current connections as one digest. Exit status 1 where
    there are any left."""
    from connectors.alerts.leavers import as_json as document_of
    from connectors.alerts.leavers import as_text, handover
    from connectors.publishing.still_involved import end as end_all

    if not worker.strip():
        refuse("name the worker who leaves", as_json)
    with connector_of(settings, as_json) as connector:
        documents, texts, left = [], [], 0
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                found = handover(unit, worker, connector.now())
            if end and found.involvements:
                end_all(each.desk, [ref for _, ref in found.involvements])
            ended = len(found.involvements) if end else 0
            left += len(found.involvements) - ended
            documents.append({"agency": each.id.value, **document_of(found), "ended": ended})
            said = (
                f"{ended} ended. End them in your own system too, or the next reading starts them anew.\n"
                if ended
                else ""
            )
            texts.append(f"{prefix(connector, each)}{said}{as_text(found)}")
        answer({"agencies": documents}, "\n".join(texts), as_json, to_do=bool(left))
