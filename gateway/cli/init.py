"""`patchwork init`: a folder with everything a gateway needs."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import Json

_Folder = Annotated[Path, typer.Argument(help="The folder to make.")]
_Partnership = Annotated[str | None, typer.Option(help="The partnership's short name. Default: trial.")]
_Mode = Annotated[str, typer.Option(help="trial (invented people) or live (real people).")]
_GatewayId = Annotated[str | None, typer.Option(help="This gateway's URI. Default: urn:patchwork:PARTNERSHIP.")]
_Name = Annotated[str | None, typer.Option(help="The gateway's name, as people know it.")]
_Port = Annotated[int | None, typer.Option(help="Port that connectors reach. Default: 8440.")]
_InternalPort = Annotated[int | None, typer.Option(help="Port for monitoring. Default: 8441.")]
_Database = Annotated[str | None, typer.Option(help="Database without a password. Default: SQLite in the folder.")]
_DatabaseFile = Annotated[Path | None, typer.Option(help="A file (0600) with the database URL, password and all.")]
_TrialDatabase = Annotated[
    str | None, typer.Option(help="For --mode live: the trial side's. Default: SQLite in the folder.")
]
_TrialDatabaseFile = Annotated[Path | None, typer.Option(help="For --mode live: a file (0600) with the trial side's.")]
_Broker = Annotated[str | None, typer.Option(help="amqps://user@host/vhost. Default: the embedded queue.")]
_BrokerPassword = Annotated[Path | None, typer.Option(help="A file (0600) with the broker password.")]
_BrokerShared = Annotated[bool, typer.Option(help="Connectors share one broker user: do not believe its user names.")]
_Tick = Annotated[float | None, typer.Option(help="Alerts leave on this beat. Default: 1.")]


def init(
    folder: _Folder,
    partnership: _Partnership = None,
    mode: _Mode = "trial",
    gateway_id: _GatewayId = None,
    name: _Name = None,
    port: _Port = None,
    internal_port: _InternalPort = None,
    database_url: _Database = None,
    database_url_file: _DatabaseFile = None,
    trial_database_url: _TrialDatabase = None,
    trial_database_url_file: _TrialDatabaseFile = None,
    broker_url: _Broker = None,
    broker_password_file: _BrokerPassword = None,
    broker_shared_user: _BrokerShared = False,
    tick_seconds: _Tick = None,
    as_json: Json = False,
) -> None:
    """Make a gateway: settings, keys, secrets, database, and the public file that connectors pin."""
    from gateway.refused import Refused

    if mode == "live" and (partnership is None or gateway_id is None):
        raise Refused("a live gateway needs names of its own: give --partnership and --gateway-id")
    given = {
        "partnership": partnership,
        "mode": mode,
        "gateway_id": gateway_id or f"urn:patchwork:{partnership or 'trial'}",
        "name": name,
        "listen_port": port,
        "internal_port": internal_port,
        "database_url": database_url,
        "database_url_file": str(database_url_file.absolute()) if database_url_file else None,
        "trial_database_url": trial_database_url,
        "trial_database_url_file": str(trial_database_url_file.absolute()) if trial_database_url_file else None,
        "broker_url": broker_url,
        "broker_password_file": str(broker_password_file.absolute()) if broker_password_file else None,
        "broker_shared_user": broker_shared_user or None,
        "tick_seconds": tick_seconds,
    }
    _make(folder, {key: value for key, value in given.items() if value is not None}, as_json)


def _make(folder: Path, members: dict[str, str | int | float], as_json: bool) -> None:
    from gateway.cli.printing import print_result
    from gateway.initialise import initialise
    from identity.agency.fingerprint import fingerprint

    made = initialise(folder, members)
    document: dict[str, object] = {
        "settings": str(made.settings_file),
        "public": str(made.public_file),
        "fingerprint": fingerprint(made.public),
    }
    sides = [each.mode.value for each in made.settings.sides]
    document["sides"] = sides
    text = (
        f"Made {made.settings_file} with keys, and secrets and a database for the {' and the '.join(sides)} side.\n"
        f"Back up keys and secrets apart from the databases.\n"
        f"Connectors pin {made.public_file}, fingerprint {fingerprint(made.public)}.\n"
        f"Next: patchwork operator key -o FILE, then\n"
        f"      patchwork operator enrol NAME --public FILE.pub --role registrar --role ig-lead --key FILE "
        f"--settings {made.settings_file}"
    )
    print_result(as_json, document, text)
