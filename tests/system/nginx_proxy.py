"""nginx with the example configuration that ships (`deploy/proxy/nginx.conf`), on other paths. Not part of the suite: see
`deploy/docs/client-certificates.md` for the command that tries it."""

from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.servers.ports import answers
from tests.gateway.broker.certificates import Pair
from tests.system.program import ROOT, Program
from tests.system.until import until

EXAMPLE = ROOT / "deploy" / "proxy" / "nginx.conf"


class NginxProxy:
    """As `TlsProxy`, played by the nginx of that path."""

    def __init__(self, nginx: str, own: Pair, authority: Path, gateway: Path, port: int) -> None:
        folder = gateway.parent / "nginx"
        folder.mkdir(mode=0o755)
        text = EXAMPLE.read_text("utf-8")
        for example, here in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("gateway.seaton.example", "localhost"),
            ("/run/patchwork/proxy.sock", str(gateway)),
            ("/etc/patchwork/web/fullchain.pem", str(own.certificate)),
            ("/etc/patchwork/web/private.key", str(own.key)),
            ("/etc/patchwork/authority.pem", str(authority)),
        ):
            assert text.count(example) == 1, f"{EXAMPLE.name} no longer says {example}"
            text = text.replace(example, here)
        (folder / "patchwork.conf").write_text(text, "utf-8")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
        whole = f"user root; daemon off; pid {folder / 'pid'}; error_log stderr; events {{}}\n"
        whole += f"http {{ access_log off; {temporary} include {folder / 'patchwork.conf'}; }}\n"
        (folder / "nginx.conf").write_text(whole, "utf-8")
        self._port = port
        self._program = Program("nginx", [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")], folder)

    def __enter__(self) -> Self:
        self._program.start()
        until(lambda: answers(self._port) or not self._program.alive, "nginx to listen", self._program.last_words)
        assert self._program.alive, self._program.last_words()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()
