"""The passphrase of an operator's key, from its file or asked for at the terminal."""

import sys
from pathlib import Path

import typer

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private


def passphrase_of(file: Path | None, key: Path) -> str:
    """Raises `KeyFault` where there is neither a file nor a terminal."""
    if file is not None:
        return read_private(file).decode(errors="replace").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise KeyFault(
            "there is no terminal to ask for the passphrase: name a file that holds it with --passphrase-file"
        )
    asked: str = typer.prompt(f"Passphrase of {key}", hide_input=True)
    return asked
