"""`patchwork investigation`: every override of a shield, until somebody who did not sign it has looked into it."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile, Trial

app = typer.Typer(help="Overrides of shields, to look into.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    whole: Annotated[bool, typer.Option("--all", help="Those too that were closed.")] = False,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show the overrides that nobody has looked into yet."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_rows
    from gateway.cli.withholding import OVERRIDE_COLUMNS, override_row
    from gateway.trust.actor import LOCAL_READER
    from gateway.withholding.overriding import list_investigations

    with opened_side(settings, trial) as (_, office):
        found = list_investigations(office, LOCAL_READER, whole)
    print_rows(as_json, "investigations", [override_row(each) for each in found], OVERRIDE_COLUMNS)


@app.command()
def close(
    id: Annotated[int, typer.Argument(help="The investigation's number.")],
    finding: Annotated[str, typer.Option("--finding", help="What you found, for the record; never about a client.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say what you found (data protection officer or security officer, and neither of the two who signed the override)."""
    from gateway.app import opened_side
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.cli.withholding import override_row
    from gateway.withholding.overriding import CLOSE, close_content

    with opened_side(settings, trial) as (read, office):
        content = close_content(id, finding, read.mode)
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (CLOSE, content))
    print_result(as_json, {"closed": override_row(handed.result)}, f"Investigation {id} is closed.")
