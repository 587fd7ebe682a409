"""`make demo`: set the partnership up, let it run, show what the agencies were told.

In a terminal it stays up until Ctrl-C. Elsewhere it ends by itself, and its last line counts what happened.
"""

import os
import sys

from deploy.demo.interruption import listen


def main() -> int:
    """0 when the story was told, 1 with one sentence when it could not be, 130 when it was interrupted."""
    listen()
    try:
        return told()
    except KeyboardInterrupt:
        return complain("stopped before the end; every program was ended. Run it again whenever you like.", 130)


def told() -> int:
    """Play the story; what stops it is one sentence."""
    # Imported here, so that Ctrl-C is answered in one sentence from the first moment on.
    from deploy.demo.failure import DemoFailure
    from deploy.demo.playing import play
    from deploy.demo.telling import Teller

    try:
        play(Teller())
    except DemoFailure as failure:
        return complain(str(failure), 1)
    except BrokenPipeError:
        # Nobody reads on; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return complain("nobody reads what it tells; every program was ended.", 1)
    except OSError as problem:
        return complain(f"{problem.filename or 'a file'} cannot be used: {problem.strerror}; then run it again.", 1)
    return 0


def complain(sentence: str, status: int) -> int:
    """Say it on standard error. Returns the exit status."""
    print(f"make demo: {sentence}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
