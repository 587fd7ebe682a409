"""`patchwork db`: the register's database."""

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

app = typer.Typer(help="The register's database.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Make the schema, or bring an older one up to date. Stop the gateway and back up first."""
    from gateway.cli.printing import print_result
    from gateway.secrets_on_disk import database_url
    from gateway.settings import load_settings
    from gateway.store import migration

    url = database_url(load_settings(settings))
    migration.upgrade(url)
    revision = migration.current_revision(url)
    print_result(as_json, {"schema": revision}, f"The database has schema {revision}.")


@app.command()
def status(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Say which schema the database has; exit status 1 where it is not the one this program needs."""
    from gateway.cli.printing import print_result
    from gateway.secrets_on_disk import database_url
    from gateway.settings import load_settings
    from gateway.store import migration

    found = migration.current_revision(database_url(load_settings(settings)))
    current = found == migration.HEAD
    advice = "" if current else " Run: patchwork db upgrade"
    text = f"The database has schema {found or 'none'}; this program needs {migration.HEAD}.{advice}"
    print_result(as_json, {"schema": found, "needed": migration.HEAD, "current": current}, text)
    if not current:
        raise typer.Exit(1)
