"""The Unix socket that a proxy in front of the gateway comes through. Who may open it is said by the file system: the gateway's user and its
group, nobody else."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.refused import Refused

MODE = 0o660
# sockaddr_un of Linux, without the closing zero.
LONGEST_PATH = 107


@contextmanager
def proxy_socket(path: Path) -> Iterator[socket.socket]:
    """The socket, listening; its file is gone afterwards. Raises `Refused` where it cannot be made."""
    _check_free(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Made without rights for anybody, so that nobody comes in before the mode is set.
    before = os.umask(0o777)
    try:
        made.bind(str(path))
    except OSError as problem:
        made.close()
        raise Refused(f"cannot listen on the proxy_socket {path}: {problem.strerror}; name another path") from None
    finally:
        os.umask(before)
    try:
        path.chmod(MODE)
        made.listen(256)
        yield made
    finally:
        made.close()
        path.unlink(missing_ok=True)


def _check_free(path: Path) -> None:
    """What a gateway that was killed left behind is taken away; anything else stands."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise Refused(f"the proxy_socket {path} is longer than {LONGEST_PATH} bytes; name a shorter path")
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as problem:
        raise Refused(f"the proxy_socket {path} cannot be looked at: {problem.strerror}; name another path") from None
    if not stat.S_ISSOCK(kind):
        raise Refused(f"the proxy_socket {path} is a file of another kind; name a path that is free")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(5)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as problem:
            raise Refused(f"the proxy_socket {path} is in use or not ours: {problem.strerror}") from None
    raise Refused(f"another program listens on the proxy_socket {path} already; stop it first")
