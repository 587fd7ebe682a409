"""A webhook's receiver over real TLS, that checks nothing itself: what came is there to be looked at."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from connectors.sinks.webhook import WebhookSettings, WebhookSink
from connectors.sinks.webhook_signature import make_key
from tests.gateway.broker.certificates import Authority

SECRET = "whsec_" + "c2VhdG9uLWlzLW9ubHktaW52ZW50ZWQtaGVyZQ=="


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Of the message."""
        return self.headers["webhook-id"]

    @property
    def text(self) -> str:
        """What a practitioner reads."""
        return str(json.loads(self.body)["data"]["payload"][0]["contentString"])


@dataclass
class Receiver:
    """`status` is what it answers; `answer` further headers. What it took while `status` is 2xx."""

    url: str
    authority: Path
    status: int = 202
    answer: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    asked: int = 0


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """A receiver at https://localhost, for as long as this lasts."""
    authority = Authority(folder / "authority")
    pair = authority.server("localhost")
    receiver = Receiver("", authority.file)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.asked += 1
            if 200 <= receiver.status < 300:
                receiver.taken.append(
                    Taken(self.path, {name.lower(): text for name, text in self.headers.items()}, body)
                )
            self.send_response(receiver.status)
            for name, text in {"content-length": "0", **receiver.answer}.items():
                self.send_header(name, text)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"https://localhost:{server.server_port}/alerts"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def sink_for(receiver: Receiver, folder: Path, networks: tuple[str, ...] = ("127.0.0.0/8",)) -> WebhookSink:
    """A sink that signs both ways, with keys made in the folder."""
    secret, key = folder / "secret", folder / "key"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    (folder / "public").write_text(make_key(key))
    settings = WebhookSettings(
        receiver.url, secret_file=secret, key_file=key, networks=networks, ca_file=receiver.authority, answer_timeout=5
    )
    return WebhookSink(settings, look_up=lambda host, port: ["127.0.0.1"])
