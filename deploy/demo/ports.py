"""The loopback ports of the demo's gateway: 8440 and 8441, or those that the environment names."""

import errno
import os
import socket
from dataclasses import dataclass

from deploy.demo.failure import DemoFailure

PORT = "PATCHWORK_DEMO_PORT"


@dataclass(frozen=True, slots=True)
class Ports:
    """The one that connectors reach, and the one for monitoring."""

    public: int = 8440
    internal: int = 8441

    def check_free(self) -> None:
        """Raises `DemoFailure` where one of them cannot be had."""
        for port in (self.public, self.internal):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as problem:
                    raise DemoFailure(_sentence(port, problem.errno)) from None


def ports_asked_for() -> Ports:
    """The ports that the environment names (the second is the next one), else the usual. Raises `DemoFailure`."""
    text = os.environ.get(PORT, "")
    if not text:
        return Ports()
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 65_534):
        raise DemoFailure(f"{PORT} must be a port from 1 to 65534: the demo uses it and the next one")
    return Ports(int(text), int(text) + 1)


def _sentence(port: int, why: int | None) -> str:
    if why == errno.EADDRINUSE:
        return (
            f"port {port} on this machine is taken: stop what uses it (perhaps another make demo), "
            f"or name another with {PORT}, then run make demo again"
        )
    return f"port {port} on this machine cannot be used ({os.strerror(why or 0)}): name another with {PORT}"
