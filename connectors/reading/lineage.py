"""Which files a reading was made from, so that it can be told later without keeping anything of their content.

With a row's number (every problem names file and row) the digest leads back to the very line, for as long as the agency keeps its export.
"""

import hashlib
from pathlib import Path

_MOST_FILES = 10_000


def digest_of(path: Path) -> str:
    """SHA-256 over the names and contents of the file, or of the files in the folder, in the order of their names; empty where one cannot be
    read."""
    whole = hashlib.sha256()
    try:
        files = sorted(one for one in path.iterdir() if one.is_file())[:_MOST_FILES] if path.is_dir() else [path]
        for file in files:
            whole.update(f"{file.name}\0".encode("utf-8", "surrogateescape"))
            with file.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError:
        return ""
    return whole.hexdigest()
