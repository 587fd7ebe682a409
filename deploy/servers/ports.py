"""Free loopback ports."""

import secrets
import socket


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports that nothing on 127.0.0.1 listens on at this moment.

    All are held until the last is found, so that one call never returns a port twice. They lie below the
    kernel's usual range for outgoing connections (32768 and up), so that a client that happens to connect
    between this call and the server's start cannot take one.
    """
    held: list[socket.socket] = []
    try:
        for port in _candidates():
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                listener.close()
                continue
            held.append(listener)
            if len(held) == count:
                return [each.getsockname()[1] for each in held]
    finally:
        for listener in held:
            listener.close()
    raise OSError(f"there are not {count} free ports on 127.0.0.1 between 20000 and 32000")


def _candidates() -> list[int]:
    start = 20_000 + secrets.randbelow(12_000)
    return [*range(start, 32_000), *range(20_000, start)]


def answers(port: int) -> bool:
    """Whether something on 127.0.0.1 accepts a TCP connection on `port`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
