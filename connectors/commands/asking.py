"""ask-introducer: have our work contact passed on to somebody who may not be named to us."""

from typing import Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, holder


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command("ask-introducer")(ask_introducer)


def ask_introducer(
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="The reference that the alert says, such as K7P-4QX.")
    ],
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Ask the introducer to pass our worker's published contact on to whoever is involved. Nothing ever comes back: they ring, or they do not."""
    from connectors.alerts.asking_introducer import CannotAsk, ask, holds

    missing = f"no current connection of our clients has the reference {reference[:20]}; patchwork-connector worklist shows those there are"
    with connector_of(settings, as_json) as connector:
        whose = holder(connector, agency, as_json, lambda unit: holds(unit, reference), missing)
        try:
            with whose.ledger.write() as unit:
                asked = ask(unit, whose.id, reference, connector.now())
        except CannotAsk as problem:
            refuse(problem, as_json)
    named = [{"reference": each.reference, "client": each.client, "our_worker": each.worker} for each in asked]
    text = "\n".join(f"Asked under {each.reference} for {each.client}." for each in asked)
    more = (
        "It leaves with the next: patchwork-connector publish (or run). You hear nothing of it, whatever becomes of it."
    )
    answer({"asked": named}, f"{text}\n{more}", as_json)
