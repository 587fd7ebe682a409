"""How one program reaches the broker. Needs no AMQP library, so that settings can be checked without one."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from connectors.channel.topology import DELIVERY_LIMIT


@dataclass(frozen=True, slots=True)
class AmqpSettings:
    """Where the broker is and who we are there. Times in seconds.

    `user` is the broker user: with `cert_file` and no `password_file` it is the common name of that certificate
    (mechanism EXTERNAL).
    `shared_user` says that several connectors share one broker user, so that the broker's word on who sent something is
    worth nothing.
    Without TLS only a broker on this machine is reached. Raises `ValueError`, naming the setting, where the parts do
    not fit together.
    """

    host: str
    port: int = 5671
    vhost: str = "/"
    user: str = ""
    password_file: Path | None = None
    tls: bool = True
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    shared_user: bool = False
    heartbeat: int = 30
    connect_timeout: float = 10.0
    confirm_timeout: float = 30.0
    blocked_timeout: float = 30.0
    resubscribe_after: float = 60.0
    backoff_first: float = 0.5
    backoff_longest: float = 30.0
    delivery_limit: int = DELIVERY_LIMIT

    def __post_init__(self) -> None:
        if not self.tls and not is_loopback(self.host):
            raise ValueError(
                "amqp: without tls only a broker on this machine (127.0.0.1, ::1, localhost) is reached; set tls"
            )
        if not self.tls and (self.ca_file or self.cert_file or self.key_file):
            raise ValueError("amqp: ca_file, cert_file and key_file have no meaning without tls")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("amqp: cert_file and key_file belong together")
        if self.password_file is None and self.cert_file is None:
            raise ValueError("amqp: set password_file, or cert_file and key_file")
        if not 1 <= len(self.user) <= 100:
            raise ValueError("amqp: user must be the name of the broker user (with a certificate, its common name)")
        if (
            min(self.connect_timeout, self.confirm_timeout, self.blocked_timeout, self.backoff_first, self.heartbeat)
            <= 0
        ):
            raise ValueError("amqp: times must be greater than 0; nothing is waited for without an end")


def is_loopback(host: str) -> bool:
    """Whether what is said to `host` stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
