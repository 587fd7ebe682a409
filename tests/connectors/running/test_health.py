"""What a running connector says of itself on the loopback: that it is there, whether its last round went well, and counts; never a name."""

import http.client
import json
import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from connectors import __main__ as program
from connectors.running.health import HealthDoor, Vitals
from connectors.settings import SettingsFault
from tests.connectors.commands.test_commands import Housing, housing, row, set_up  # noqa: F401 - the fixture
from tests.connectors.office import Office, involvement
from tests.system.until import until


def ask(port: int, path: str, host: str = "") -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    said: dict[str, object] = json.loads(answer.read())
    connection.close()
    return answer.status, said


def test_it_says_that_it_is_there_and_how_much_waits(tmp_path: Path) -> None:
    office, seconds = Office(tmp_path), [0.0]
    vitals = Vitals(lambda: seconds[0])
    with HealthDoor(vitals, 0) as door:
        assert ask(door.port, "/healthz") == (200, {"alive": True})
        nothing_yet = {"ready": False, "seconds_since_last_round": None, "answers_refused": 0}
        assert ask(door.port, "/readyz") == (503, nothing_yet)
        office.publish(involvement(1), involvement(2))
        vitals.round_ended([office.ledger], well=True)
        seconds[0] = 7.0
        status, said = ask(door.port, "/readyz")
        assert (status, said["to_send"], said["refused"], said["seconds_since_last_round"]) == (200, 2, 0, 7)
        vitals.round_ended([office.ledger], well=False, answers_refused=1)
        assert ask(door.port, "/readyz")[0] == 503
        office.exchange()
        seconds[0] = 60.0
        vitals.round_ended([office.ledger], well=True)
        said = ask(door.port, "/readyz")[1]
        assert (said["to_send"], said["answers_refused"]) == (0, 1)


def test_it_tells_nobody_else_and_nothing_else() -> None:
    with HealthDoor(Vitals(), 0) as door:
        assert ask(door.port, "/readyz", host="evil.example")[0] == 403
        assert ask(door.port, "/worklist")[0] == 404
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as talk:
            talk.sendall(b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            first = talk.recv(200)
        assert b" 501 " in first
        assert b"Python" not in first


def test_a_port_that_is_taken_is_said_so() -> None:
    with HealthDoor(Vitals(), 0) as door, pytest.raises(SettingsFault, match="health_port"):
        HealthDoor(Vitals(), door.port)


def test_the_running_program_opens_the_door_its_settings_name(
    housing: Housing,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_up(housing)
    housing.export(row(1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = housing.folder / "connector.toml"
    settings.write_text(f"{settings.read_text()}\n[service]\nhealth_port = {port}\n[publishing]\npoll_seconds = 0.05\n")
    seen: list[tuple[int, dict[str, object]]] = []

    def watch_and_stop() -> None:
        def is_ready() -> bool:
            try:
                seen.append(ask(port, "/readyz"))
            except OSError:
                return False
            return seen[-1][0] == 200

        try:
            until(is_ready, "the connector to be ready", lambda: str(seen[-1:]))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    asking = threading.Thread(target=watch_and_stop)
    asking.start()
    try:
        assert housing("run").exit_code == 0
    finally:
        asking.join()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert seen[-1][1]["to_send"] == 1
    assert "Testcase" not in json.dumps(seen)


def test_windows_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.os, "name", "nt")
    with pytest.raises(SystemExit, match=r"WSL 2 or in the container"):
        program.main()
