"""`patchwork rehearse`: before there is an agreement, how many people would the agencies have in common?"""

from typing import Annotated

import typer

from gateway.cli.options import Json


def rehearse(
    agency: Annotated[
        list[str],
        typer.Option(
            "--agency",
            help="NAME=evidence:FILE for a file that the agency made at home with `patchwork-connector rehearse`; or, for your own or invented "
            "people only, NAME=PRESET:PATH. Once for every agency.",
        ),
    ],
    exact: Annotated[bool, typer.Option("--exact", help="Show counts from 1 to 4 as they are.")] = False,
    as_json: Json = False,
) -> None:
    """Count the people whom agencies have in common, by pair of agencies, and those a steward would have to look at. Nothing is stored."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from gateway.cli.printing import print_result
    from gateway.cli.progress_bar import progress_bar
    from gateway.clock import SystemClock
    from gateway.refused import Refused
    from gateway.rehearsal.counting import count
    from gateway.rehearsal.participant import opened, participants
    from gateway.rehearsal.report import document, text
    from gateway.store.throwaway import throwaway_register
    from mappings.evidence_file import EvidenceFileFault

    found = participants(agency)
    with TemporaryDirectory(prefix="patchwork-rehearsal-") as folder:
        files = opened(found, Path(folder), lambda line: typer.echo(line, err=True))
        people = sum(file.counts.people - file.counts.weak for file in files.values())
        try:
            with throwaway_register() as store, progress_bar(people, "people linked") as progress:
                common = count(store, SystemClock(), {name: file.evidence for name, file in files.items()}, progress)
        except EvidenceFileFault as fault:
            raise Refused(str(fault)) from None
    result = document({name: file.counts for name, file in files.items()}, common, exact=exact)
    print_result(as_json, result, text(result))
