"""The proxy's socket: for the gateway's user and group alone, and never in the place of something else."""

import socket
import stat
from pathlib import Path

import pytest

from gateway.refused import Refused
from gateway.running.proxy_socket import LONGEST_PATH, proxy_socket


def test_it_is_open_to_user_and_group_only_and_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    with proxy_socket(path):
        assert stat.S_IMODE(path.lstat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


def test_what_a_killed_gateway_left_behind_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with proxy_socket(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_one_that_is_in_use_is_left_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    with proxy_socket(path):
        with pytest.raises(Refused, match="another program listens"), proxy_socket(path):
            pass
        assert path.exists()


def test_a_file_of_another_kind_stays(tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    path.write_text("precious")
    with pytest.raises(Refused, match="another kind"), proxy_socket(path):
        pass
    assert path.read_text() == "precious"


def test_where_it_cannot_be_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"longer than {LONGEST_PATH} bytes"), proxy_socket(tmp_path / ("x" * 108)):
        pass
    with pytest.raises(Refused, match="name another path"), proxy_socket(tmp_path / "no" / "proxy"):
        pass
