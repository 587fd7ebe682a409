"""`patchwork connector invite` and what follows from it: how a new connector comes to be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
)

if TYPE_CHECKING:
    from gateway.model.invitation import Invitation
    from gateway.trust.operators import Office

_Id = Annotated[str, typer.Argument(help="The connector's id.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands among those of `patchwork connector`."""
    app.command()(invite)
    app.command()(invitations)
    app.command("withdraw-invitation")(withdraw_invitation)
    app.command()(approve)
    app.command("public")(public_keys)


def invite(
    agency: Annotated[str, typer.Argument(help="The agency that the connector is to speak for.")],
    connector: Annotated[str, typer.Option(help="The id that the new connector gets: a-z, 0-9 and -.")],
    other: Annotated[list[str] | None, typer.Option("--agency", help="A further agency; may be repeated.")] = None,
    carrier: Annotated[str, typer.Option(help="How it reaches its inbox: https or amqp.")] = "https",
    valid_hours: Annotated[int, typer.Option(help="How long the invitation is good.")] = 72,
    url: Annotated[str | None, typer.Option(help="Where it reaches this gateway. Default: public_url.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write the invitation into this new file (0600), not to the screen."),
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Invite a connector to hand in its keys (registrar). The invitation holds a secret, is good once, and is shown once."""
    from gateway.app import build_facts, opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.enrolment.invitations import INVITE, Wanted, invitation_content, token_of
    from identity.agency.invitation_token import write
    from identity.agency.private_file import write_private

    with opened_office(settings) as (read, office):
        facts, address = build_facts(read), _address(url or read.public_url)
        wanted = Wanted(connector, (agency, *(other or [])), carrier, valid_hours)
        content, secret = invitation_content(wanted, office.clock.now())
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (INVITE, content))
    made = handed.result
    text = write(token_of(made, secret, facts, address))
    document = {"invitation": _row(made), "file": str(out) if out else None, "token": None if out else text}
    until = made.expires_at.isoformat(timespec="seconds")
    if out is not None:
        write_private(out, text.encode() + b"\n")
        print_result(as_json, document, f"Wrote the invitation of {made.connector}, good once until {until}, to {out}.")
        return
    said = (
        f"{text}\n\nGood once, until {until}. Send it to the agency alone, by a way that others cannot read; it is not shown "
        "again.\nAt the agency: patchwork-connector enrol INVITATION_FILE --agency-name NAME --service SERVICE"
    )
    print_result(as_json, document, said)


def invitations(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show the invitations that are still good."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.enrolment.invitations import list_invitations
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        rows = [_row(each) for each in list_invitations(office, LOCAL_READER)]
    print_rows(as_json, "invitations", rows, ("id", "connector", "agencies", "expires_at", "wrong_tries", "made_by"))


def withdraw_invitation(
    id: Annotated[str, typer.Argument(help="The invitation's id, as patchwork connector invitations shows it.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Make an invitation that was not used good for nothing (registrar)."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.enrolment.invitations import WITHDRAW, withdrawal_content

    with opened_office(settings) as (read, office):
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (WITHDRAW, withdrawal_content(id)))
    print_result(as_json, {"withdrawn": _row(handed.result)}, f"Withdrew the invitation of {handed.result.connector}.")


def approve(
    id: _Id,
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
    """Approve a connector that handed in its keys, after comparing its fingerprint (registrar, and a second person)."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.enrolment.approval import APPROVE, approval_content
    from gateway.sides import where_it_waits

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        read_out = fingerprint or _compared(office, id)
        handed, _ = carry_out(office, read, signers, (APPROVE, approval_content(office, id, read_out)))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    connector = handed.result
    note = where_it_waits(read, connector.status)
    document = {"connector": connector.id.value, "status": connector.status.value, "note": note}
    following = note or (
        f"Next, the keyholder seals the trial's linkage key to it, and then: patchwork epoch relay FILE --connector {connector.id}"
    )
    text = f"Connector {connector.id} is now {connector.status}. {following}"
    print_result(as_json, document, text)


def public_keys(
    id: _Id,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write them, for the keyholder.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Write the public keys that a connector handed in. The keyholder compares the fingerprint with the agency, not with you."""
    import json

    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.enrolment.approval import handed_in
    from gateway.trust.actor import LOCAL_READER
    from identity.agency.enrolment_keys import document, fingerprint
    from identity.agency.private_file import write_public

    with opened_office(settings) as (_, office):
        keys = handed_in(office, LOCAL_READER, id).keys
    write_public(out, json.dumps(document(keys), indent=2).encode() + b"\n")
    print_result(as_json, {"connector": id, "file": str(out), "fingerprint": fingerprint(keys)}, f"Wrote {out}.")


def _address(url: str) -> str:
    """Raises `Refused` where connectors could not use it."""
    from connectors.channel.https_settings import HttpsSettings
    from gateway.refused import Refused

    if not url:
        raise Refused("connectors must know where to reach this gateway: give --url, or set public_url in the settings")
    try:
        return HttpsSettings(url).url
    except ValueError as problem:
        raise Refused(f"--url: {problem}") from None


def _compared(office: "Office", id: str) -> str:
    """A fingerprint that nobody compared may be anybody's."""
    import sys

    from gateway.enrolment.approval import handed_in
    from gateway.refused import Refused
    from gateway.trust.actor import LOCAL_READER
    from identity.agency.enrolment_keys import fingerprint

    found = fingerprint(handed_in(office, LOCAL_READER, id).keys)
    if not sys.stdin.isatty():
        raise Refused(
            "there is no terminal to compare fingerprints at: give what the agency read to you with --fingerprint"
        )
    typer.echo(f"Connector {id}, fingerprint of the keys it handed in:\n\n    {found}\n", err=True)
    if not typer.confirm("Ring the agency. Do they read out the same?"):
        raise Refused(
            "the fingerprints differ, so nothing was approved: revoke this request and invite the agency anew"
        )
    return found


def _row(invitation: "Invitation") -> dict[str, Any]:
    return {
        "id": invitation.id.value,
        "connector": invitation.connector.value,
        "agencies": [agency.value for agency in invitation.agencies],
        "carrier": invitation.carrier.value,
        "made_by": invitation.made_by,
        "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
        "wrong_tries": invitation.wrong_tries,
    }
