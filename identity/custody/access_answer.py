"""Opening a request for access on a DPO's machine, and the answer that comes of it: recorded and signed before anything is shown.

What is sealed is opened here and nowhere else. The answer leaves as a page to print, as JSON and as FHIR; the gateway is told their digests.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from identity.agency.change_statement import SignedChange, sign_change
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, SigningKey
from identity.agency.private_file import write_private
from identity.agency.sealed_to_several import NotOpened
from identity.custody.access_actions import ACCESS_OPENED, RELEASE
from identity.custody.access_ask import write_change
from identity.custody.access_file import AccessFile, HeldInvolvement, HeldRecord, digest_of
from identity.custody.disclosure_document import DisclosureDocument, open_document

MAX_REASON = 200
OPENING, PAGE, AS_JSON, AS_FHIR, RELEASED = (
    "opening.json",
    "answer.html",
    "answer.json",
    "answer.fhir.json",
    "release.json",
)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What the person is told. `withheld` disclosures are of services that must stay private, and `unopened` ones sealed to another DPO."""

    file: AccessFile
    disclosures: tuple[DisclosureDocument, ...]
    answered_at: datetime
    withheld: int = 0
    unopened: int = 0

    def name_of(self, agency: str) -> str:
        """As people call the agency."""
        return self.file.agencies.get(agency, agency)


@dataclass(slots=True)
class AccessOpening:
    """One DPO's opening of one request. `folder` is where its record, and then the answer, are written."""

    file: AccessFile
    digest: str
    dpo: DecryptionKey
    signer: SigningKey
    folder: Path
    now: Callable[[], datetime]
    _answer: Answer | None = field(default=None)

    def open(self, reason: str, private: bool = False) -> Answer:
        """Write the signed record of it, then open what is sealed. `private`: also what is of services that must stay private, where a parent
        asks for a child. Raises `KeyFault`; where the record cannot be written nothing is opened."""
        if not 1 <= len(reason) <= MAX_REASON or reason != reason.strip() or not reason.isprintable():
            raise KeyFault(f"say why with --reason, in 1 to {MAX_REASON} printable characters, and never name anybody")
        content = {**self._about(), "reason": reason, "private": private}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise KeyFault(f"{self.folder} cannot be made: {problem.strerror}") from None
        write_private(self.folder / OPENING, write_change(self._signed(ACCESS_OPENED, content)))
        opened, unopened = [], 0
        for sealed in self.file.disclosures:
            try:
                opened.append(open_document(sealed, self.dpo))
            except NotOpened:
                unopened += 1
        shown = [each for each in opened if private or not (self.file.request.least and each.private)]
        self._answer = Answer(self.file, tuple(shown), self.now(), len(opened) - len(shown), unopened)
        return self._answer

    def release(self, unopened_too: bool = False) -> dict[str, str]:
        """Write the answer in its three forms, and the signed release that names them by digest. Raises `KeyFault`, also where something
        was sealed to other DPOs only, unless that is to be left out."""
        from identity.custody.access_page import page
        from mappings.fhir import access_bundle

        answer = self._answer
        if answer is None:
            raise KeyFault("nothing was opened, so there is nothing to release")
        if answer.unopened and not unopened_too:
            raise KeyFault(
                f"{answer.unopened} disclosures are sealed to other DPOs only: have one of them release it, or leave those out with "
                "--leave-out-unopened and tell the person"
            )
        document = as_document(answer)
        forms = {
            PAGE: page(answer).encode(),
            AS_JSON: json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n",
            AS_FHIR: json.dumps(access_bundle.write(document), indent=2, ensure_ascii=False).encode() + b"\n",
        }
        for name, data in forms.items():
            write_private(self.folder / name, data)
        digests = {name: digest_of(data) for name, data in forms.items()}
        content = {
            **self._about(),
            "answer": digests,
            "disclosures": len(answer.disclosures),
            "withheld": answer.withheld,
        }
        write_private(self.folder / RELEASED, write_change(self._signed(RELEASE, content)))
        return digests

    def _about(self) -> dict[str, Any]:
        return {"request": self.file.request.reference, "side": self.file.mode.value, "export": self.digest}

    def _signed(self, action: str, content: dict[str, Any]) -> SignedChange:
        return sign_change(action, content, self.file.partnership, self.now(), self.signer)


def as_document(answer: Answer) -> dict[str, Any]:
    """The answer as plain JSON members, from which the other forms are made."""
    file = answer.file
    return {
        "answer": 1,
        "partnership": file.partnership.value,
        "mode": file.mode.value,
        "request": file.request.reference,
        "on_behalf": file.request.on_behalf,
        "received_on": file.request.received_on.isoformat(),
        "answered_at": answer.answered_at.astimezone(UTC).isoformat(timespec="seconds"),
        "contacts": list(file.contacts),
        "records": [_record(answer, each) for each in file.records],
        "disclosures": [_disclosure(answer, each) for each in answer.disclosures],
    }


def _record(answer: Answer, each: HeldRecord) -> dict[str, Any]:
    return {
        "agency": each.agency.value,
        "agency_name": answer.name_of(each.agency.value),
        "names_you_as": each.relation.value if each.relation else None,
        "involvements": [_involvement(one) for one in each.involvements],
    }


def _involvement(one: HeldInvolvement) -> dict[str, Any]:
    return {
        "service": one.service.value,
        "standing": one.standing,
        "start": one.start.isoformat() if one.start else None,
        "end": one.end.isoformat() if one.end else None,
        "confirmed": one.confirmed.isoformat(),
        "age_band": one.age_band.value,
        "legal_basis": one.legal_basis.value,
        "consent": one.consent.value,
        "informed": one.informed.value,
        "informed_date": one.informed_date.isoformat() if one.informed_date else None,
        "role": one.role,
        "team": one.team,
    }


def _disclosure(answer: Answer, each: DisclosureDocument) -> dict[str, Any]:
    return {
        "event": each.event.value,
        "told_at": each.told_at.astimezone(UTC).isoformat(timespec="seconds"),
        "told": each.told.value,
        "told_name": answer.name_of(each.told.value),
        "about": each.about.value,
        "about_name": answer.name_of(each.about.value),
        "service": each.service.value,
        "shown": list(each.shown),
        "agreement": each.agreement,
        "agreement_version": each.agreement_version,
        "rules": each.decided_by,
        "connection": each.connection,
        "alert": each.alert,
    }
