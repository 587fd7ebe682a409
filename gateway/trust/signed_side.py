"""A change of what one side of a gateway holds says which side it was signed for: the two number their cases, records and links each for itself."""

from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from mappings.canonical.codes import Mode


def check_side(unit: UnitOfWork, read: Content) -> None:
    """Raises `Refused` where the member `side` of what was signed names the other side than the unit's."""
    signed_for = read.code("side", Mode)
    if signed_for is not unit.side.mode:
        raise Refused(
            f"this was signed for the {signed_for} side, and is handed in on the {unit.side.mode} side; hand it in there, with or without --trial"
        )
