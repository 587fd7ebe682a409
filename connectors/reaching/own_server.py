"""Reaching a server of the agency's own: which addresses are safe to speak to, and what is shown to it so that it lets us in."""

import base64
from pathlib import Path
from urllib.parse import urlsplit

from connectors.channel.amqp_settings import is_loopback
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private


def check_base(url: str, part: str) -> None:
    """Whether `url` can be the base address of a FHIR server. Raises `ValueError`, naming the part of the settings."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{part}: url must be the base address of a FHIR server, such as https://ehr.example/fhir")
    if parts.username or parts.password:
        raise ValueError(f"{part}: url must not hold a user or password; use token_file")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{part}: plain http reaches a server on this machine only; use an https url")


def authorization(token_file: Path | None, credential_file: Path | None = None) -> dict[str, str]:
    """The header that lets us in: a bearer token, or `user:password` (RFC 7617); none without either file.

    Read anew every time, so that it can be replaced without a restart. Raises `KeyFault`, naming the file.
    """
    if token_file is not None:
        return {"authorization": f"Bearer {_line(token_file, 'token')}"}
    if credential_file is not None:
        said = _line(credential_file, "user:password")
        if ":" not in said:
            raise KeyFault(f"{credential_file} does not hold user:password on one line")
        return {"authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}
    return {}


def _line(path: Path, what: str) -> str:
    try:
        said = read_private(path).decode("ascii").strip()
    except UnicodeDecodeError:
        said = ""
    if not said or not said.isprintable():
        raise KeyFault(f"{path} does not hold a {what}") from None
    return said
