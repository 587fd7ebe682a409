"""The few calls of RabbitMQ's management API that handling a test node needs."""

import base64
import json
import secrets
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote


class Management:
    """The management API of one node, as its administrator. `url` is `http://127.0.0.1:port`."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._user = user
        self._credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        # A proxy that the environment names has no business with loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request to `/api/` + path; returns the decoded answer or None. Raises urllib.error.HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/api/{path}", data, method=method)  # noqa: S310 - http on loopback
        request.add_header("Authorization", self._credentials)
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def answers(self) -> bool:
        """Whether the API is up and the node says that it is in order."""
        try:
            self.call("GET", "health/checks/local-alarms")
            self.call("GET", "overview")
        except (urllib.error.URLError, OSError):
            return False
        return True

    def add_vhost(self) -> str:
        """A new virtual host with every permission for the administrator; returns its name."""
        name = f"fresh-{secrets.token_hex(6)}"
        self.call("PUT", f"vhosts/{name}")
        self.call("PUT", f"permissions/{name}/{self._user}", {"configure": ".*", "write": ".*", "read": ".*"})
        return name

    def remove_vhost(self, name: str) -> None:
        """Remove a virtual host with everything in it."""
        self.call("DELETE", f"vhosts/{quote(name, safe='')}")

    def connections(self) -> list[dict[str, Any]]:
        """The open client connections as the API tells them (its statistics lag by up to 5 s)."""
        return list(self.call("GET", "connections"))

    def queues(self, vhost: str = "/") -> list[dict[str, Any]]:
        """The queues of a virtual host as the API tells them."""
        return list(self.call("GET", f"queues/{quote(vhost, safe='')}"))

    def close_connections(self) -> int:
        """Close every open client connection, as a broken network would; returns how many there were."""
        names = [each["name"] for each in self.connections()]
        for name in names:
            self.call("DELETE", f"connections/{quote(name, safe='')}")
        return len(names)
