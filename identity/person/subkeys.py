"""One key for each purpose, derived from the linkage key of an epoch.

HKDF-SHA256 (RFC 5869) in its expand form: the linkage key is 32 random bytes already. Partnership, mode, epoch and
purpose are bound in, so that no token of one purpose, epoch, mode or partnership ever equals one of another.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from identity.custody.epoch import LinkageEpoch

_SCHEME = "patchwork-evidence/1"


def subkey(epoch: LinkageEpoch, purpose: str) -> bytes:
    """The 32-byte key for a purpose such as "name" or "block"."""
    info = "\n".join((_SCHEME, epoch.partnership.value, epoch.mode.value, epoch.id, purpose)).encode()
    return HKDFExpand(SHA256(), 32, info).derive(epoch.key)
