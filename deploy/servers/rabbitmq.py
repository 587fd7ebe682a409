"""A private RabbitMQ node, with the management plugin, on loopback ports.

The scripts in the package's own sbin folder are called directly: Debian's wrapper in /usr/sbin changes the user and
reads the system's configuration. The node has its own HOME (for the Erlang cookie) and its own epmd (Erlang's port
mapper), because a shared epmd would outlive us and be reachable from outside.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from deploy.servers.management import Management
from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.ports import answers, free_ports
from deploy.servers.processes import ServerProcess, plain_environment

USER = "patchwork-admin"


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a node needs to speak TLS and to know its clients by their certificates. All files are PEM; `certificate` is for
    127.0.0.1 or localhost. Only clients whose certificate `ca` issued get in; with mechanism EXTERNAL, the common name is the
    user."""

    ca: Path
    certificate: Path
    key: Path

    @property
    def config(self) -> list[str]:
        """The lines for rabbitmq.conf."""
        return [
            f"ssl_options.cacertfile = {self.ca}",
            f"ssl_options.certfile = {self.certificate}",
            f"ssl_options.keyfile = {self.key}",
            "ssl_options.verify = verify_peer",
            "ssl_options.fail_if_no_peer_cert = true",
            "ssl_options.versions.1 = tlsv1.3",
            "ssl_options.versions.2 = tlsv1.2",
            "ssl_cert_login_from = common_name",
            # PLAIN is for the gateway and the tests' administrator; a connector's user has no password, so it gets nowhere.
            "auth_mechanisms.1 = EXTERNAL",
            "auth_mechanisms.2 = PLAIN",
        ]


def find_programs() -> Path:
    """The folder with RabbitMQ's own `rabbitmq-server` script. Raises ServerMissing."""
    folders = [Path(each) for each in [os.environ.get("PATCHWORK_RABBITMQ_SBIN")] if each]
    folders += sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), reverse=True)
    folders += [Path(prefix, "opt/rabbitmq/sbin") for prefix in ("/opt/homebrew", "/usr/local")]
    for folder in folders:
        if (folder / "rabbitmq-server").exists() and _epmd() is not None:
            return folder
    raise ServerMissing(
        "rabbitmq-server not found; install it, on Debian and Ubuntu with: sudo apt-get install rabbitmq-server"
    )


def _epmd() -> str | None:
    """Erlang's port mapper: on the path, else where Erlang keeps it."""
    found = shutil.which("epmd")
    for erts in Path("/usr/lib/erlang").glob("erts-*/bin/epmd"):
        found = found or str(erts)
    return found


