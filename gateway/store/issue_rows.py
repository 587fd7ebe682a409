"""The reasons of a refusal as a JSON column keeps them."""

from mappings.canonical.receipt import Issue


def to_rows(issues: tuple[Issue, ...]) -> list[list[str]]:
    """Type, code, element and text of each."""
    return [[issue.type, issue.code, issue.element, issue.text] for issue in issues]


def from_rows(rows: list[list[str]]) -> tuple[Issue, ...]:
    """The reverse of `to_rows`."""
    return tuple(Issue(*row) for row in rows)
