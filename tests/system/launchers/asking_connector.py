"""`python asking_connector.py SETTINGS`: `patchwork-connector run` that asks every second, not every hour, whether keys and epochs changed."""

import sys
from datetime import timedelta

import tests.system.launchers.haste  # noqa: F401 - its effect is what is wanted, and wanted first
from connectors.__main__ import main
from connectors.keys import following

if __name__ == "__main__":
    following.EVERY = following.AGAIN_AFTER = timedelta(seconds=1)
    sys.argv = ["patchwork-connector", "run", "--settings", *sys.argv[1:]]
    main()
