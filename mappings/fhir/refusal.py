"""The one exception a reader of ours raises: a document is refused, and each issue names the element and the way
out."""

from collections.abc import Sequence

from mappings.canonical.receipt import Issue

MAX_ISSUES = 20


class ProfileRefusal(Exception):
    """A document is not what this profile allows. `issues` is never empty; no issue and no message holds a value from
    the document."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)[:MAX_ISSUES]
        super().__init__("; ".join(f"{issue.element or 'the message'}: {issue.text}" for issue in self.issues))

    @classmethod
    def of(cls, type: str, code: str, element: str, text: str) -> "ProfileRefusal":
        """A refusal for one reason. `type` is a FHIR issue-type code, `code` our own stable one."""
        return cls((Issue(type, code, element, text),))
