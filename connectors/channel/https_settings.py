"""How a connector reaches a gateway over HTTPS."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors.channel.amqp_settings import is_loopback


@dataclass(frozen=True, slots=True)
class HttpsSettings:
    """Times in seconds. `url` is the gateway's address, with the path under which it is served, without query.

    Plain http is for a gateway on this machine only: to a loopback address, or through `unix_socket`. `ca_file` holds
    the certificates to believe instead of the operating system's. `cert_file` and `key_file` are shown to a proxy that
    asks for a certificate; who we are is told by the signature of each request, and a certificate only confirms it.
    `proxy` is the address of a way out, where the agency's network needs one; environment variables are not looked at.
    Raises `ValueError`, naming the setting.
    """

    url: str
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    unix_socket: Path | None = None
    proxy: str | None = None
    connect_timeout: float = 10.0
    answer_timeout: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("https: url must be an address such as https://gateway.seaton.example")
        if parts.username or parts.password:
            raise ValueError("https: url must not hold a user or password; requests are signed instead")
        if parts.scheme == "http" and not is_loopback(parts.hostname) and self.unix_socket is None:
            raise ValueError("https: plain http reaches a gateway on this machine only; use an https url")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("https: cert_file and key_file belong together")
        if min(self.connect_timeout, self.answer_timeout) <= 0:
            raise ValueError("https: times must be greater than 0; nothing is waited for without an end")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def prefix(self) -> str:
        """The path under which the gateway is served, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")
