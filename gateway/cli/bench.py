"""`patchwork bench`: the real pipeline against the leanest honest one, on the same private broker and database."""

import typer


def bench(context: typer.Context) -> None:
    """Measure this machine: --json (one JSON document), --notices N (in a backlog), --rounds R, --batch B (most in one
    transaction), --tick SECONDS (of the relay). Or --audit EVENTS: verify an audit of so many."""
    from gateway.bench.command import run

    raise typer.Exit(run(context.args))
