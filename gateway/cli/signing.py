"""An operator's signature at the terminal: which key file, which passphrase, over what."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from gateway.operator_key import load_operator_key
from gateway.operators import Office
from gateway.refused import Refused
from gateway.settings import Settings
from gateway.signed_change import SignedChange, sign_change
from identity.agency.private_file import read_private


def sign_at_terminal(
    office: Office,
    settings: Settings,
    key_file: Path | None,
    passphrase_file: Path | None,
    change: tuple[str, Mapping[str, Any]],
) -> SignedChange:
    """The change (action, content), signed with the operator's key. Raises `Refused`, `KeyFault`."""
    path = key_file or settings.operator_key_file
    if path is None:
        raise Refused(
            "this change needs your signature: name your operator key with --key FILE, or set operator_key_file"
        )
    key = load_operator_key(path, read_passphrase(passphrase_file, f"Passphrase of {path}"))
    action, content = change
    return sign_change(action, content, office.partnership, office.clock.now(), key)


def read_passphrase(file: Path | None, prompt: str, confirm: bool = False) -> str:
    """The passphrase from its file, else asked for at the terminal. Raises `Refused` where there is neither."""
    if file is not None:
        try:
            return read_private(file).decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Refused(f"{file} does not hold a passphrase as text") from None
    if not sys.stdin.isatty():
        raise Refused(
            "there is no terminal to ask for the passphrase: name a file that holds it with --passphrase-file"
        )
    asked: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm)
    return asked
