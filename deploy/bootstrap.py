"""Sets the project up in `.venv`, on a machine with nothing but Python 3.11 or newer: `python3 -m deploy.bootstrap`.

Standard library only. The first of these that works here makes the environment and installs into it:

1. uv, when it is on the PATH;
2. Python's own venv and ensurepip;
3. a venv without pip, and the pip wheel of deploy/pip_wheel.py from the package index that pip's configuration names;
4. Debian's and Ubuntu's package for venv, installed with apt, when this runs as root.

Then the project is installed, editable, with its development tools, in the versions of deploy/constraints.txt. What was
installed is remembered in .venv/patchwork-setup, so that the next run has nothing to do and says nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from deploy import pip_wheel
from deploy.pip_wheel import SetupFailed

OLDEST = (3, 11)
PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "patchwork-setup"
LOG = VENV / "patchwork-setup.log"
CONSTRAINTS = PROJECT / "deploy" / "constraints.txt"
# The build backend goes first: the project is then installed without build isolation, which would fetch any version.
BACKEND = ["hatchling", "editables"]


def main() -> int:
    """Set up what is not set up yet. Exit status 0, or 1 after one clear sentence."""
    try:
        if sys.version_info < OLDEST:
            raise SetupFailed(
                f"Patchwork needs Python 3.11 or newer and this is {platform.python_version()}: "
                "install a newer one and name it, as in `make setup PYTHON=python3.12`."
            )
        with (PROJECT / ".patchwork-setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits, then finds it done
            if not (PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint()):
                set_up()
    except SetupFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Setting up failed: {problem.strerror or problem}: {problem.filename or VENV}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSetting up was interrupted; the next run carries on.", file=sys.stderr)
        return 130
    return 0


def fingerprint() -> str:
    """Changes whenever what would be installed, where, or by which Python changes."""
    digest = hashlib.sha256()
    for path in (PROJECT / "pyproject.toml", CONSTRAINTS, Path(__file__), Path(pip_wheel.__file__)):
        digest.update(path.read_bytes())
    digest.update(f"{PROJECT}\n{sys.version_info[:2]}".encode())
    return digest.hexdigest() + "\n"


def set_up() -> None:
    """Make or refresh the environment and install the project into it."""
    say(f"Setting up Patchwork in {VENV} (the first time takes a minute or two) ...")
    STAMP.unlink(missing_ok=True)
    if not usable():
        discard_old()
        how = make_environment()
        say(f"  made an environment for Python {platform.python_version()} with {how}")
    say("  installing the libraries, in the versions of deploy/constraints.txt ...")
    install(*BACKEND)
    install("--no-build-isolation", "--editable", ".[dev]")
    STAMP.write_text(fingerprint(), encoding="utf-8")
    say("  done.")


def usable() -> bool:
    """Whether `.venv` is an environment of this Python's version, in working order, made at this place."""
    if not PYTHON.exists():
        return False
    ask = "import sys; print(sys.prefix, '%d.%d' % sys.version_info[:2], sep='|')"
    answer = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True)
    return answer.stdout.strip() == f"{VENV}|{sys.version_info[0]}.{sys.version_info[1]}" and (
        shutil.which("uv") is not None or has_pip()
    )


def has_pip() -> bool:
    """Whether the environment can run pip."""
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0


def discard_old() -> None:
    """Remove an environment that cannot be used. Raises SetupFailed when `.venv` is something else."""
    if VENV.is_symlink() or (VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir())):
        raise SetupFailed(f"{VENV} is there but is no Python environment: move it away and run this again.")
    if VENV.exists():
        shutil.rmtree(VENV)


def make_environment() -> str:
    """Make `.venv`; returns with what. Raises SetupFailed when nothing works here."""
    if shutil.which("uv"):
        run(["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)], "uv could not make the environment")
        return "uv"
    if importlib.util.find_spec("ensurepip") and with_ensurepip():
        return "venv"
    if importlib.util.find_spec("venv") and with_configured_index():
        return "venv and a pip wheel"
    if with_debian_package():
        return "venv, after installing Debian's package for it"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise SetupFailed(
        "Patchwork needs pip to install its libraries and this Python comes without: "
        f"run `sudo apt-get install python{version}-venv` (or install uv), then this again."
    )


def with_ensurepip() -> bool:
    """A venv with the pip that came with Python; False, with nothing left behind, when there is none after all."""
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True)
    if done.returncode != 0 or not has_pip():
        shutil.rmtree(VENV, ignore_errors=True)
        return False
    return True


def with_configured_index() -> bool:
    """A venv, and the pinned pip from the first configured index that has it; False when no index has it."""
    for index in pip_wheel.configured_indexes():
        wheel = pip_wheel.fetch_pip(index)
        if wheel is None:
            continue
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], "venv could not make the environment")
        target = VENV / pip_wheel.NAME
        target.write_bytes(wheel)
        run(
            [str(PYTHON), f"{target}/pip", "install", "--quiet", "--no-index", str(target)],
            "pip could not install itself",
        )
        target.unlink()
        return True
    return False


def with_debian_package() -> bool:
    """As root on Debian or Ubuntu, with the system's own Python: apt installs what venv lacks. False elsewhere."""
    system_python = Path(sys.executable).resolve().parent == Path("/usr/bin")
    if os.geteuid() != 0 or shutil.which("apt-get") is None or not system_python:
        return False
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    say(f"  this Python comes without pip; installing {package} with apt ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    for words in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run([*apt, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            last = " ".join((done.stderr or done.stdout).split())[-300:]
            raise SetupFailed(f"apt-get {' '.join(words)} failed: {last}")
    return with_ensurepip()


def install(*what: str) -> None:
    """Install into the environment, in the pinned versions. Raises SetupFailed."""
    pinned = ["--constraint", str(CONSTRAINTS)]
    if shutil.which("uv"):
        command = ["uv", "pip", "install", "--quiet", "--python", str(PYTHON), *pinned, *what]
    else:
        command = [
            str(PYTHON),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            *pinned,
            *what,
        ]
    run(
        command,
        "The libraries could not be installed; is the package index (PIP_INDEX_URL) within reach?",
        uv_settings(),
    )


def uv_settings() -> dict[str, str]:
    """The environment, in which uv finds the package index that was set for pip alone."""
    environment = dict(os.environ)
    for pip_name, uv_name in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if environment.get(pip_name) and not environment.get(uv_name):
            environment[uv_name] = environment[pip_name]
    return environment


def run(command: list[str], problem: str, environment: dict[str, str] | None = None) -> None:
    """Run a command, keeping what it prints in the log. Raises SetupFailed with `problem` and its first error."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = done.stdout.decode("utf-8", "replace").strip()
    if VENV.is_dir():
        with LOG.open("a", encoding="utf-8") as log:
            log.write(said + "\n")
    if done.returncode != 0:
        errors = [line for line in said.splitlines() if line.lstrip().lower().startswith("error")]
        errors = errors[:1] or said.splitlines()[-1:]
        raise SetupFailed(f"{problem}\n  {errors[0].strip() if errors else 'it said nothing'}\n  (all it said: {LOG})")


def say(sentence: str) -> None:
    """One line of progress, at once."""
    print(sentence, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
