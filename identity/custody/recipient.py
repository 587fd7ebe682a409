"""The connector that an epoch is sealed to: its public keys, believed only after the fingerprint was read out by its own people."""

import json
from pathlib import Path

from identity.agency import enrolment_keys, fingerprint
from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, load_public
from identity.agency.private_file import read_public


def compared_keys(path: Path, read_out: str) -> PublicKeys:
    """The keys in a file that an enrolment made, or `keys new`. Raises `KeyFault` unless `read_out` is their fingerprint."""
    if _is_enrolment(path):
        enrolled = enrolment_keys.load(path)
        keys, genuine = enrolled.first, enrolment_keys.is_fingerprint_of(read_out, enrolled)
    else:
        keys = load_public(path)
        genuine = fingerprint.is_fingerprint_of(read_out, keys)
    if not genuine:
        raise KeyFault(
            f"{path} is not the key with that fingerprint; do not seal. Ask the connector's own people for the file "
            "and the fingerprint again, over another way than the one it came by"
        )
    return keys


def _is_enrolment(path: Path) -> bool:
    try:
        document = json.loads(read_public(path))
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "form" in document
