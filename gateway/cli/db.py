"""`patchwork db`: the register's database."""

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile

app = typer.Typer(help="The register's database.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Make the schema, or bring an older one up to date, of every side. Stop the gateway and back up first."""
    from gateway.cli.printing import print_result
    from gateway.keys.secrets_on_disk import database_url
    from gateway.settings import load_settings
    from gateway.store import migration

    rows = []
    for side in load_settings(settings).sides:
        migration.upgrade(database_url(side))
        rows.append({"side": side.mode.value, "schema": migration.current_revision(database_url(side))})
    text = "\n".join(f"The database of the {row['side']} side has schema {row['schema']}." for row in rows)
    print_result(as_json, {"schema": rows[0]["schema"], "sides": rows}, text)


@app.command()
def status(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Say which schema the database of every side has; exit status 1 where it is not the one this program needs."""
    from gateway.cli.printing import print_result
    from gateway.keys.secrets_on_disk import database_url
    from gateway.settings import load_settings
    from gateway.store import migration

    rows = []
    for side in load_settings(settings).sides:
        found = migration.current_revision(database_url(side))
        rows.append({"side": side.mode.value, "schema": found, "current": found == migration.HEAD})
    current = all(row["current"] for row in rows)
    lines = [f"The database of the {row['side']} side has schema {row['schema'] or 'none'}." for row in rows]
    lines.append(f"This program needs {migration.HEAD}.{'' if current else ' Run: patchwork db upgrade'}")
    document = {"schema": rows[0]["schema"], "needed": migration.HEAD, "current": current, "sides": rows}
    print_result(as_json, document, "\n".join(lines))
    if not current:
        raise typer.Exit(1)
