"""`patchwork connector`: the software that speaks for agencies, and the keys that prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

if TYPE_CHECKING:
    from gateway.model.connector import Connector
    from identity.agency.keys import PublicKeys

app = typer.Typer(help="Connectors: software that speaks for agencies.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[str, typer.Argument(help="The connector's id.")]


@app.command()
def add(
    public: Annotated[Path, typer.Argument(help="The public keys file that patchwork-connector keys new made.")],
    agency: Annotated[list[str], typer.Option(help="An agency it speaks for; may be given several times.")],
    carrier: Annotated[str, typer.Option(help="How it reaches its inbox: https or amqp.")] = "https",
    fingerprint: Annotated[
        str | None, typer.Option(help="The fingerprint that the agency read to you. Default: shown and asked.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Add a connector, live at once (registrar)."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.onboarding import ADD_CONNECTOR, add_connector, connector_content
    from identity.agency.keys import load_public

    keys = load_public(public)
    content = connector_content(keys, agency, carrier)
    _compare(keys, fingerprint)
    with opened_office(settings) as (read, office):
        signed = sign_at_terminal(office, read, key, passphrase_file, (ADD_CONNECTOR, content))
        connector = add_connector(office, signed)
    agencies = ", ".join(map(str, connector.agencies))
    text = f"Added connector {connector.id}, live, for {agencies}. Its inbox is {connector.inbox}."
    print_result(as_json, {"added": _row(connector)}, text)


@app.command("list")
def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show every connector and where it stands."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.onboarding import list_connectors

    with opened_office(settings) as (_, office):
        rows = [_row(connector) for connector in list_connectors(office, LOCAL_READER)]
    print_rows(as_json, "connectors", rows, ("id", "status", "carrier", "since", "agencies", "fingerprint"))


@app.command()
def suspend(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Stop a connector at once (registrar, security officer or operator)."""
    from gateway.onboarding import SUSPEND_CONNECTOR

    _move(id, SUSPEND_CONNECTOR, (key, passphrase_file), settings, as_json)


@app.command()
def resume(
    id: _Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Let a suspended connector speak again (registrar)."""
    from gateway.onboarding import RESUME_CONNECTOR

    _move(id, RESUME_CONNECTOR, (key, passphrase_file), settings, as_json)


def _move(id: str, action: str, signer: tuple[Path | None, Path | None], settings: Path, as_json: bool) -> None:
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.cli.signing import sign_at_terminal
    from gateway.onboarding import SUSPEND_CONNECTOR, resume_connector, status_content, suspend_connector

    content = status_content(id)
    with opened_office(settings) as (read, office):
        signed = sign_at_terminal(office, read, *signer, (action, content))
        move = suspend_connector if action == SUSPEND_CONNECTOR else resume_connector
        connector = move(office, signed)
    print_result(as_json, {"connector": _row(connector)}, f"Connector {connector.id} is now {connector.status}.")


def _compare(keys: "PublicKeys", given: str | None) -> None:
    """A public key that nobody compared may be anybody's."""
    import sys

    from gateway.refused import Refused
    from identity.agency.fingerprint import fingerprint, is_fingerprint_of

    if given is not None:
        if not is_fingerprint_of(given, keys):
            raise Refused(
                "the fingerprint does not belong to these keys: ask the agency to read it and send the file again"
            )
        return
    if not sys.stdin.isatty():
        raise Refused(
            "there is no terminal to compare fingerprints at: give what the agency read to you with --fingerprint"
        )
    typer.echo(f"Connector {keys.owner}, fingerprint of its keys:\n\n    {fingerprint(keys)}\n", err=True)
    if not typer.confirm("Ring the agency. Do they read out the same?"):
        raise Refused("the fingerprints differ, so nothing was added: ask the agency to send its public keys again")


def _row(connector: "Connector") -> dict[str, Any]:
    from identity.agency.fingerprint import fingerprint

    return {
        "id": connector.id.value,
        "status": connector.status.value,
        "carrier": connector.carrier.value,
        "since": connector.since.isoformat(timespec="seconds"),
        "agencies": [agency.value for agency in connector.agencies],
        "inbox": connector.inbox,
        "fingerprint": fingerprint(connector.keys),
    }
