"""Whether a gateway runs on these settings, asked at its internal port."""

import http.client

from gateway.refused import Refused
from gateway.settings import Settings

_PATIENCE_SECONDS = 5.0


def check_gateway_runs(settings: Settings) -> None:
    """Raises `Refused` where nothing answers there. Whatever answers counts, also that it is not ready: it may be in a moment. A port
    that the system chose at its start cannot be asked."""
    host, port = settings.internal_host, settings.internal_port
    if port == 0:
        return
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        raise Refused(
            f"no gateway runs here: nothing answers at {host} port {port} (internal_host and internal_port); start it with "
            "patchwork gateway run, or type this where it runs"
        ) from None
    finally:
        connection.close()
