"""The worklist as a page that needs nothing else: no script, no picture, nothing fetched. For a screen, a printer and a screen reader."""

from html import escape

from connectors.alerts import wording
from connectors.alerts.worklist import Worklist
from connectors.alerts.worklist_table import COLUMNS, cells

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
thead th { border-bottom-width: 2px; overflow-wrap: normal; }
.note { border-left: 4px solid #8886; padding-left: 1rem; }
@media print { body { margin: 0; max-width: none; font-size: 9pt; } thead { display: table-header-group; } tr { break-inside: avoid; } }
"""


def as_html(listed: Worklist) -> str:
    """The whole page."""
    as_of = f"As of {wording.day(listed.as_of.date())}, {listed.as_of:%H:%M} UTC"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    rows = "\n".join(_row(cells(entry)) for entry in listed.entries)
    table = (
        f"<table>\n<caption>{escape(as_of)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
        if listed.entries
        else f"<p>None. {escape(as_of)}.</p>"
    )
    unknown = (
        f"<p>{listed.unknown} more are about clients that are not known here yet; publish a full reading of the sources.</p>"
        if listed.unknown
        else ""
    )
    notes = "".join(f"<p>{escape(line)}</p>" for line in wording.standing_words(listed.participation))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Current connections of our clients</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<main>\n<h1>Current connections of our clients</h1>\n{table}\n{unknown}<div class="note">{notes}</div>\n</main>\n</body>\n</html>\n'
    )


def _row(texts: list[str]) -> str:
    first, *others = map(escape, texts)
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{text}</td>" for text in others) + "</tr>"
