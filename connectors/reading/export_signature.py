"""What an export looks like from outside, to notice when it was replaced."""

from pathlib import Path

_MAX_WATCHED = 10_000

Signature = tuple[tuple[str, int, int, int], ...]


def signature(path: Path) -> Signature:
    """Changes whenever the file, or anything in the folder, is replaced or written. Empty where there is nothing."""
    try:
        paths = sorted(path.iterdir())[:_MAX_WATCHED] if path.is_dir() else [path]
        return tuple(
            (each.name, status.st_mtime_ns, status.st_size, status.st_ino) for each in paths if (status := each.stat())
        )
    except OSError:
        return ()
