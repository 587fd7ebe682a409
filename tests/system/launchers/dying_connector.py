"""`python dying_connector.py POINT SETTINGS`: `patchwork-connector run` that dies at POINT."""

import sys

import tests.system.launchers.haste  # noqa: F401 - its effect is what is wanted, and wanted first
from connectors.__main__ import main
from tests.system.launchers.faults import Point, install

ALERT = "connectors.deliver:take_alert"
# Every step of one notice's and one alert's way, in order.
POINTS = {
    "read, not compared": Point("connectors.publish:read_feed", after=True),
    "compared, nothing made": Point("connectors.publish:apply", after=False),
    "evidence made, nothing queued": Point("connectors.publishing.applying:keyed", after=True),
    "queued, not committed": Point("connectors.publishing.applying:queue_all", after=True),
    "committed, not sealed": Point("connectors.publish:apply", after=True),
    "sealed and claimed, not sent": Point("connectors.exchange.posting:_hand_over", after=False),
    "sent, not marked as sent": Point("connectors.exchange.posting:_hand_over", after=True),
    "receipt taken, not in the ledger": Point("connectors.deliver:settle", after=False),
    "alert taken, not in the ledger": Point(ALERT, after=True),
    "alert in the ledger, not handed over": Point("connectors.deliver:_treat", after=True, armed_by=ALERT),
    "handed over, half written": Point("connectors.sinks.folder:FolderSink._write", after=True),
    "handed over, not marked": Point("connectors.sinks.folder:FolderSink.deliver", after=True),
    "marked, receipt not sent": Point("connectors.exchange.posting:_hand_over", after=False, armed_by=ALERT),
    "receipt sent, not marked": Point("connectors.exchange.posting:_hand_over", after=True, armed_by=ALERT),
    "receipt marked, not acknowledged": Point("connectors.deliver:post", after=True, armed_by=ALERT),
}
# The same for two agencies of one connector: between what is done for the first and what is done for the second.
BETWEEN = {
    "published for the first agency only": Point("connectors.running.watched_agency:publish", after=True),
    "in the first ledger, not in the second": Point("connectors.deliver:_take_in", after=True, armed_by=ALERT),
    "handed over for the first agency only": Point("connectors.deliver:hand_over", after=True, armed_by=ALERT),
    "receipted for the first agency only": Point("connectors.deliver:_post", after=True, armed_by=ALERT),
}

if __name__ == "__main__":
    point, settings = sys.argv[1:]
    install((POINTS | BETWEEN)[point])
    sys.argv = ["patchwork-connector", "run", "--settings", settings]
    main()
