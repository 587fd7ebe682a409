"""What the connector makes of a server that does not answer as a gateway does. (The honest one is in tests/contract/channels.)"""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.channel.https import HttpsConnectorEnd
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.port import ChannelDown, ChannelRefused, Parcel
from connectors.channel.request_signature import RememberedNonces, verify_request
from identity.agency.key_ring import directory_of
from identity.agency.keys import SigningKey

KEY = SigningKey.generate()


class Server(ThreadingHTTPServer):
    """Answers every POST with `answer`; keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, dict[str, str], bytes] = (202, {}, b"")
        self.seen: list[tuple[str, list[tuple[str, str]], bytes]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        server.seen.append((self.path, list(self.headers.items()), body))
        status, headers, content = server.answer
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def end(server: Server) -> Iterator[HttpsConnectorEnd]:
    made = HttpsConnectorEnd(HttpsSettings(server.url + "/partners/patchwork/", answer_timeout=5.0), KEY)
    yield made
    server.answer = (204, {}, b"")
    made.close()


def test_every_request_is_signed_as_it_is_sent(server: Server, end: HttpsConnectorEnd) -> None:
    end.send(b"sealed")
    server.answer = (204, {}, b"")
    end.acknowledge([Parcel("7", b"x")])
    end.release([Parcel("8", b"x")])
    for path, headers, body in server.seen:
        nonces = RememberedNonces(lambda: datetime.now(UTC))
        signer = verify_request("POST", path, headers, body, directory_of(KEY.public), nonces, datetime.now(UTC))
        assert signer == KEY.id
    assert [path.removeprefix("/partners/patchwork/channel/") for path, _, _ in server.seen] == [
        "notices",
        "inbox/acknowledge",
        "inbox/release",
    ]
    assert json.loads(server.seen[1][2]) == {"ids": ["7"]}


def test_nothing_to_settle_is_no_request_and_much_is_several(server: Server, end: HttpsConnectorEnd) -> None:
    server.answer = (204, {}, b"")
    end.acknowledge([])
    assert server.seen == []
    end.acknowledge([Parcel(str(n), b"x") for n in range(2500)])
    assert [len(json.loads(body)["ids"]) for _, _, body in server.seen] == [1000, 1000, 500]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 301, 302, 307, 308, 200, 204])
def test_what_somebody_must_do_something_about_is_refused(server: Server, end: HttpsConnectorEnd, status: int) -> None:
    server.answer = (status, {"location": "http://127.0.0.1:1/"}, b"")
    with pytest.raises(ChannelRefused, match=f"status {status}"):
        end.send(b"sealed")
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_passes_is_down(server: Server, end: HttpsConnectorEnd, status: int) -> None:
    server.answer = (status, {}, b"")
    with pytest.raises(ChannelDown, match=f"status {status}"):
        end.send(b"sealed")


def test_of_the_answer_only_a_short_code_is_repeated(server: Server, end: HttpsConnectorEnd) -> None:
    for body, told in (
        (b'{"code": "signature-stale", "detail": "canary"}', "signature-stale"),
        (b'{"code": "Canary <b>"}', ""),
        (b'{"code": 5, "detail": "canary"}', ""),
        (b"canary", ""),
        (b"[" * 5000, ""),
    ):
        server.answer = (401, {}, body)
        with pytest.raises(ChannelRefused) as caught:
            end.send(b"sealed")
        assert told in str(caught.value)
        assert "anary" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b'{"parcels": 1}',
        b'{"parcels": [1]}',
        b'{"parcels": [{"id": 1, "sealed": "x"}]}',
        b'{"parcels": [{"id": "1", "sealed": ""}]}',
        b'{"parcels": [{"id": "1", "sealed": "\xc3\xa9"}]}',
        b'{"parcels": [{"id": "' + b"1" * 101 + b'", "sealed": "x"}]}',
        b'{"parcels": [{"id": "1", "sealed": "x"}, {"id": "2", "sealed": "y"}]}',
        b"[" * 50_000,
        b"\x1f\x8b\x08\x00",
        b" " * 700_000,
    ],
)
def test_a_lease_that_is_none(server: Server, end: HttpsConnectorEnd, body: bytes) -> None:
    server.answer = (200, {"content-encoding": "gzip"} if body.startswith(b"\x1f") else {}, body)
    with pytest.raises(ChannelDown):
        end.take(1, 0.0)


def test_an_empty_inbox_that_answers_at_once_is_asked_again_but_not_without_pause(
    server: Server, end: HttpsConnectorEnd
) -> None:
    server.answer = (200, {}, b'{"parcels": []}')
    assert end.take(1, 0.5) == []
    assert 2 <= len(server.seen) <= 6


def test_at_most_fifty_at_a_time(server: Server, end: HttpsConnectorEnd) -> None:
    server.answer = (200, {}, b'{"parcels": []}')
    end.take(1000, 0.0)
    assert json.loads(server.seen[0][2]) == {"limit": 50, "wait": 0}


def test_closing_gives_back_what_is_leased_and_never_fails(server: Server) -> None:
    end = HttpsConnectorEnd(HttpsSettings(server.url), KEY)
    server.answer = (200, {}, b'{"parcels": [{"id": "1", "sealed": "x"}]}')
    end.take(1, 0.0)
    server.answer = (503, {}, b"")
    end.close()
    assert json.loads(server.seen[-1][2]) == {"ids": ["1"]}


def test_a_server_that_hangs_up_or_is_not_there_is_down() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    end = HttpsConnectorEnd(HttpsSettings(f"http://127.0.0.1:{listener.getsockname()[1]}", answer_timeout=5.0), KEY)
    threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
    with pytest.raises(ChannelDown):
        end.send(b"sealed")
    listener.close()
    with pytest.raises(ChannelDown, match="cannot be reached"):
        end.send(b"sealed")


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = HttpsSettings(f"http://127.0.0.1:{listener.getsockname()[1]}", answer_timeout=0.2)
        with pytest.raises(ChannelDown, match="Timeout"):
            HttpsConnectorEnd(settings, KEY).send(b"sealed")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate of `localhost`, and its key beside it."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "key.pem").chmod(0o600)
    return tmp_path / "cert.pem"


def test_only_a_certificate_that_is_believed_will_do(server: Server, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    HttpsConnectorEnd(HttpsSettings(f"https://localhost:{port}", ca_file=certificate), KEY).send(b"sealed")
    for url, ca_file in ((f"https://localhost:{port}", None), (f"https://127.0.0.1:{port}", certificate)):
        with pytest.raises(ChannelDown, match="certificate is not believed"):
            HttpsConnectorEnd(HttpsSettings(url, ca_file=ca_file), KEY).send(b"sealed")


def test_files_for_tls_that_cannot_be_used_are_named(certificate: Path) -> None:
    key_file, url = certificate.parent / "key.pem", "https://localhost:1"
    with pytest.raises(ChannelRefused, match="ca_file"):
        HttpsConnectorEnd(HttpsSettings(url, ca_file=certificate.parent / "nothing"), KEY)
    with pytest.raises(ChannelRefused, match="not a pair"):
        HttpsConnectorEnd(HttpsSettings(url, cert_file=key_file, key_file=key_file), KEY)
    key_file.chmod(0o644)
    with pytest.raises(ChannelRefused, match="chmod 600"):
        HttpsConnectorEnd(HttpsSettings(url, cert_file=certificate, key_file=key_file), KEY)


def test_through_a_unix_socket(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def serve() -> None:
            with listener.accept()[0] as near:
                near.recv(65536)
                near.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        settings = HttpsSettings("http://gateway.internal", unix_socket=tmp_path / "s", answer_timeout=5.0)
        HttpsConnectorEnd(settings, KEY).send(b"sealed")


def test_proxies_of_the_environment_are_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    HttpsConnectorEnd(HttpsSettings(server.url), KEY).send(b"sealed")
    assert len(server.seen) == 1
