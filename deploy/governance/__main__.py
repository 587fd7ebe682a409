"""Writes `deploy/docs/governance.md` anew: python -m deploy.governance"""

import sys

from deploy.governance.chapters import ChapterFault, chapters
from deploy.governance.page import PAGE, PlaceFault, page


def main() -> int:
    """Exit status 1, and one sentence, where a chapter cannot be told."""
    try:
        PAGE.write_text(page(chapters()), encoding="utf-8")
    except (ChapterFault, PlaceFault) as fault:
        print(f"{fault}; nothing was written", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
