"""To whom this agency seals the few details that stewards may look at: the list that the keyholder signed, kept beside the connector's keys.

* The gateway passes the list on and is not believed about it: only the pinned keyholder is.
* An older list never takes the place of a newer one: a steward who was taken off must not come back that way.
* Where the gateway passes on none, no agreement of ours says that details are sent, and none are sealed any more.
"""

from pathlib import Path

from connectors.keys.epochs import keyholder_key
from identity.agency.faults import KeyFault
from identity.agency.keys import EncryptKey
from identity.agency.private_file import read_public, write_public
from identity.custody.steward_list import read_list
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

NONE = b"none\n"


def keep_list(path: Path, offered: bytes, keyholder: Path, partnership: PartnershipId, mode: Mode) -> None:
    """Put the offered list into `path`, if the pinned keyholder signed it and it is not older than what is there. Raises `KeyFault`."""
    if not offered:
        if path.exists():
            write_public(path, NONE)
        return
    pinned = keyholder_key(keyholder)
    listed = read_list(offered, pinned, partnership, mode)
    kept = read_public(path) if path.exists() else NONE
    if kept != NONE and read_list(kept, pinned, partnership, mode).issued_at > listed.issued_at:
        raise KeyFault(
            "the gateway passes on an older list of stewards than the one that is here; ask the keyholder which one holds"
        )
    write_public(path, offered.strip() + b"\n")


def stewards_in(path: Path, keyholder: Path, partnership: PartnershipId, mode: Mode) -> tuple[EncryptKey, ...]:
    """The keys to seal to; none where there is no list. Raises `KeyFault` for a list that the pinned keyholder did not sign."""
    if not path.exists():
        return ()
    kept = read_public(path)
    if kept == NONE:
        return ()
    return tuple(each.key for each in read_list(kept, keyholder_key(keyholder), partnership, mode).stewards)
