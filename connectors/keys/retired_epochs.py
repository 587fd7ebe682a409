"""The keyholder's word about which linkage epochs are over, kept beside the epochs. Nobody else's word counts, and none is taken back."""

from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey
from identity.agency.private_file import read_public, write_public
from identity.custody.epoch_word import EpochWord, check_follows, read
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

WORD_FILE = "epochs.jws"
SUFFIX = ".sealed"


def held_word(folder: Path, keyholder: VerifyKey) -> EpochWord | None:
    """The last word taken in. Raises `KeyFault` where the file is not the keyholder's."""
    path = folder / WORD_FILE
    return read(read_public(path), keyholder) if path.exists() else None


def check_not_retired(folder: Path, keyholder: VerifyKey, epoch: str) -> None:
    """Raises `KeyFault` for an epoch that is over."""
    word = held_word(folder, keyholder)
    if word is not None and epoch in word.retired:
        raise KeyFault(f"linkage epoch {epoch} is retired, by the keyholder's own word; ask for one that is in use")


def take_word(document: bytes, folder: Path, keyholder: VerifyKey, partnership: PartnershipId, mode: Mode) -> bool:
    """Take a word in, and remove the epochs it retires. Returns whether anything changed. Raises `KeyFault` where it is not the keyholder's,
    is for somebody else, or takes something back; and while we hold no epoch that stays in use, for then nothing could be published."""
    word = read(document, keyholder)
    if word.partnership != partnership or word.mode is not mode:
        raise KeyFault("the keyholder's word about linkage epochs is for another partnership, or for the other mode")
    last = held_word(folder, keyholder)
    if last is not None:
        check_follows(word, last.serial, last.retired)
    held = {path.name.removesuffix(SUFFIX): path for path in folder.glob(f"*{SUFFIX}")}
    over = [path for id, path in sorted(held.items()) if id in word.retired]
    if last is not None and not over and last.retired == word.retired:
        return False
    if over and len(over) == len(held):
        raise KeyFault(
            "every linkage epoch held here is retired; send the keyholder our public keys and ask for the one in use: what is published until "
            "then is matched with nobody"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # First: broken off after it, the rest is done at the next word, which is the same.
    write_public(folder / WORD_FILE, document.strip() + b"\n")
    for path in over:
        path.unlink(missing_ok=True)
    return True
