"""How `patchwork-keyholder` answers: one JSON document or text, and a refusal in one sentence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

Folder = Annotated[Path, typer.Option("--dir", help="The keyholder's folder, on their own machine.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def answer(document: Mapping[str, object], text: str, as_json: bool) -> None:
    """`document` where JSON was asked for, else `text`."""
    typer.echo(json.dumps(document) if as_json else text)


def refuse(problem: Exception, as_json: bool) -> NoReturn:
    """Say why, and end with status 1."""
    typer.echo(json.dumps({"error": str(problem)}) if as_json else f"Refused: {problem}", err=True)
    raise typer.Exit(1)
