"""What comes back from a steward's machine: signed, that the details were opened and why, and the decision, if there is one.

The opening is written before anything is shown, so that a program which is stopped in between leaves its trace.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from identity.agency.change_statement import SignedChange, sign_change
from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey
from identity.custody.case_file import CaseFile
from mappings.canonical.identifiers import KeyId

OPENED: Final = "review.opened"
CONFIRM: Final = "review.confirm"
REFUSE: Final = "review.refuse"
MAX_DECISION_BYTES: Final = 64 * 1024
_FORM: Final = "patchwork-decision/1"


class InvalidDecisionFile(KeyFault):
    """This is not what a steward's machine writes. The message names the way out."""


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """Signed changes, not yet believed: the opening, and the decision where one was made."""

    opening: SignedChange
    decision: SignedChange | None = None


def sign_opening(case: CaseFile, reason: str, at: datetime, key: SigningKey) -> SignedChange:
    """That both sides' details were opened."""
    content = {**_about(case), "reason": reason}
    return sign_change(OPENED, content, case.partnership, at, key)


def sign_decision(case: CaseFile, same: bool, at: datetime, key: SigningKey) -> SignedChange:
    """That both are of one person, or that they are not."""
    content = _about(case)
    if same:
        content["records"] = list(case.records)
    return sign_change(CONFIRM if same else REFUSE, content, case.partnership, at, key)


def _about(case: CaseFile) -> dict[str, Any]:
    return {"case": case.case, "version": case.version, "side": case.mode.value, "details": case.digests}


def write_decision(file: DecisionFile) -> bytes:
    """As it is carried."""
    changes = [file.opening, *([file.decision] if file.decision else [])]
    return json.dumps({"form": _FORM, "changes": [_document(each) for each in changes]}, indent=2).encode() + b"\n"


def read_decision(path: Path) -> DecisionFile:
    """What is in a file. Raises `InvalidDecisionFile`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_DECISION_BYTES + 1)
    except OSError as problem:
        raise InvalidDecisionFile(f"{path} cannot be read: {problem.strerror}") from None
    try:
        document = json.loads(data)
        if len(data) > MAX_DECISION_BYTES or set(document) != {"form", "changes"} or document["form"] != _FORM:
            raise ValueError
        if not 1 <= len(document["changes"]) <= 2:
            raise ValueError
        return DecisionFile(*(_change(each) for each in document["changes"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidDecisionFile(
            f"{path} is not a decision file; a steward makes it with: patchwork-keyholder open CASE_FILE"
        ) from None


def _document(change: SignedChange) -> dict[str, str]:
    return {
        "statement": base64.b64encode(change.statement).decode(),
        "key": change.key.value,
        "signature": base64.b64encode(change.signature).decode(),
    }


def _change(document: Any) -> SignedChange:
    if set(document) != {"statement", "key", "signature"}:
        raise ValueError
    statement, signature = (base64.b64decode(document[name], validate=True) for name in ("statement", "signature"))
    return SignedChange(statement, KeyId(document["key"]), signature)
