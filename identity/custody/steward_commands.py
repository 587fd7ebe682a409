"""The commands of `patchwork-keyholder` for stewards: their key, the list that the keyholder signs, and opening a case."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from identity.custody.answering import Folder, Json, answer, refuse

if TYPE_CHECKING:
    from identity.custody.opening import OpenedSide

steward_app = typer.Typer(help="A steward's own key, on the steward's own machine.", no_args_is_help=True)
stewards_app = typer.Typer(help="The list of stewards that the keyholder signs.", no_args_is_help=True)
_StewardFolder = Annotated[Path, typer.Option("--dir", help="The steward's folder, on their own machine.")]
_DEFAULT, _STEWARD = Path("keyholder"), Path("steward")
_FIELDS = ("given", "family", "birth_date", "postcode")


@steward_app.command("init")
def steward_init(
    name: Annotated[str, typer.Argument(help="The steward's work name, as enrolled at the gateway.")],
    folder: _StewardFolder = _STEWARD,
    as_json: Json = False,
) -> None:
    """Make the key that opens details sealed to this steward, and the public file for the keyholder."""
    from identity.agency.faults import KeyFault
    from identity.custody.steward_folder import make_steward, public_file

    try:
        made = make_steward(folder, name)
    except KeyFault as problem:
        refuse(problem, as_json)
    file = str(public_file(folder))
    text = f"Made {folder}. Hand {file} to the keyholder and read out its fingerprint:\n{made.key.id.value}"
    answer({"steward": made.name, "fingerprint": made.key.id.value, "file": file}, text, as_json)


@stewards_app.command("sign")
def stewards_sign(
    partnership: Annotated[str, typer.Option(help="The partnership's short name (a-z, 0-9, -).")],
    mode: Annotated[str, typer.Option(help="trial (invented people) or live.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the signed list.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="The public file of each steward. None: nothing is sealed any more.")
    ] = None,
    fingerprints: Annotated[
        list[str] | None,
        typer.Option(
            "--fingerprint", help="Each steward's fingerprint as they read it out, in the order of the files."
        ),
    ] = None,
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign the list of stewards to whom agencies may seal details, after each fingerprint was compared. The gateway passes it on."""
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place
    from identity.custody.partnership_option import meant
    from identity.custody.steward_list import StewardList, sign_list

    named, side = meant(partnership, mode)
    try:
        stewards = _compared(files or [], fingerprints or [])
        listed = StewardList(named, side, datetime.now(UTC).replace(microsecond=0), stewards)
        write_public(out, sign_list(listed, place.signing_key(folder)) + b"\n")
    except KeyFault as problem:
        refuse(problem, as_json)
    names = [each.name for each in stewards]
    text = f"Signed {out} for {', '.join(names) or 'nobody'}. The gateway names it as stewards_file, or trial_stewards_file beside a live side."
    answer({"stewards": names, "file": str(out)}, text, as_json)


def open_case(
    case_file: Annotated[Path, typer.Argument(help="What patchwork review export wrote.")],
    reason: Annotated[str, typer.Option(help="Why you must see these details, in a few words. Never name a client.")],
    key: Annotated[Path, typer.Option("-k", "--key", help="Your operator key file, to sign with.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Where to write what goes back: the record, and the decision.")
    ],
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="A file (mode 0600) with its passphrase. Default: ask.")
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option(help="same, different or undecided. Default: ask, after showing; undecided without a terminal."),
    ] = None,
    folder: _StewardFolder = _STEWARD,
    as_json: Json = False,
) -> None:
    """Show both sides' details of one case to its steward. That it was opened, and why, is signed and written first."""
    from identity.agency.faults import KeyFault
    from identity.agency.locked_key import load_locked_signing
    from identity.custody.case_file import read_case
    from identity.custody.opening import Opening
    from identity.custody.passphrase import passphrase_of
    from identity.custody.steward_folder import steward_key

    if decision not in (None, "same", "different", "undecided"):
        raise typer.BadParameter("expected same, different or undecided", param_hint="--decision")
    try:
        case = read_case(case_file)
        signer = load_locked_signing(key, passphrase_of(passphrase_file, key))
        opening = Opening(case, steward_key(folder), signer, out, lambda: datetime.now(UTC))
        sides = opening.open(reason)
        if not as_json:
            typer.echo(_side_by_side(sides))
        said = decision or _asked()
        if said != "undecided":
            opening.decide(said == "same")
    except KeyFault as problem:
        refuse(problem, as_json)
    document = {"case": case.case, "sides": [_row(each) for each in sides], "decision": said, "file": str(out)}
    verb = {"same": "confirm", "different": "refuse"}.get(said)
    back = f"patchwork review {verb} {case.case} --decision {out}" if verb else f"patchwork review opened {out}"
    answer(document, f"\nWritten to {out}. Carry it to the gateway: {back}", as_json)


def _compared(files: list[Path], fingerprints: list[str]) -> tuple[Any, ...]:
    import hmac

    from identity.agency.faults import KeyFault
    from identity.custody.steward_folder import read_steward

    if len(files) != len(fingerprints):
        raise KeyFault("give --fingerprint once for each steward's file, in the same order, as the steward read it out")
    stewards = tuple(read_steward(path) for path in files)
    for steward, read_out in zip(stewards, fingerprints, strict=True):
        if not hmac.compare_digest("".join(read_out.split()).encode(), steward.key.id.value.encode()):
            raise KeyFault(
                f"the key of steward {steward.name} is not the one whose fingerprint was read out; nothing was signed"
            )
    return stewards


def _asked() -> str:
    import sys

    if not sys.stdin.isatty():
        return "undecided"
    said = ""
    while said not in ("same", "different", "undecided"):
        said = typer.prompt("One person? (same, different, undecided)")
    return said


def _side_by_side(sides: "tuple[OpenedSide, OpenedSide]") -> str:
    rows = [("agency", *(each.side.agency.value for each in sides))]
    rows += [(name, *(getattr(each.details, name) if each.details else "-" for each in sides)) for name in _FIELDS]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"{each.side.agency.value}: {each.problem}" for each in sides if each.problem)])


def _row(opened: "OpenedSide") -> dict[str, Any]:
    details = {name: getattr(opened.details, name) for name in _FIELDS} if opened.details else None
    return {"agency": opened.side.agency.value, "details": details, "problem": opened.problem}
