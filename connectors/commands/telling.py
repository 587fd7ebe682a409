"""What sending and delivering did, as JSON and in words."""

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.deliver import Delivered
    from connectors.exchange.posting import Posted


def posted_document(posted: "Posted") -> dict[str, Any]:
    """What a run of sending did."""
    return {
        "sent": posted.sent,
        "refused_here": posted.refused_here,
        "paced": posted.paced,
        "problem": posted.problem or None,
    }


def posted_text(posted: "Posted") -> str:
    """The same in words."""
    text = f"{posted.sent} sent."
    if posted.refused_here:
        text += f" {posted.refused_here} too large to send; see: patchwork-connector outbox list --status refused"
    if posted.paced:
        text += " The rest waits, so that no more are sent a minute than the gateway grants."
    return f"{text} Not all: {posted.problem}; they are sent later." if posted.problem else text


def delivered_document(done: "Delivered") -> dict[str, Any]:
    """What a run of delivering did. A sink's problem stands under the sink's name; under `agencies` it is told apart whose sink it is."""
    from connectors.exchange.posting import together

    return {
        "parcels": dict(done.parcels),
        "delivered": _counted(done),
        "answers": dict(done.answers),
        "answers_refused": [
            {"agency": agency.value, "sink": sink, "problem": why} for agency, sink, why in done.refused
        ],
        "audit_in_doubt": [{"agency": agency.value, "problem": doubt} for agency, doubt in done.doubts],
        "sink_problems": {sink: problem for each in done.handed.values() for sink, problem in each.problems.items()},
        "posted": posted_document(together(done.posted.values())),
        "problem": done.problem or None,
        "agencies": [
            {
                "agency": agency.value,
                "delivered": {str(event): count for event, count in each.delivered.items()},
                "sink_problems": each.problems,
            }
            for agency, each in done.handed.items()
        ],
    }


def delivered_text(done: "Delivered") -> str:
    """The same in words."""
    lines = [f"{count} x {kind}" for kind, count in sorted(done.parcels.items())] or ["Nothing was waiting."]
    delivered = sum(_counted(done).values())
    if delivered:
        lines.append(f"{delivered} alerts handed to sinks.")
    if done.answers:
        counted = ", ".join(f"{count} {name}" for name, count in sorted(done.answers.items()))
        lines.append(f"Answers put down beside alerts: {counted}.")
        lines += [f"sink {sink}: an answer was refused: {why}" for _, sink, why in done.refused]
    for agency, each in done.handed.items():
        whose = f" of {agency}" if len(done.handed) > 1 else ""
        lines += [f"sink {sink}{whose}: {problem}; it is tried again." for sink, problem in each.problems.items()]
    lines += [
        f"The gateway's audit is in doubt: {doubt}; see: patchwork-connector witnesses" for _, doubt in done.doubts
    ]
    if done.parcels["dead letter"]:
        lines.append("Some parcels could not be used; see: patchwork-connector dead-letters list")
    if done.problem:
        lines.append(f"Stopped: {done.problem}")
    return "\n".join(lines)


def _counted(done: "Delivered") -> dict[str, int]:
    """Alerts handed over, by event, over all agencies."""
    events = sum((each.delivered for each in done.handed.values()), Counter[str]())
    return {str(event): count for event, count in events.items()}
