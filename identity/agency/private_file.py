"""Files that hold a private key: made so that only their owner can read them, and refused when anybody else can.

A readable private key is refused rather than repaired: whoever could read it may have done so, and only people can
decide to make a new one.
"""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from identity.agency.faults import KeyFault

MAX_KEY_FILE_BYTES = 16 * 1024


def read_private(path: Path) -> bytes:
    """The whole of a private file. Raises `KeyFault` where it is missing, readable by group or others, too big or not a
    plain file."""
    return _read(path, MAX_KEY_FILE_BYTES, private=True)


def read_public(path: Path, most: int = MAX_KEY_FILE_BYTES) -> bytes:
    """The whole of a file that anybody may read: a public key, or something signed of at most `most` bytes. Raises `KeyFault` where it is
    missing, too big or not a plain file."""
    return _read(path, most, private=False)


def write_private(path: Path, data: bytes) -> None:
    """Make a new file with mode 0600, on the disk before this returns. Raises `KeyFault` where it exists: a key is
    never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise KeyFault(
            f"{path} exists already; a private key is never overwritten, move the old one away first"
        ) from None
    except OSError as problem:
        raise KeyFault(f"{path} cannot be made: {problem.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    _settle(path.parent)


def write_public(path: Path, data: bytes) -> None:
    """Put `data` in place of whatever was there, whole or not at all. Raises `KeyFault`."""
    _put_in_place(path, data, 0o644)


def replace_private(path: Path, data: bytes) -> None:
    """The same, readable by its owner only: for what is not a key. Raises `KeyFault`."""
    _put_in_place(path, data, 0o600)


def _put_in_place(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise KeyFault(f"{path} cannot be made: {problem.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise KeyFault(f"{path} cannot be written: {problem.strerror}") from None
    _settle(path.parent)


def _read(path: Path, most: int, *, private: bool) -> bytes:
    try:
        # O_NONBLOCK: a pipe put in the file's place must not hang the program.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as problem:
        raise KeyFault(f"{path} cannot be read: {problem.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise KeyFault(f"{path} is not a plain file of at most {most} bytes; see whether it is the right one")
        if private and status.st_mode & 0o077:
            raise KeyFault(
                f"{path} can be read by other users of this machine (mode {stat.S_IMODE(status.st_mode):04o}), "
                f"so it may already be known. "
                f"Make a new key, or, if you are sure that nobody has read it: chmod 600 {path}"
            )
        return file.read(most)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
