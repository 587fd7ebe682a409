"""An operator's signature at the terminal: which key file, which passphrase, over what."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from gateway.refused import Refused
from gateway.settings import Settings
from gateway.trust.operator_key import load_operator_key
from gateway.trust.operators import Office
from gateway.trust.signed_change import SignedChange, co_sign, sign_change
from identity.agency.private_file import read_private


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs at this terminal: one person, or two one after the other, each with a key and a passphrase of their own."""

    key: Path | None = None
    passphrase_file: Path | None = None
    second_key: Path | None = None
    second_passphrase_file: Path | None = None


def sign_at_terminal(
    office: Office,
    settings: Settings,
    key_file: Path | None,
    passphrase_file: Path | None,
    change: tuple[str, Mapping[str, Any]],
) -> SignedChange:
    """The change (action, content), signed with the operator's key. Raises `Refused`, `KeyFault`."""
    path = own_key_file(settings, key_file)
    key = load_operator_key(path, read_passphrase(passphrase_file, f"Passphrase of {path}"))
    action, content = change
    return sign_change(action, content, office.partnership, office.clock.now(), key)


def co_sign_at_terminal(path: Path, passphrase_file: Path | None, statement: bytes) -> SignedChange:
    """The same bytes, signed by another person. Raises `Refused`, `KeyFault`."""
    return co_sign(statement, load_operator_key(path, read_passphrase(passphrase_file, f"Passphrase of {path}")))


def own_key_file(settings: Settings, key_file: Path | None) -> Path:
    """The key file that was named, else that of the settings. Raises `Refused` where there is neither."""
    path = key_file or settings.operator_key_file
    if path is None:
        raise Refused(
            "this change needs your signature: name your operator key with --key FILE, or set operator_key_file"
        )
    return path


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
