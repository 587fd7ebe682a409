"""patchwork-keyholder: the keyholder's small program, and the stewards'. It makes linkage epochs and seals them, and opens what is sealed to a
steward, on a machine of its own.

It never talks to a gateway: what it makes is carried in files. Exit codes: 0 done, 1 refused (the message says why and
what to do), 2 wrong use. Imports that cost time are made inside the commands, so that `--help` answers at once.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from identity.custody.access_commands import access_app
from identity.custody.answering import Folder, Json, answer, refuse
from identity.custody.dpo_commands import dpo_app, dpos_app
from identity.custody.steward_commands import open_case, steward_app, stewards_app

app = typer.Typer(
    name="patchwork-keyholder",
    help="Makes the linkage keys of a partnership and seals them to its connectors; opens review cases for stewards. Keep it away from the gateway.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
epoch_app = typer.Typer(help="Linkage-key epochs: make, list, seal to a connector, retire.", no_args_is_help=True)
app.add_typer(epoch_app, name="epoch")
app.add_typer(steward_app, name="steward")
app.add_typer(stewards_app, name="stewards")
app.add_typer(dpo_app, name="dpo")
app.add_typer(dpos_app, name="dpos")
app.add_typer(access_app, name="access")
app.command("open")(open_case)

_DEFAULT = Path("keyholder")


@app.command()
def init(folder: Folder = _DEFAULT, as_json: Json = False) -> None:
    """Make the keyholder's own signing key and print its public part, which every connector pins."""
    from identity.agency.faults import KeyFault
    from identity.custody import folder as place

    try:
        key = place.make(folder)
    except KeyFault as problem:
        refuse(problem, as_json)
    public = key.public.to_jwk()
    text = (
        f"Made {folder}. Every connector pins this public key; read its fingerprint out over the telephone.\n"
        f"fingerprint  {key.id.value}\npublic key   {json.dumps(public)}"
    )
    answer({"fingerprint": key.id.value, "public_key": public}, text, as_json)


@app.command()
def public(
    folder: Folder = _DEFAULT,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write the public key (JWK) to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show the keyholder's public key again."""
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place

    try:
        key = place.signing_key(folder).public
        if out is not None:
            write_public(out, json.dumps(key.to_jwk()).encode() + b"\n")
    except KeyFault as problem:
        refuse(problem, as_json)
    jwk = key.to_jwk()
    answer({"fingerprint": key.id.value, "public_key": jwk}, f"{key.id.value}\n{json.dumps(jwk)}", as_json)


@epoch_app.command("new")
def epoch_new(
    partnership: Annotated[str, typer.Option(help="The partnership's short name (a-z, 0-9, -).")],
    mode: Annotated[str, typer.Option(help="trial (invented people) or live.")],
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a new random linkage key. Its file never leaves this machine unsealed."""
    from identity.agency.faults import KeyFault
    from identity.custody import folder as place
    from identity.custody.epoch import new_epoch, write_epoch
    from identity.custody.partnership_option import meant

    named, side = meant(partnership, mode)
    try:
        # Somebody without the keyholder's own key has no business here.
        place.signing_key(folder)
        epoch = new_epoch(named, side)
        path = write_epoch(folder, epoch)
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {"epoch": epoch.id, "mode": mode, "partnership": partnership, "file": str(path)}
    answer(document, f"{epoch.id}\nkept in {path}; back it up where only the keyholder can read it", as_json)


@epoch_app.command("list")
def epoch_list(folder: Folder = _DEFAULT, as_json: Json = False) -> None:
    """List the epochs in the folder, without their keys."""
    from identity.agency.faults import KeyFault
    from identity.custody import folder as place

    try:
        found = [(each, "active") for each in place.epochs(folder)]
        found += [(each, "retired") for each in place.retired(folder)]
    except KeyFault as problem:
        refuse(problem, as_json)
    rows = [
        {"epoch": e.id, "mode": e.mode.value, "partnership": e.partnership.value, "state": state} for e, state in found
    ]
    lines = "\n".join(f"{row['epoch']}  {row['mode']}  {row['partnership']}  {row['state']}" for row in rows)
    answer({"epochs": rows}, lines or "no epochs yet; make one with: patchwork-keyholder epoch new", as_json)


@epoch_app.command("seal")
def epoch_seal(
    epoch: Annotated[str, typer.Argument(help="The epoch's id.")],
    to: Annotated[
        Path, typer.Option("--to", help="The connector's public keys file: enrolment.public.json, or public.json.")
    ],
    fingerprint: Annotated[str, typer.Option(help="The connector's fingerprint, as its own people read it out.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the sealed epoch.")],
    relay: Annotated[
        bool, typer.Option("--relay", help="Write it with a signed address around it: for `patchwork epoch relay`.")
    ] = False,
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Seal an epoch to one connector, after its fingerprint was checked with its own people."""
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place
    from identity.custody.addressed_epoch import address
    from identity.custody.recipient import compared_keys
    from identity.custody.sealed_epoch import seal

    try:
        keys = compared_keys(to, fingerprint)
        make = address if relay else seal
        write_public(out, make(place.epoch(folder, epoch), keys, place.signing_key(folder)))
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {"epoch": epoch, "connector": keys.owner, "file": str(out)}
    answer(
        document, f"{epoch} sealed to {keys.owner}: {out}. It may travel any way, also through the gateway.", as_json
    )


@epoch_app.command("retire")
def epoch_retire(
    epoch: Annotated[str, typer.Argument(help="The id of the epoch that is over.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the word about it.")],
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Retire an epoch for good, and sign the word about it that the gateway and every connector go by. Another must be in use."""
    from datetime import UTC, datetime

    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place
    from identity.custody.epoch_word import issue

    try:
        signer = place.signing_key(folder)
        word = place.retire(folder, epoch, datetime.now(UTC))
        write_public(out, issue(word, signer) + b"\n")
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {"retired": list(word.retired), "active": list(word.active), "serial": word.serial, "file": str(out)}
    text = f"{epoch} is retired; in use: {', '.join(word.active)}. Give {out} to the gateway's registrar: patchwork epoch retire {out}"
    answer(document, text, as_json)


@app.command()
def protect(
    addresses: Annotated[
        Path,
        typer.Argument(
            help="CSV with the headings address, town, postcode: refuges and other places that link nobody."
        ),
    ],
    epoch: Annotated[str, typer.Option(help="The epoch's id; make a list for every epoch in use.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the list: tokens only, signed.")],
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Make the list of protected places for the gateway, which never learns which places they are."""
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place
    from identity.custody.protected_list import make, read_places

    try:
        places = read_places(addresses)
        write_public(out, make(place.epoch(folder, epoch), places, place.signing_key(folder)))
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {"epoch": epoch, "places": len(places), "file": str(out)}
    answer(
        document,
        f"{len(places)} places for epoch {epoch}: {out}. Put it in force with: patchwork protected-places import",
        as_json,
    )


@app.command()
def version(as_json: Json = False) -> None:
    """Show the program's version."""
    from importlib import metadata

    try:
        found = metadata.version("patchwork-gateway")
    except metadata.PackageNotFoundError:
        found = "unknown (not installed as a package)"
    answer({"version": found}, found, as_json)


def main() -> None:
    """The console script."""
    app(prog_name="patchwork-keyholder")


if __name__ == "__main__":
    main()
