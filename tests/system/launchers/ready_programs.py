"""Runs commands of Patchwork's programs, each in a process of its own that is forked off this one, where everything is imported already.

Importing takes nine tenths of a command's time. A line on standard input is a command as JSON (see `tests/system/typed.py`); a line on
standard output is its exit status.
"""

import gc
import json
import os
import random
import sys
from importlib import import_module
from typing import Any, NoReturn

PROGRAMS = {
    "patchwork": "gateway.__main__",
    "patchwork-connector": "connectors.__main__",
    "patchwork-keyholder": "identity.custody.__main__",
}
# What most commands import when they are called.
ALSO = ("gateway.app", "gateway.settings", "connectors.running.assembly", "connectors.settings", "alembic.command")


def main() -> None:
    for module in (*PROGRAMS.values(), *ALSO):
        import_module(module)
    gc.freeze()
    with os.fdopen(os.dup(0)) as asked:
        for line in asked:
            child = os.fork()
            if child == 0:
                run(json.loads(line))
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


def run(command: dict[str, Any]) -> NoReturn:
    """Become the program that was typed, with files for its input, its output and its errors, and end as it ends."""
    status: Any = 1
    try:
        os.chdir(command["folder"])
        os.environ.clear()
        os.environ.update(command["environment"])
        for number, name, flags in (
            (0, "input", os.O_RDONLY),
            (1, "output", os.O_WRONLY),
            (2, "errors", os.O_WRONLY),
        ):
            os.dup2(os.open(command[name], flags), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is open until the process ends
        random.seed()
        sys.argv = [command["program"], *command["arguments"]]
        try:
            import_module(PROGRAMS[command["program"]]).main()
            status = 0
        except SystemExit as ended:
            status = ended.code
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    main()
