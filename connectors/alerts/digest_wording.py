"""The text of a digest: who else is involved with which of a worker's clients, and once for all of them how to make the calls."""

from collections.abc import Sequence

from connectors.alerts import wording
from connectors.sinks.port import Delivery
from mappings.canonical.codes import AlertEvent


def text(deliveries: Sequence[Delivery], worker: str) -> str:
    """Everything a practitioner reads, in lines; each client's part is what an alert of its own would have said."""
    clients = len({delivery.client_local_id for delivery in deliveries})
    lines = [f"For: {worker}"] if worker else []
    lines += [f"Others are involved with {clients} of your clients, as far as Patchwork knows. {_news(deliveries)}"]
    if any(delivery.alert.digest_only for delivery in deliveries):
        lines += ["A service that knows nearly everybody is told of others once a day, in a list like this one."]
    lines += [""]
    for number, delivery in enumerate(deliveries, 1):
        lines += [f"{number}. {wording.sentence(delivery.alert, delivery.client_label)}"]
        lines += [f"   {line}" for line in wording.details(delivery.alert)]
    scripts = dict.fromkeys(wording.script(delivery.alert) for delivery in deliveries)
    for script in scripts:
        lines += ["", *(line.format(reference="beside the client") for line in script)]
    return "\n".join([*lines, "", *wording.standing_words(deliveries[-1].alert.participation)]) + "\n"


def _news(deliveries: Sequence[Delivery]) -> str:
    changed = sum(delivery.alert.event is AlertEvent.CHANGED for delivery in deliveries)
    if not changed:
        return f"All {len(deliveries)} are new to you; none is a change."
    return f"Of these {len(deliveries)}, {changed} may be changes of what you know already."
