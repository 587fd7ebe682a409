"""The commands of `patchwork-keyholder` for requests for access, on a DPO's machine: tokens of whoever asks, and the answer they are given."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from identity.custody.answering import Json, answer, refuse
from identity.custody.dpo_commands import DEFAULT_DPO, DpoFolder

access_app = typer.Typer(
    help="Requests of people to see what is held of them, on the DPO's own machine.", no_args_is_help=True
)
_Key = Annotated[Path, typer.Option("-k", "--key", help="Your operator key file, to sign with.")]
_Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file (mode 0600) with its passphrase. Default: ask.")
]


@access_app.command()
def ask(
    request: Annotated[str, typer.Argument(help="The request's reference, as patchwork subject-access open gave it.")],
    mode: Annotated[str, typer.Option(help="trial (invented people) or live.")],
    key: _Key,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write what goes to the gateway: tokens, signed.")],
    details: Annotated[
        Path | None,
        typer.Option(help="A TOML file (mode 0600) with the details. Default: ask for them; nothing is kept."),
    ] = None,
    passphrase_file: _Passphrase = None,
    folder: DpoFolder = DEFAULT_DPO,
    as_json: Json = False,
) -> None:
    """Make the tokens by which the gateway looks for whoever asks. Their details stay here."""
    from identity.agency.faults import KeyFault
    from identity.agency.locked_key import load_locked_signing
    from identity.agency.private_file import write_private
    from identity.custody.access_ask import person_of, read_details, sign_ask, tokens_of, write_change
    from identity.custody.dpo_folder import held_epochs
    from identity.custody.passphrase import passphrase_of
    from mappings.canonical.codes import Mode

    if mode not in set(Mode):
        raise typer.BadParameter("expected trial or live", param_hint="--mode")
    try:
        epochs = [each for each in held_epochs(folder) if each.mode is Mode(mode)]
        person = read_details(details) if details is not None else person_of(_typed())
        tokens = tokens_of(person, epochs, Mode(mode))
        signer = load_locked_signing(key, passphrase_of(passphrase_file, key))
        signed = sign_ask(request, tokens, epochs, Mode(mode), datetime.now(UTC), signer)
        write_private(out, write_change(signed))
    except KeyFault as problem:
        refuse(problem, as_json)
    names = [each.id for each in epochs]
    text = f"Wrote {out}, under {', '.join(names)}. It is good for 20 hours: patchwork subject-access search {out}"
    answer({"request": request, "epochs": names, "file": str(out)}, text, as_json)


@access_app.command("open")
def open_(
    file: Annotated[Path, typer.Argument(help="What patchwork subject-access export wrote.")],
    reason: Annotated[str, typer.Option(help="Why it is opened, in a few words. Never name anybody.")],
    key: _Key,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="A new folder for the answer, and what goes back to the gateway.")
    ],
    private: Annotated[
        bool,
        typer.Option(
            "--private", help="Where a parent asks for a child: also what was told of services that must stay private."
        ),
    ] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-unopened", help="Answer although some of it is sealed to other DPOs only.")
    ] = False,
    passphrase_file: _Passphrase = None,
    folder: DpoFolder = DEFAULT_DPO,
    as_json: Json = False,
) -> None:
    """Open what is sealed, and make the answer: a page to print, JSON and FHIR. That it was opened, and why, is signed and written first."""
    from identity.agency.faults import KeyFault
    from identity.agency.locked_key import load_locked_signing
    from identity.custody.access_answer import OPENING, PAGE, RELEASED, AccessOpening
    from identity.custody.access_file import read_access
    from identity.custody.dpo_folder import dpo_key
    from identity.custody.passphrase import passphrase_of

    try:
        access, digest = read_access(file)
        signer = load_locked_signing(key, passphrase_of(passphrase_file, key))
        opening = AccessOpening(access, digest, dpo_key(folder), signer, out, lambda: datetime.now(UTC))
        made = opening.open(reason, private)
        digests = opening.release(leave_out)
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {
        "request": access.request.reference,
        "disclosures": len(made.disclosures),
        "withheld": made.withheld,
        "unopened": made.unopened,
        "folder": str(out),
        "digests": digests,
    }
    text = (
        f"Wrote {out / PAGE}: {len(made.disclosures)} disclosures, {made.withheld} withheld as private. Read it before it leaves. At the gateway: "
        f"patchwork subject-access opened {out / OPENING}; subject-access release {out / RELEASED}"
    )
    answer(document, text, as_json)


def _typed() -> dict[str, object]:
    """The details, asked for at the terminal."""
    import sys

    from identity.agency.faults import KeyFault

    if not sys.stdin.isatty():
        raise KeyFault("there is no terminal to ask for the details: name a file that holds them with --details")
    given, family = typer.prompt("Given names"), typer.prompt("Family name")
    born, number = (
        typer.prompt("Date of birth (YYYY-MM-DD)"),
        typer.prompt("NHS number", default="", show_default=False),
    )
    address, town, postcode = (
        typer.prompt(each, default="", show_default=False) for each in ("Address", "Town", "Postcode")
    )
    place = {"lines": [address] if address else [], "town": town, "postcode": postcode}
    return {"given": given.split(), "family": family, "birth_date": born, "nhs_number": number, "addresses": [place]}
