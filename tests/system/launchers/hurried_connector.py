"""`python hurried_connector.py SETTINGS`: `patchwork-connector run` that tries again soon where a real one is patient."""

import sys

from connectors import pauses

if __name__ == "__main__":
    pauses.CHANNEL_DOWN = pauses.CHANNEL_REFUSED = pauses.Pauses(first=0.2, longest=1.0)

    from connectors.__main__ import main

    sys.argv = ["patchwork-connector", "run", "--settings", *sys.argv[1:]]
    main()
