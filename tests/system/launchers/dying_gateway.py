"""`python dying_gateway.py POINT SETTINGS`: `patchwork gateway run`, with leases of one second, that dies at POINT (`-`: nowhere)."""

import sys

from gateway.__main__ import main
from gateway.keys import renewal
from gateway.store.sql_store import SqlStore
from tests.system.launchers.faults import Point, install

POINTS = {
    "committed, not acknowledged, embedded": Point(
        "gateway.store.channel_queue:QueueGatewayEnd.acknowledge", after=False
    ),
    "committed, not acknowledged, broker": Point("connectors.channel.amqp:AmqpGatewayEnd.acknowledge", after=False),
    "in the transaction": Point("gateway.desk:Desk.finish", after=True),
    "marked as sent, not sent": Point(
        "gateway.relay:Relay._make_ready", after=True, armed_by="gateway.relay:Sending.make_ready"
    ),
    "half way through a renewal": Point(
        "gateway.keys.renewal:Renewing.step", after=True, armed_by="gateway.keys.renewal:Renewing._go_on"
    ),
}

if __name__ == "__main__":
    point, settings = sys.argv[1:]
    # What a dead process held comes again when its lease ends: after a second, so that the test sees it come.
    SqlStore.queue.__defaults__ = (1.0,)
    # Small, so that the few records of a test make several batches.
    renewal.BATCH = 2
    if point != "-":
        install(POINTS[point])
    sys.argv = ["patchwork", "gateway", "run", "--settings", settings]
    main()
