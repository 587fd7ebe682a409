"""A connector as the commands print it."""

from typing import Any

from gateway.model.capabilities import described
from gateway.model.connector import Connector


def connector_row(connector: Connector) -> dict[str, Any]:
    """What the register says of it. Its fingerprint is told by those who know what its people read out."""
    return {
        "id": connector.id.value,
        "status": connector.status.value,
        "carrier": connector.carrier.value,
        "since": connector.since.isoformat(timespec="seconds"),
        "agencies": [agency.value for agency in connector.agencies],
        "inbox": connector.inbox,
        "limits": described(connector.capabilities),
    }


def limit_lines(limits: dict[str, Any]) -> list[str]:
    """The limits, one a line, as `patchwork connector limits --set` takes them."""
    return [
        f"  {name} = {','.join(value) if isinstance(value, list) else value}" for name, value in sorted(limits.items())
    ]
