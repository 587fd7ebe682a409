"""`python -m deploy.servers`: make sure the programs of the test servers are on this machine, or say what to install.

Exit status 0, also when something is missing: the tests then skip, saying so. 1 when CI=true, where nothing is skipped.
"""

import os
import sys

from deploy.servers import install
from deploy.servers.missing import ServerFailed


def main() -> int:
    """Install what is missing where that is ours to do; print one line otherwise."""
    missing = install.missing_packages()
    if not missing:
        return 0
    problem = install.how_to_install(missing)
    if install.can_install():
        print(f"Installing {' and '.join(missing)} for the tests (no system service is started) ...", flush=True)
        try:
            install.apt_install(missing)
        except ServerFailed as error:
            problem = f"{install.how_to_install(missing)} ({error})"
        else:
            missing = install.missing_packages()
            problem = install.how_to_install(missing) if missing else ""
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem and required() else 0


def required() -> bool:
    """Whether a missing server is a failure rather than a skip: in continuous integration it is."""
    return os.environ.get("CI", "").lower() in {"true", "1", "yes"}


if __name__ == "__main__":
    raise SystemExit(main())
