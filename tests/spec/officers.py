"""The officers of Seaton who decide about shields and restrictions: anna is information governance lead, omar and dora are data protection
officers, olga is security officer."""

from dataclasses import dataclass
from typing import Any

from gateway.bench.world import World
from gateway.model.withholding import Override, Withholding, WithholdingKind
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from gateway.withholding.deciding import content_of
from gateway.withholding.overriding import OVERRIDE, list_investigations, override_content
from gateway.withholding.placing import lapse_due
from gateway.withholding.shielding import WithholdingView, list_withholdings, show_withholding
from tests.gateway.staff import Staff
from tests.spec.stewards import Stewards


@dataclass
class Officers:
    """Each of them signs; whatever takes two is proposed by the first and approved by the second who is named."""

    seaton: World
    office: Office
    anna: Staff
    omar: Staff
    dora: Staff
    olga: Staff

    def standing(self, kind: WithholdingKind, whole: bool = False) -> list[Withholding]:
        return list_withholdings(self.office, LOCAL_READER, kind, whole)

    def show(self, id: int, kind: WithholdingKind = WithholdingKind.SHIELD) -> WithholdingView:
        return show_withholding(self.office, LOCAL_READER, kind, id)

    def decide(self, action: str, known: Withholding) -> Any:
        """Omar and anna sign."""
        return self.anna.approve(self.omar.hand_in(action, content_of(known, self.seaton.mode))).result

    def override(self, shield: int, recipient: int, discloser: int) -> Any:
        """Anna and omar let one involvement be told of another once."""
        content = override_content(shield, recipient, discloser, "a child is missing tonight", self.seaton.mode)
        return self.omar.approve(self.anna.hand_in(OVERRIDE, content)).result

    def investigations(self) -> list[Override]:
        return list_investigations(self.office, LOCAL_READER)

    def let_lapse(self) -> int:
        return lapse_due(self.seaton.store, self.seaton.clock, self.seaton.pairing())


def officers_of(seaton: World, stewards: Stewards) -> Officers:
    """Anna and omar are enrolled first; they enrol the others."""
    omar = stewards.sam.second
    assert omar is not None
    assert omar.second is not None
    dora, olga = omar.second.colleague("dora", "dpo"), omar.second.colleague("olga", "security-officer")
    return Officers(seaton, stewards.office, omar.second, omar, dora, olga)
