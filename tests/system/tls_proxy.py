"""A proxy as a partnership would put one in front of its gateway: ends TLS, asks for a client certificate, and tells the gateway over its Unix
socket which one was shown (RFC 9440). A request a connection; what the client itself wrote about certificates is not passed on."""

import asyncio
import base64
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.gateway.broker.certificates import Pair

LONGEST_HEAD = 64 * 1024


class TlsProxy:
    """`with TlsProxy(pair, authority, socket) as proxy:`; `authority` signs the certificates that are let in, and none need be shown."""

    def __init__(self, own: Pair, authority: Path, gateway: Path, port: int) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
        self._context.load_cert_chain(own.certificate, own.key)
        self._context.verify_mode = ssl.CERT_OPTIONAL
        self._gateway, self._port = gateway, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", self._port, ssl=self._context, limit=LONGEST_HEAD)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        try:
            head = (await client.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            shown: bytes | None = answer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            body = await client.readexactly(_length(head))
            upstream, forward = await asyncio.open_unix_connection(str(self._gateway))
            forward.write(_told(head, shown) + body)
            await forward.drain()
            answer.write(await upstream.read())
            await answer.drain()
            forward.close()
        finally:
            answer.close()


def _length(head: list[str]) -> int:
    given = [line.partition(":")[2].strip() for line in head if line.lower().startswith("content-length:")]
    return int(given[0]) if given else 0


def _told(head: list[str], shown: bytes | None) -> bytes:
    kept = [line for line in head if line and not line.lower().startswith(("client-cert", "connection:"))]
    if shown is not None:
        kept.append(f"Client-Cert: :{base64.b64encode(shown).decode('ascii')}:")
    return "\r\n".join([*kept, "Connection: close", "", ""]).encode("latin-1")
