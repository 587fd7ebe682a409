"""What a connector remembers of its enrolment, in `enrolment.json` beside its settings. No secret: the invitation's is forgotten once it was
used."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public, write_public
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, KeyId, MessageId, PartnershipId

_FORM = "patchwork-enrolment/1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one connector stands: a folder of its own."""

    folder: Path

    @property
    def keys(self) -> Path:
        """The folder of the connector's own keys."""
        return self.folder / "keys"

    @property
    def settings(self) -> Path:
        """The settings file that enrolling writes."""
        return self.folder / "connector.toml"

    @property
    def gateway(self) -> Path:
        """The gateway's pinned public keys."""
        return self.folder / "gateway.public.json"

    @property
    def keyholder(self) -> Path:
        """The keyholder's pinned public key."""
        return self.folder / "keyholder.public.json"

    @property
    def certificate(self) -> Path:
        """This connector's own certificate."""
        return self.folder / "tls.pem"

    @property
    def authority(self) -> Path:
        """The certificates that `certificate` is signed by."""
        return self.folder / "authority.pem"

    @property
    def broker_authority(self) -> Path:
        """The certificates that the broker is believed by, where the gateway named any."""
        return self.folder / "broker-authority.pem"

    @property
    def state(self) -> Path:
        """See `Enrolment`."""
        return self.folder / "enrolment.json"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`accepted`: the gateway has our keys. `keyholder` is the thumbprint that the invitation named, if it named one. `mode` is what we are
    set up for, `epochs` the folder of the linkage epochs of that mode, and `stewards` the file of its list of stewards."""

    invitation: MessageId
    url: str
    ca_file: Path | None
    partnership: PartnershipId
    mode: Mode
    home: GatewayId
    connector: ConnectorId
    agencies: tuple[AgencyId, ...]
    carrier: str
    keyholder: KeyId | None
    accepted: bool = False
    epochs: str = "epochs"
    stewards: str = "stewards.jws"


def save(place: Place, enrolment: Enrolment) -> None:
    """Keep it, in place of what was there. Raises `KeyFault`."""
    document: dict[str, Any] = {
        "form": _FORM,
        "invitation": enrolment.invitation.value,
        "url": enrolment.url,
        "ca_file": str(enrolment.ca_file) if enrolment.ca_file else None,
        "partnership": enrolment.partnership.value,
        "mode": enrolment.mode.value,
        "home": enrolment.home.value,
        "connector": enrolment.connector.value,
        "agencies": [agency.value for agency in enrolment.agencies],
        "carrier": enrolment.carrier,
        "keyholder": enrolment.keyholder.value if enrolment.keyholder else None,
        "accepted": enrolment.accepted,
        "epochs": enrolment.epochs,
        "stewards": enrolment.stewards,
    }
    write_public(place.state, json.dumps(document, indent=2).encode() + b"\n")


def load(place: Place) -> Enrolment:
    """What was kept. Raises `KeyFault`, naming the file and the way out."""
    if not place.state.exists():
        raise KeyFault(f"nothing was enrolled in {place.folder}; begin with: patchwork-connector enrol INVITATION_FILE")
    try:
        document = json.loads(read_public(place.state))
        if document["form"] != _FORM:
            raise ValueError
        return Enrolment(
            invitation=MessageId(document["invitation"]),
            url=str(document["url"]),
            ca_file=Path(document["ca_file"]) if document["ca_file"] else None,
            partnership=PartnershipId(document["partnership"]),
            mode=Mode(document["mode"]),
            home=GatewayId(document["home"]),
            connector=ConnectorId(document["connector"]),
            agencies=tuple(AgencyId(agency) for agency in document["agencies"]),
            carrier=str(document["carrier"]),
            keyholder=KeyId(document["keyholder"]) if document["keyholder"] else None,
            accepted=document["accepted"] is True,
            epochs=str(document.get("epochs", "epochs")),
            stewards=str(document.get("stewards", "stewards.jws")),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeyFault(f"{place.state} is damaged; restore it from its backup, or ask for a new invitation") from None
