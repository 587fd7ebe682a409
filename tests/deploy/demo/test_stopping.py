"""What goes wrong is one clear sentence, and nothing is left running: a busy port, Ctrl-C, a folder that may not be written."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.demo.one_run import PROJECT, Demo, working_in
from tests.system.until import until

NOBODY = 65534


def the_sentence(demo: Demo) -> str:
    """What it complained of: one line, no traceback."""
    assert re.fullmatch(r"make demo: [^\n]+\n", demo.complained), demo.complained
    return demo.complained


@pytest.mark.parametrize("which", [0, 1])
def test_a_busy_port_is_named(demo: Demo, which: int) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", demo.port + which))
        busy.listen()
        demo.start().finish()

    assert demo.status == 1
    assert f"port {demo.port + which} on this machine is taken" in the_sentence(demo)
    assert not demo.root.exists()


@pytest.mark.parametrize("port", ["http", "0", "65535", "-1", "99999999999999999999"])
def test_a_port_that_is_none_is_refused(demo: Demo, port: str) -> None:
    demo.environment["PATCHWORK_DEMO_PORT"] = port
    demo.start().finish()

    assert demo.status == 1
    assert "must be a port from 1 to 65534" in the_sentence(demo)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder in which others may look but not write (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="patchwork-demo-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def another_user(folder: Path) -> tuple[str, ...]:
    """How to run as somebody who may not write there: root may write everywhere, others must not own it."""
    if os.geteuid() == 0:
        return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    folder.chmod(0o555)
    return ()


def test_a_missing_write_permission_names_the_folder(closed_folder: Path, tmp_path: Path) -> None:
    demo = Demo(tmp_path, PATCHWORK_DEMO_OUTPUT=str(closed_folder / "demo-output"))
    demo.start(another_user(closed_folder)).finish()

    assert demo.status == 1
    assert f"the demo may not write to {closed_folder / 'demo-output'}" in the_sentence(demo)


def test_what_another_user_left_is_named_too(closed_folder: Path, tmp_path: Path) -> None:
    left = closed_folder / "demo-output" / "agencies"
    left.mkdir(parents=True)
    (left / "old").touch()
    (left.parent / ".made-by-the-demo").touch()
    prefix = another_user(closed_folder)
    if not prefix:
        (left.parent / ".made-by-the-demo").chmod(0o444)
    demo = Demo(tmp_path, PATCHWORK_DEMO_OUTPUT=str(left.parent)).start(prefix).finish()

    assert demo.status == 1
    assert "the demo may not write to" in the_sentence(demo)
    assert (left / "old").exists()


def test_a_folder_that_is_not_the_demos_is_left_alone(demo: Demo) -> None:
    demo.root.mkdir()
    (demo.root / "thesis.txt").write_text("three years of work", encoding="utf-8")
    demo.start().finish()

    assert demo.status == 1
    assert "was not made by the demo" in the_sentence(demo)
    assert (demo.root / "thesis.txt").read_text("utf-8") == "three years of work"


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_set_up_ends_everything(demo: Demo, wish: signal.Signals) -> None:
    demo.start().until("Each party below")
    until(demo.left_over, "the first program")
    demo.press_ctrl_c(wish)
    demo.press_ctrl_c(wish)  # a second time changes nothing
    demo.finish()

    assert demo.status == 130
    assert "stopped before the end" in the_sentence(demo)
    assert demo.left_over() == []


def test_programs_do_not_outlive_a_demo_that_was_killed(tmp_path: Path) -> None:
    sleeper = f"('sleeper', Path({str(tmp_path / 'log')!r}), 'python', '-c', 'import time; time.sleep(600)', {str(tmp_path)!r})"
    text = (
        f"import os; from pathlib import Path; from deploy.demo.programs import Programs; Programs().start{sleeper}; "
    )
    killed = subprocess.run([sys.executable, "-c", text + "os.kill(os.getpid(), 9)"], cwd=PROJECT, check=False)

    assert killed.returncode == -signal.SIGKILL
    until(lambda: not working_in(tmp_path), "the end of the program")


def test_two_demos_do_not_share_a_folder(demo: Demo, tmp_path: Path) -> None:
    demo.start().until("Each party below")
    other = tmp_path / "other"
    other.mkdir()
    second = Demo(other, PATCHWORK_DEMO_OUTPUT=str(demo.root)).start().finish()
    demo.press_ctrl_c()
    demo.finish()

    assert second.status == 1
    assert "another make demo works in" in the_sentence(second)
    assert (demo.status, demo.left_over()) == (130, [])