class RabbitMQ:
    """One node of our own: `with RabbitMQ() as broker: ... broker.amqp_url`.

    `extra_config` are lines for rabbitmq.conf, `plugins` are enabled besides rabbitmq_management. With `tls` there is a second
    listener, at `tls_port`, that takes clients with a certificate only.
    """

    def __init__(
        self, extra_config: Sequence[str] = (), plugins: Sequence[str] = (), tls: ServerTls | None = None
    ) -> None:
        self._programs = find_programs()
        self.host = "127.0.0.1"
        self.port, self.tls_port, self.management_port, self._distribution_port, self._epmd_port = free_ports(5)
        if tls is not None:
            extra_config = [f"listeners.ssl.1 = {self.host}:{self.tls_port}", *tls.config, *extra_config]
            plugins = ["rabbitmq_auth_mechanism_ssl", *plugins]
        self.user = USER
        self.password = secrets.token_hex(16)
        folder = Path(tempfile.mkdtemp(prefix="patchwork-rabbitmq-"))
        self._node = ServerProcess("RabbitMQ", folder)
        self._mapper = ServerProcess("epmd", Path(tempfile.mkdtemp(prefix="patchwork-epmd-")))
        self.management = Management(self.management_url, self.user, self.password)
        self._write_files(folder, extra_config, ["rabbitmq_management", *plugins])
        try:
            self._start_mapper()
            self.start()
        except BaseException:
            self.discard()
            raise

    @property
    def amqp_url(self) -> str:
        """The administrator's `amqp://` URL of the virtual host `/`."""
        return self.vhost_url("/")

    def vhost_url(self, vhost: str) -> str:
        """The administrator's `amqp://` URL of one virtual host."""
        return f"amqp://{self.user}:{self.password}@{self.host}:{self.port}/{quote(vhost, safe='')}"

    @property
    def management_url(self) -> str:
        """`http://127.0.0.1:port` of the management API; `user` and `password` open it."""
        return f"http://{self.host}:{self.management_port}"

    @property
    def password_file(self) -> Path:
        """A file, readable by its owner only, that holds the administrator's password."""
        return self._node.folder / "password"

    @property
    def alive(self) -> bool:
        """Whether the node runs at this moment."""
        return self._node.alive

    @property
    def log(self) -> Path:
        """Everything the node printed and logged."""
        return self._node.log

    def fresh_vhost(self) -> str:
        """A new, empty virtual host in which the administrator may do everything; returns its name."""
        return self.management.add_vhost()

    def start(self, seconds: float = 120) -> None:
        """Start the node (again) on its ports and data. Returns when AMQP and management answer, else ServerFailed."""
        self._node.start([str(self._programs / "rabbitmq-server")], self._environment())
        self._node.wait_until(lambda: answers(self.port) and self.management.answers(), seconds)

    def stop(self) -> None:
        """Stop in an orderly way; what is durable is there again after `start`."""
        self._node.stop()

    def settle(self) -> None:
        """Have the node write down which queues it holds; call it between declaring queues and `kill`.

        RabbitMQ (3.10 at least) notes a new quorum queue's name in a file that Erlang's dets writes up to 3 s later. A
        node killed before that comes back with a queue that has no leader, for good, whatever was confirmed on it.
        """
        command = [str(self._programs / "rabbitmqctl"), "eval", "[ok = dets:sync(T) || T <- dets:all()]."]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            raise ServerFailed(f"rabbitmqctl eval failed: {(done.stderr or done.stdout).strip()}")

    def kill(self) -> None:
        """kill -9 to the node and everything it started. See `settle` for queues declared a moment ago."""
        self._node.kill()

    def wipe(self) -> None:
        """Forget everything: users, queues, messages. The node is killed if it runs; then `start`."""
        self._node.kill()
        shutil.rmtree(self._node.folder / "data", ignore_errors=True)

    def discard(self) -> None:
        """End the node and its port mapper and remove their folders."""
        self._node.discard()
        self._mapper.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _start_mapper(self) -> None:
        command = [str(_epmd()), "-address", self.host, "-port", str(self._epmd_port)]
        self._mapper.start(command, plain_environment())
        self._mapper.wait_until(lambda: answers(self._epmd_port), 20)

    def _environment(self) -> dict[str, str]:
        folder = self._node.folder
        return plain_environment(
            HOME=str(folder),
            ERL_EPMD_PORT=str(self._epmd_port),
            ERL_EPMD_ADDRESS=self.host,
            RABBITMQ_NODENAME=f"patchwork-{self.port}@localhost",
            RABBITMQ_DIST_PORT=str(self._distribution_port),
            RABBITMQ_BASE=str(folder),
            RABBITMQ_MNESIA_BASE=str(folder / "data"),
            RABBITMQ_LOG_BASE=str(folder / "log"),
            RABBITMQ_LOGS="-",
            RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq.conf"),
            RABBITMQ_CONF_ENV_FILE=str(folder / "rabbitmq-env.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "enabled_plugins"),
            RABBITMQ_PID_FILE=str(folder / "node.pid"),
            # Distribution on loopback only; no busy waiting, which would take the processor from what is being tested.
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=(
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
        )

    def _write_files(self, folder: Path, extra_config: Sequence[str], plugins: Sequence[str]) -> None:
        lines = [
            f"listeners.tcp.1 = {self.host}:{self.port}",
            f"management.tcp.ip = {self.host}",
            f"management.tcp.port = {self.management_port}",
            f"default_user = {self.user}",
            f"default_pass = {self.password}",
            "default_user_tags.administrator = true",
            "disk_free_limit.absolute = 50MB",
            "log.console.level = warning",
            *extra_config,
        ]
        for name, text in (
            ("rabbitmq.conf", "\n".join(lines) + "\n"),
            ("rabbitmq-env.conf", ""),
            ("enabled_plugins", f"[{','.join(plugins)}].\n"),
            ("password", self.password),
            (".erlang.cookie", secrets.token_hex(20)),
        ):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text, encoding="ascii")
