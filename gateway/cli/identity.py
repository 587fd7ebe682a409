"""`patchwork identity`: try matching on files of labelled, fictional people, and learn its parameters."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import Json

app = typer.Typer(help="Matching: how well it does, and its parameters.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled, fictional people as CSV.", exists=True, dir_okay=False)],
    one_to_one: Annotated[
        bool | None,
        typer.Option(
            "--one-to-one/--pairs",
            help="Count links across sources, at most one record of each a person; or all pairs of records at one"
            " person. Default: one-to-one where the file has several sources.",
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="A column by which recall is grouped.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many rows.")] = None,
    database: Annotated[
        str | None, typer.Option(help="An empty database, postgresql://... or sqlite:///...; default a temporary file.")
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option(help="Parameters from `learn`; default those that ship.", exists=True, dir_okay=False)
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Also why true pairs stayed apart, and what the rules leave to reach.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Link every record as a notice would be, in file order, and say how many links are right."""
    from gateway.cli.printing import print_result
    from gateway.cli.progress_bar import progress_bar
    from gateway.clock import SystemClock
    from gateway.linkage.evaluation import evaluate as run
    from gateway.linkage.evaluation_report import document, text
    from gateway.refused import Refused
    from gateway.store.throwaway import throwaway_register
    from identity.person.labelled import NotLabelled, read_labelled
    from identity.person.weights import InvalidParameters, read_parameters

    try:
        records = read_labelled(file, limit, by)
        chosen = read_parameters(parameters.read_text("utf-8")) if parameters else None
    except (NotLabelled, InvalidParameters) as fault:
        raise Refused(str(fault)) from None
    across = len({record.source for record in records}) > 1 if one_to_one is None else one_to_one
    with throwaway_register(database) as store, progress_bar(len(records), "records linked") as progress:
        report = run(store, SystemClock(), records, one_to_one=across, parameters=chosen, progress=progress)
    result = document(report, why=why)
    print_result(as_json, result, text(result))


@app.command()
def learn(
    files: Annotated[list[Path], typer.Argument(help="Fictional people as CSV.", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the parameters are written.")],
    version: Annotated[str, typer.Option(help="The version the file gets.")],
    seed: Annotated[int, typer.Option(help="Of the sample of pairs that share no key.")] = 1,
    as_json: Json = False,
) -> None:
    """Learn the parameters from evidence alone; labels are not looked at."""
    from dataclasses import replace

    from gateway.cli.printing import print_result
    from gateway.cli.progress_bar import progress_bar
    from gateway.linkage.evaluation import EPOCH, PEPPER
    from gateway.refused import Refused
    from identity.person.labelled import NotLabelled, read_labelled
    from identity.person.learning import learn as run
    from identity.person.learning import observe
    from identity.person.parameter_tables import write_tables
    from identity.person.tokens import KeyedTokeniser
    from identity.person.weights import starting_tables

    populations = []
    with progress_bar(len(files), "files read") as progress:
        for done, file in enumerate(files, start=1):
            try:
                persons = [record.person for record in read_labelled(file)]
            except NotLabelled as fault:
                raise Refused(str(fault)) from None
            if len(persons) < 100:
                raise Refused(f"{file.name} has fewer than 100 records, of which nothing can be learnt")
            evidence = KeyedTokeniser(EPOCH).evidence(persons)
            populations.append(observe(evidence, [PEPPER.index_keys(each) for each in evidence], seed=seed))
            progress(done)
    learnt = run(populations, starting_tables())
    names = ", ".join(file.name for file in files)
    source = f"Learnt by EM from the evidence of {names}; no labels used. Household and numbers: the starting values."
    output.write_text(write_tables(replace(learnt.tables, version=version, source=source)), "utf-8")
    rounds = len(learnt.log_likelihoods)
    result = {"parameters": version, "rounds": rounds, "log_likelihood": learnt.log_likelihoods[-1]}
    print_result(as_json, result, f"Parameters {version} learnt in {rounds} rounds, written to {output}.")
