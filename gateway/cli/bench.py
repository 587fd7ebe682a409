"""`patchwork bench`: the real pipeline against the leanest honest one, on the same private broker and database."""

import typer


def bench(context: typer.Context) -> None:
    """Measure this machine. Everything after `bench` goes to the benchmark; --json prints one JSON document."""
    from gateway.bench.command import run

    raise typer.Exit(run(context.args))
