"""Backups of one database of a private server, made and put back as an operator does: `pg_dump` in its custom format, `pg_restore` into another
database. Both programs come with the server on Debian and Ubuntu.
"""

import subprocess
from pathlib import Path

from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.postgresql import PostgreSQL, find_programs
from deploy.servers.processes import plain_environment


def find_backup_programs() -> Path:
    """The folder with `pg_dump` and `pg_restore` of the server's own version. Raises ServerMissing."""
    folder = find_programs()
    if not ((folder / "pg_dump").exists() and (folder / "pg_restore").exists()):
        raise ServerMissing(
            f"pg_dump and pg_restore are not in {folder}; install those of the server's version, on Debian and Ubuntu with: "
            "sudo apt-get install postgresql-client"
        )
    return folder


def dump(server: PostgreSQL, url: str, file: Path) -> None:
    """Back one database up, beside whoever works on it. Raises ServerMissing, ServerFailed."""
    _run(server, "pg_dump", "--format=custom", f"--file={file}", url.rpartition("/")[2])


def restore(server: PostgreSQL, file: Path) -> str:
    """Put a backup back into a new database; returns its URL. Raises ServerMissing, ServerFailed."""
    url = server.fresh_database()
    _run(server, "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url.rpartition('/')[2]}", str(file))
    return url


def _run(server: PostgreSQL, program: str, *words: str) -> None:
    command = [str(find_backup_programs() / program), f"--host={server.host}", f"--port={server.port}"]
    command += [f"--username={server.user}", "--no-password", *words]
    # In the environment and not on the command line, which everybody can read.
    environment = plain_environment(PGPASSWORD=server.password)
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise ServerFailed(f"{program} failed: {done.stderr.strip()[-300:]}")
