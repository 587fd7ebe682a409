"""Writes the tables of `deploy/docs/formats.md`: python -m deploy.formats_page [SAMPLES]

The first is made from the presets. The second says what became of every file of a folder of public samples, which is not part of the project:
it is written anew only where that folder is named."""

import sys
from collections.abc import Iterable
from pathlib import Path

from connectors.reading.dry_run import dry_run
from mappings.preset import Preset, load_preset, presets

PAGE = Path(__file__).parent / "docs" / "formats.md"
PRESETS, SAMPLES, END = "<!-- presets -->", "<!-- samples -->", "<!-- end -->"


def presets_table() -> str:
    """Every shipped preset."""
    rows = [_preset(load_preset(name)) for name in presets()]
    return _table(("preset", "format", "states", "what is missing has", "files joined to it"), rows)


def samples_table(folder: Path) -> str:
    """Every file of a folder of samples, with what came of it."""
    rows = [_sample(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return _table(("file", "preset", "involvements", "or what is missing"), rows)


def section(page: str, mark: str) -> str:
    """What stands in the page behind a mark."""
    return page.partition(mark)[2].partition(END)[0].strip()


def replaced(page: str, mark: str, text: str) -> str:
    """The page with other text behind a mark."""
    before, _, rest = page.partition(mark)
    return f"{before}{mark}\n{text}\n{END}{rest.partition(END)[2]}"


def _preset(preset: Preset) -> tuple[str, ...]:
    gone = {"close": "ended", "hold": "to be looked at", "ignore": "not ended"}[preset.vanish.value]
    beside = [file.name.replace("_", " ") for file in preset.rows.beside] if preset.rows else []
    return f"`{preset.name}`", preset.title, preset.mode.value, gone, ", ".join(beside)


def _sample(path: Path, folder: Path) -> tuple[str, ...]:
    done = dry_run(path)
    said = done.missing.replace("<", "&lt;").replace("|", "\\|")
    return f"`{path.relative_to(folder)}`", done.preset or "", str(done.involvements or ""), said


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """The entry point."""
    page = replaced(PAGE.read_text("utf-8"), PRESETS, presets_table())
    if len(sys.argv) > 1:
        page = replaced(page, SAMPLES, samples_table(Path(sys.argv[1])))
    PAGE.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
