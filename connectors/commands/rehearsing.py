"""rehearse and rehearsal-key: before there is an agreement, how many people would several agencies have in common?"""

from pathlib import Path
from typing import Annotated

import typer

from connectors.commands.answers import AsJson, answer, refuse


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("rehearsal-key")(rehearsal_key)
    app.command()(rehearse)


def rehearsal_key(
    file: Annotated[Path, typer.Argument(help="A new file for the key.")],
    as_json: AsJson = False,
) -> None:
    """Make the throwaway key of a rehearsal. One agency makes it, all use it, and every copy is destroyed afterwards."""
    from identity.agency.faults import KeyFault
    from identity.person.rehearsal_key import make_rehearsal_key

    try:
        key = make_rehearsal_key(file)
    except KeyFault as problem:
        refuse(problem, as_json)
    text = (
        f"Wrote {file} ({key.id}). Hand it to the other agencies by a way that only they can read, never to whoever counts, "
        f"and destroy every copy when the counts are there."
    )
    answer({"key": key.id, "file": str(file)}, text, as_json)


def rehearse(
    path: Annotated[Path, typer.Argument(help="The export: a file, or a folder of them.")],
    key: Annotated[
        Path, typer.Option("--key", help="The rehearsal's key, a file of mode 0600 (rehearsal-key makes one).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the evidence file is written.")],
    preset: Annotated[
        str, typer.Option(help="The preset it is read by: a name, or a file of your own. Default: look.")
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Turn your own export into an evidence file at home: no names, numbers, dates or workers, only keyed evidence and counts.

    The file goes to whoever counts (`patchwork rehearse`). It is personal data all the same: destroy it afterwards.
    """
    from dataclasses import asdict

    from connectors.publishing.rehearsing import NobodyInvolved
    from connectors.publishing.rehearsing import rehearse as run
    from connectors.sources.port import SourceUnreadable
    from identity.agency.faults import KeyFault
    from identity.person.rehearsal_key import read_rehearsal_key

    try:
        epoch = read_rehearsal_key(key)
        counts = run(path, preset, epoch, output)
    except (KeyFault, SourceUnreadable) as problem:
        refuse(problem, as_json)
    except NobodyInvolved as problem:
        refuse(problem, as_json, code=1)
    except OSError as problem:
        refuse(f"{problem.filename or output} cannot be used: {problem.strerror}", as_json)
    text = (
        f"Wrote {output}: {counts.people} people with {counts.involvements} current involvements, from {counts.rows} rows"
        f" ({counts.skipped} skipped). {counts.weak} of the people are too thinly known to be linked and are not in it."
    )
    answer({"output": str(output), "key": epoch.id} | asdict(counts), text, as_json)
