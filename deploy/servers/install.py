"""The RabbitMQ and PostgreSQL programs on this machine: what is missing, and installing it where that is ours to do.

Installing means apt, as root, on Debian or Ubuntu. The packages would start system services; a policy-rc.d forbids that
while apt runs, and whatever policy-rc.d stood there before is put back.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from deploy.servers import postgresql, postgresql_backup, rabbitmq
from deploy.servers.missing import ServerFailed, ServerMissing

POLICY = Path("/usr/sbin/policy-rc.d")


def missing_packages() -> list[str]:
    """Names of the Debian packages whose programs are not found on this machine."""
    missing = []
    for package, find in (("rabbitmq-server", rabbitmq.find_programs), ("postgresql", postgresql.find_programs)):
        try:
            find()
        except ServerMissing:
            missing.append(package)
    if "postgresql" not in missing:
        # The server brings them along; where somebody installed it without, backups cannot be tried.
        try:
            postgresql_backup.find_backup_programs()
        except ServerMissing:
            missing.append("postgresql-client")
    return missing


def can_install() -> bool:
    """Whether this process may install packages: root on a system with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def how_to_install(packages: Sequence[str]) -> str:
    """One line for a person: what is missing and what to type."""
    names = " and ".join(packages)
    return f"{names} not found; to run the tests on real servers: sudo apt-get install {' '.join(packages)}"


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages without starting any system service. Raises ServerFailed with apt's own last words."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (["update"], ["install", "--yes", "--no-install-recommends", *packages])
    with no_services_started():
        for words in commands:
            command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", *words]
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
            )
            if done.returncode != 0:
                said = (done.stderr or done.stdout).strip().splitlines()[-3:]
                raise ServerFailed(f"apt-get {' '.join(words)} failed: {' / '.join(said)}")


@contextlib.contextmanager
def no_services_started(policy: Path = POLICY) -> Iterator[None]:
    """While inside, package installation may start no service (Debian policy 9.3.3.1: exit status 101 forbids)."""
    before = (policy.read_bytes(), policy.stat().st_mode & 0o7777) if policy.exists() else None
    with _signals_raise():
        try:
            _put(policy, b"#!/bin/sh\nexit 101\n", 0o755)
            yield
        finally:
            if before is None:
                policy.unlink(missing_ok=True)
            else:
                _put(policy, *before)


def _put(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.patchwork-{os.getpid()}")
    fresh.write_bytes(content)
    fresh.chmod(mode)
    fresh.replace(path)


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP become an exception, so that `finally` runs: they must not leave our policy behind."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
