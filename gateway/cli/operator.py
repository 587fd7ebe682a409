"""`patchwork operator`: the people who act on the gateway, and their signing keys."""

from pathlib import Path
from typing import Annotated

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

app = typer.Typer(help="Operators: people with a signing key and roles.", no_args_is_help=True, rich_markup_mode=None)


@app.command("key")
def make_key(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The new key file; its public half goes beside it as .pub.")
    ],
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Make yourself a signing key, protected by a passphrase."""
    from gateway.cli.printing import print_result
    from gateway.cli.signing import read_passphrase
    from gateway.trust.operator_key import make_operator_key, public_path

    passphrase = read_passphrase(passphrase_file, "Passphrase for the new key", confirm=True)
    public = make_operator_key(output, passphrase)
    text = (
        f"Made {output} (keep it to yourself) and {public_path(output)}.\nKey id: {public.id}\n"
        f"Next: patchwork operator enrol NAME --public {public_path(output)} --role ROLE"
    )
    print_result(as_json, {"key": str(output), "public": str(public_path(output)), "key_id": public.id.value}, text)


@app.command()
def enrol(
    name: Annotated[str, typer.Argument(help="The operator's work name: a-z, 0-9 and -.")],
    public: Annotated[Path, typer.Option(help="The .pub file of the operator's key.")],
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Enrol an operator (registrar or security officer). The very first one signs with the key that is enrolled; from the third on, two
    people must sign."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.trust.operator_key import load_operator_public
    from gateway.trust.operators import ENROL, enrolment_content

    content = enrolment_content(name, role, load_operator_public(public))
    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        handed, _ = carry_out(office, read, signers, (ENROL, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    operator = handed.result
    roles = sorted(each.value for each in operator.roles)
    document = {"enrolled": {"name": operator.id, "roles": roles, "key_id": operator.key.id.value}}
    print_result(as_json, document, f"Enrolled {operator.id} as {', '.join(roles)}.")


@app.command("list")
def list_(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show everybody enrolled."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.operators import list_operators

    with opened_office(settings) as (_, office):
        operators = list_operators(office, LOCAL_READER)
    rows = [
        {
            "name": each.id,
            "roles": sorted(role.value for role in each.roles),
            "key_id": each.key.id.value,
            "enrolled_at": each.enrolled_at.isoformat(timespec="seconds"),
        }
        for each in operators
    ]
    print_rows(as_json, "operators", rows, ("name", "roles", "key_id", "enrolled_at"))
