"""`patchwork connector`: the software that speaks for agencies, and the keys that prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from identity.agency.keys import PublicKeys

app = typer.Typer(help="Connectors: software that speaks for agencies.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[str, typer.Argument(help="The connector's id.")]


@app.command()
def add(
    public: Annotated[Path, typer.Argument(help="The public keys file that patchwork-connector keys new made.")],
    agency: Annotated[list[str], typer.Option(help="The agency it speaks for. One for several is invited instead.")],
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
    from gateway.cli.connector_row import connector_row
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.sides import where_it_waits
    from gateway.trust.onboarding import ADD_CONNECTOR, connector_content
    from identity.agency.fingerprint import fingerprint as key_fingerprint
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
    note = where_it_waits(read, connector.status)
    text = f"Added connector {connector.id}, {connector.status}, for {agencies}. Its inbox is {connector.inbox}. {note}".rstrip()
    added = {**connector_row(connector), "fingerprint": key_fingerprint(keys), "note": note}
    print_result(as_json, {"added": added}, text)


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
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.connector_row import connector_row, limit_lines
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
    from gateway.trust.lifecycle import show_connector

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
    row = connector_row(connector)["limits"]
    print_result(as_json, {"connector": id, "limits": row}, "\n".join(limit_lines(row)))


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
    from gateway.cli.connector_row import connector_row
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.trust.lifecycle import move_content

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
    if followed.get("trial_alerts"):
        text += f" {followed['trial_alerts']} alerts follow from it on the trial side."
    text += f" {followed['trial_problem']}" if "trial_problem" in followed else ""
    if action == "connector.go-live" and read.has_trial_side:
        text += (
            " What it published on the trial side is taken back there, and its inbox is a new one. Next, the keyholder seals a live linkage key to "
            f"it, then: patchwork epoch relay FILE --connector {connector.id}; and at the agency: patchwork-connector go-live"
        )
    print_result(as_json, {"connector": connector_row(connector), **followed}, text)


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
