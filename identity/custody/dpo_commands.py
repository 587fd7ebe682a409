"""The commands of `patchwork-keyholder` for data protection officers: their key, the list that the keyholder signs, and their epochs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from identity.custody.answering import Folder, Json, answer, refuse

dpo_app = typer.Typer(help="A DPO's own key and epochs, on the DPO's own machine.", no_args_is_help=True)
dpos_app = typer.Typer(help="The list of DPOs that the keyholder signs.", no_args_is_help=True)
DpoFolder = Annotated[Path, typer.Option("--dir", help="The DPO's folder, on their own machine.")]
DEFAULT_DPO = Path("dpo")
_DEFAULT = Path("keyholder")


@dpos_app.callback()
def _dpos() -> None:
    """The list of DPOs that the keyholder signs."""


@dpo_app.command("init")
def dpo_init(
    name: Annotated[str, typer.Argument(help="The DPO's work name, as enrolled at the gateway.")],
    folder: DpoFolder = DEFAULT_DPO,
    as_json: Json = False,
) -> None:
    """Make the key that opens the disclosure record, and the public file for the keyholder."""
    from identity.agency.faults import KeyFault
    from identity.agency.fingerprint import fingerprint
    from identity.custody.dpo_folder import make_dpo, public_file
    from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier

    try:
        ConnectorId(name)
    except InvalidIdentifier as problem:
        raise typer.BadParameter(str(problem), param_hint="NAME") from None
    try:
        made = make_dpo(folder, name)
    except KeyFault as problem:
        refuse(problem, as_json)
    file, read_out = str(public_file(folder)), fingerprint(made)
    text = (
        f"Made {folder}. Hand {file} to the keyholder and read out its fingerprint:\n{read_out}\n"
        "Whoever loses this key loses the record: have a second DPO."
    )
    answer({"dpo": name, "fingerprint": read_out, "file": file}, text, as_json)


@dpo_app.command("take")
def dpo_take(
    sealed: Annotated[
        Path, typer.Argument(help="What the keyholder sealed to this DPO: patchwork-keyholder epoch seal --to FILE.")
    ],
    keyholder: Annotated[Path, typer.Option(help="The keyholder's public key, its fingerprint compared by telephone.")],
    folder: DpoFolder = DEFAULT_DPO,
    as_json: Json = False,
) -> None:
    """Keep a linkage epoch, under which the tokens of whoever asks are made. Keep retired ones too."""
    from identity.agency.faults import KeyFault
    from identity.custody.dpo_folder import take_epoch

    try:
        epoch = take_epoch(folder, sealed, keyholder)
    except KeyFault as problem:
        refuse(problem, as_json)
    answer({"epoch": epoch.id, "mode": epoch.mode.value}, f"{epoch.id} is kept, sealed, in {folder}.", as_json)


@dpos_app.command("sign")
def dpos_sign(
    partnership: Annotated[str, typer.Option(help="The partnership's short name (a-z, 0-9, -).")],
    mode: Annotated[str, typer.Option(help="trial (invented people) or live.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write the signed list.")],
    files: Annotated[
        list[Path],
        typer.Argument(help="The public file of each DPO; name two, so that no single lost key loses the record."),
    ],
    fingerprints: Annotated[
        list[str],
        typer.Option("--fingerprint", help="Each one's fingerprint as they read it out, in the order of the files."),
    ],
    folder: Folder = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign the list of DPOs to whom the gateway seals who was told what, after each fingerprint was compared."""
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import write_public
    from identity.custody import folder as place
    from identity.custody.dpo_folder import compared_dpo
    from identity.custody.partnership_option import meant
    from identity.custody.steward_list import DPOS, StewardList, sign_list

    named, side = meant(partnership, mode)
    try:
        if len(files) != len(fingerprints):
            raise KeyFault("give --fingerprint once for each DPO's file, in the same order, as the DPO read it out")
        dpos = tuple(compared_dpo(path, text) for path, text in zip(files, fingerprints, strict=True))
        listed = StewardList(named, side, datetime.now(UTC).replace(microsecond=0), dpos)
        write_public(out, sign_list(listed, place.signing_key(folder), DPOS) + b"\n")
    except KeyFault as problem:
        refuse(problem, as_json)
    names = [each.name for each in dpos]
    text = (
        f"Signed {out} for {', '.join(names)}. The gateway names it as dpo_file, or trial_dpo_file beside a live side."
    )
    answer({"dpos": names, "file": str(out)}, text, as_json)
