"""What a gateway shows at its internal port, asked by one client: making one reads every certificate of this machine, each time anew."""

from functools import cache
from typing import Any


@cache
def _client() -> Any:
    import httpx2

    # No connection is kept: the gateway may be killed and come back.
    return httpx2.Client(trust_env=False, timeout=10, limits=httpx2.Limits(max_keepalive_connections=0))


def shown(port: int, path: str) -> str | None:
    """The text at that path; None where the gateway does not answer with 200."""
    import httpx2

    try:
        answer = _client().get(f"http://127.0.0.1:{port}{path}")
    except httpx2.HTTPError:
        return None
    return str(answer.text) if answer.status_code == 200 else None
