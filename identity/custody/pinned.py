"""Pinning the keyholder's public key at an agency: only after its fingerprint came from the keyholder, not from whoever passed the key on."""

import hmac
import json
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey
from identity.agency.private_file import read_public, write_public
from mappings.canonical.identifiers import KeyId


def pin_keyholder(path: Path, offered: VerifyKey | None, named: KeyId | None, read_out: str | None) -> str:
    """Put the offered key into `path` if its fingerprint was read out. Returns what is still missing, empty where a key is pinned.

    `named` is the thumbprint that the invitation gave, if any. Raises `KeyFault` where what was offered is not what was named or read out.
    """
    if offered is not None and named is not None and offered.id != named:
        raise KeyFault("the gateway passes on another keyholder key than the invitation named; ring the keyholder")
    if path.exists():
        _check_same(path, read_out)
        return ""
    if offered is None:
        return f"the keyholder's public key is not here: put the file you had from the keyholder at {path}"
    if not read_out:
        return (
            f"ask the keyholder to read out the fingerprint of their key. If it is {offered.id}, run: "
            f"patchwork-connector enrol --resume --keyholder-fingerprint {offered.id}"
        )
    if not _is(offered, read_out):
        raise KeyFault("the keyholder's key is not the one whose fingerprint was read out; nothing was pinned")
    write_public(path, json.dumps(offered.to_jwk()).encode() + b"\n")
    return ""


def _check_same(path: Path, read_out: str | None) -> None:
    if read_out is None:
        return
    try:
        pinned = VerifyKey.from_jwk(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the keyholder's public key") from None
    if not _is(pinned, read_out):
        raise KeyFault(f"{path} holds another key than the one whose fingerprint was read out")


def _is(key: VerifyKey, read_out: str) -> bool:
    return hmac.compare_digest("".join(read_out.split()).encode(), key.id.value.encode())
