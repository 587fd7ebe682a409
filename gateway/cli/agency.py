"""`patchwork agency`: the services that take part."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

app = typer.Typer(help="Agencies: services with their own records.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="A URI, such as https://seaton.example/agency/housing.")],
    name: Annotated[str, typer.Option(help="Its name, as practitioners know it.")],
    type: Annotated[str, typer.Option(help="Its kind; a wrong one is answered with the list.")],
    organisation: Annotated[str, typer.Option(help="The legal controller it belongs to.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Add an agency (registrar)."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.trust.onboarding import ADD_AGENCY, agency_content

    content = agency_content(id, name, type, organisation)
    with opened_office(settings) as (read, office):
        carry_out(office, read, Signers(key, passphrase_file), (ADD_AGENCY, content))
    print_result(as_json, {"added": content}, f"Added agency {id} ({name}).")


@app.command("list")
def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show every agency."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.onboarding import list_agencies

    with opened_office(settings) as (_, office):
        agencies = list_agencies(office, LOCAL_READER)
    rows = [
        {"id": each.id.value, "name": each.name, "type": each.type.value, "organisation": each.organisation}
        for each in agencies
    ]
    print_rows(as_json, "agencies", rows, ("id", "name", "type", "organisation"))
