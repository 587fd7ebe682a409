"""`python hurried_connector.py SETTINGS`: `patchwork-connector run` that tries again soon where a real one is patient."""

import sys

import tests.system.launchers.haste  # noqa: F401 - its effect is what is wanted, and wanted first
from connectors.__main__ import main

if __name__ == "__main__":
    sys.argv = ["patchwork-connector", "run", "--settings", *sys.argv[1:]]
    main()
