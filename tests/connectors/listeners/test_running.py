"""`run` opens the doors that the settings name beside everything else it does, and shuts them when it stops."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.probing.checking import check
from connectors.running.journal import FIELDS, journal
from connectors.running.watching import Watch
from connectors.settings import SettingsFault
from gateway.bench.world import World
from mappings.canonical.codes import NoticeEvent
from tests.connectors.listeners.doors import PUSH, AtTheDoor, post
from tests.connectors.listeners.test_hl7v2_mllp import MLLP, adt, codes, say
from tests.connectors.listeners.test_http_push import notice
from tests.system.until import until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_a_message_that_comes_while_it_runs_goes_all_the_way(
    tmp_path: Path, seaton: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = '\n[[agencies.sources]]\nkind = "hl7v2_mllp"\nname = "pas"\nport = 0\n'
    door = AtTheDoor(tmp_path, seaton, PUSH.replace("port = 0", f"port = {free_port()}") + second)
    door.close()
    monkeypatch.setattr("connectors.running.watching.follow_quietly", _not_asked)
    watch = Watch(door.council.connector, journal("seaton-council"), publishing=True, delivering=True)
    found: list[Any] = []

    def client() -> None:
        try:
            door.port = door.said.port
            until(lambda: _listens(door.port), "the door")
            found.append(post(door, "/notices", notice("n1")))
        finally:
            watch.stop()

    thread = threading.Thread(target=client)
    thread.start()
    watch.run()
    thread.join()
    assert found == [(202, {"taken": True, "again": False, "changes": {"involvement-started": 1}, "skipped": {}})]
    assert door.queued() == [NoticeEvent.STARTED]
    assert not _listens(door.port)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["source"] for line in lines if line["event"] == "listening"] == ["records", "pas"]
    assert not [name for line in lines for name in line if name not in FIELDS]


def test_an_address_that_is_taken_is_a_fault_of_the_settings(tmp_path: Path, seaton: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsFault, match="cannot listen at"):
        AtTheDoor(tmp_path, seaton, PUSH.replace("port = 0", f"port = {taken.getsockname()[1]}"))


def test_both_doors_of_an_agency_take_one_after_the_other(tmp_path: Path, seaton: World) -> None:
    door = AtTheDoor(
        tmp_path,
        seaton,
        MLLP + '\n[[agencies.sources]]\nkind = "http_push"\nname = "push"\nport = 0\nsecret_file = "push.secret"\n',
    )
    mllp = door.port
    ports = door.listeners.ports
    threads = [threading.Thread(target=say, args=(door, adt("A01", hour % 9, str(hour)))) for hour in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    door.port = ports["push"]
    assert post(door, "/notices", notice("n1"))[0] == 202
    door.port = mllp
    assert codes(say(door, adt("A03", 9))) == ["AA"]
    assert door.queued() == [NoticeEvent.STARTED, NoticeEvent.STARTED, NoticeEvent.ENDED]
    door.close()


def test_check_says_when_the_last_message_came(tmp_path: Path, seaton: World) -> None:
    door = AtTheDoor(tmp_path, seaton, PUSH)
    assert "can listen at 127.0.0.1 port 0 once `run` does, no message taken yet" in _sources(door)
    post(door, "/notices", notice("n1"))
    assert f"last message taken {seaton.clock.now():%Y-%m-%d %H:%M} UTC" in _sources(door)
    (tmp_path / "push.secret").chmod(0o644)
    assert "sources: records: secret_file: " in _sources(door)
    door.close()


def _sources(door: AtTheDoor) -> str:
    found = check(door.council.connector)
    return next(one.text for one in found if one.part == "sources" and one.agency == door.council.children.id.value)


def _not_asked(_connector: object) -> Any:
    from connectors.keys.following import EVERY, Followed

    return Followed(EVERY)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
