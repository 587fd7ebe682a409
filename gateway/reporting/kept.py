"""How long what is kept, in plain sentences, from the settings that housekeeping goes by (`gateway.housekeeping.retention`)."""

from gateway.housekeeping.retention import Retention


def kept(retention: Retention) -> list[str]:
    """One sentence for each clock."""
    return [
        f"A live involvement expires {_days(retention.unconfirmed_days)} after its agency last confirmed it; its agency is asked "
        f"{_days(retention.ask_before_days)} before.",
        f"What is over about a child can be matched for {_days(retention.linger_days_children)} and is then erased.",
        f"What is over about an adult, or of an unknown age, can be matched for {_days(retention.linger_days_adults)} and is then erased.",
        "What was withdrawn is erased at the next housekeeping.",
        "Of what is erased opaque references, its standing and its place in the sequence remain, so that it can still be taken back.",
        f"The content of a refused message is dropped after {_days(retention.dead_letter_days)}; its digest remains.",
        f"That a notice was answered, and what practitioners answered to alerts, is remembered for {_days(retention.answer_days)}.",
        f"What the introducer was asked is forgotten {_days(retention.introduction_days)} after it was declined or was over.",
        "How an agency's champion is reached is kept in the roll-out plan until its entry is dropped or another champion is named; of an agency that "
        "has left it is removed at the next housekeeping.",
    ]


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
