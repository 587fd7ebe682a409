"""Beginning where somebody else already is: one clear sentence, and nobody is disturbed."""

import socket
from pathlib import Path

from tests.system.partnership import Partnership
from tests.system.program import Program


def test_a_second_gateway_on_one_sqlite_register_is_refused(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton:
        seaton.start_gateway()
        second = Program("second", seaton.gateway.command, tmp_path)
        second.start()
        assert second.wait_until_ended() == 1
        said = second.log.read_text("utf-8").strip()
        assert "another gateway works on this register already" in said
        assert len(said.splitlines()) == 1
        assert seaton.is_ready()


def test_a_busy_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with Partnership(tmp_path, https=("school", "health")) as seaton, socket.socket() as busy:
        busy.bind(("127.0.0.1", seaton.internal_port))
        busy.listen()
        seaton.gateway.start()
        assert seaton.gateway.wait_until_ended() == 1
        said = seaton.gateway.log.read_text("utf-8").strip()
        assert f"cannot listen on 127.0.0.1 port {seaton.internal_port}: Address already in use" in said
        assert len(said.splitlines()) == 1
