"""`patchwork connector`: the software that speaks for agencies, and the keys that prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    Reason,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
)

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
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Add a connector whose public keys came by hand: approved for its trial (registrar, and a second person)."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.onboarding import ADD_CONNECTOR, connector_content
    from identity.agency.keys import load_public

    keys = load_public(public)
    content = connector_content(keys, agency, carrier)
    _compare(keys, fingerprint)
    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        handed, _ = carry_out(office, read, signers, (ADD_CONNECTOR, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    connector = handed.result
    agencies = ", ".join(map(str, connector.agencies))
    text = f"Added connector {connector.id}, {connector.status}, for {agencies}. Its inbox is {connector.inbox}."
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
def show(id: _Id, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show one connector: where it stands, every step of its life, and its limits."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.cli.printing import print_result, table
    from gateway.lifecycle import history, show_connector

    with opened_office(settings) as (_, office):
        row = _row(show_connector(office, LOCAL_READER, id))
        steps = [
            {
                "at": step.at.isoformat(timespec="seconds"),
                "before": step.before.value if step.before else None,
                "after": step.after.value,
                "actor": step.actor,
                "approver": step.approver,
                "reason": step.reason,
            }
            for step in history(office, LOCAL_READER, id)
        ]
    facts = [f"{name}: {row[name]}" for name in ("id", "status", "since", "carrier", "inbox", "fingerprint")]
    facts += [f"agency: {agency}" for agency in row["agencies"]]
    facts += ["limits:", *_limit_lines(row["limits"])]
    steps_text = table("steps", steps, ("at", "before", "after", "actor", "approver", "reason"))
    print_result(as_json, {"connector": row, "history": steps}, "\n".join([*facts, "history:", steps_text]))


def _limit_lines(limits: dict[str, Any]) -> list[str]:
    return [
        f"  {name} = {','.join(value) if isinstance(value, list) else value}" for name, value in sorted(limits.items())
    ]


@app.command()
def limits(
    id: _Id,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A limit as NAME=VALUE, lists with commas; may be given several times."),
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Show what a connector may say and be told, or set it. Widening takes a second person; narrowing has effect at once."""
    from gateway.actor import LOCAL_READER
    from gateway.app import opened_office
    from gateway.capability_setting import LIMIT_CONNECTOR, limits_content
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.lifecycle import show_connector

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        connector = show_connector(office, LOCAL_READER, id)
        if set_:
            change = (LIMIT_CONNECTOR, limits_content(id, set_))
            handed, _ = carry_out(office, read, signers, change)
            if handed.proposal is not None:
                print_waiting(as_json, handed.proposal)
                return
            connector = handed.result
    row = _row(connector)["limits"]
    print_result(as_json, {"connector": id, "limits": row}, "\n".join(_limit_lines(row)))


@app.command()
def suspend(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Stop a live connector at once (registrar, security officer or operator)."""
    _move((id, "connector.suspend", reason), (key, passphrase_file, None, None), settings, as_json)


@app.command()
def revoke(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Stop a connector for good, at once (registrar, security officer or operator)."""
    _move((id, "connector.revoke", reason), (key, passphrase_file, None, None), settings, as_json)


@app.command()
def resume(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Let a suspended connector speak again (registrar, and a second person)."""
    signers = (key, passphrase_file, second_key, second_passphrase_file)
    _move((id, "connector.resume", reason), signers, settings, as_json)


@app.command("go-live")
def go_live(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Let a connector whose trial went well speak about real people (registrar, and a second person)."""
    signers = (key, passphrase_file, second_key, second_passphrase_file)
    _move((id, "connector.go-live", reason), signers, settings, as_json)


@app.command("off-board")
def off_board(
    id: _Id,
    reason: Reason,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Withdraw and erase all that a revoked connector published, and retract what was told because of it (registrar)."""
    _move((id, "connector.off-board", reason), (key, passphrase_file, None, None), settings, as_json)


def _move(
    move: tuple[str, str, str],
    signers: tuple[Path | None, Path | None, Path | None, Path | None],
    settings: Path,
    as_json: bool,
) -> None:
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.lifecycle import move_content

    id, action, reason = move
    with opened_office(settings) as (read, office):
        handed, followed = carry_out(office, read, Signers(*signers), (action, move_content(id, reason)))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    connector = handed.result
    text = f"Connector {connector.id} is now {connector.status}."
    if "alerts" in followed:
        text += f" {followed['alerts']} alerts follow from it."
    print_result(as_json, {"connector": _row(connector), **followed}, text)


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
    from gateway.model.capabilities import described
    from identity.agency.fingerprint import fingerprint

    return {
        "id": connector.id.value,
        "status": connector.status.value,
        "carrier": connector.carrier.value,
        "since": connector.since.isoformat(timespec="seconds"),
        "agencies": [agency.value for agency in connector.agencies],
        "inbox": connector.inbox,
        "fingerprint": fingerprint(connector.keys),
        "limits": described(connector.capabilities),
    }
