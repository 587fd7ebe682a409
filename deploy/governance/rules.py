"""The rules of sharing in plain words, under their headings, each with the chapters of `tests/spec` that hold it.

A rule names its chapters by number. A number of which there is no chapter is written down as such on the page, so that the table never
claims what nothing shows.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds, and the chapters that hold it."""

    words: str
    chapters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """One group of rules, and the chapters that are told under it."""

    title: str
    rules: tuple[Rule, ...]
    told_here: tuple[int, ...]


HEADINGS = (
    Heading(
        "The people and agencies",
        (
            Rule(
                "Two professionals who help the same person learn of each other, and nobody else learns anything", (1,)
            ),
            Rule("Agencies of one organisation meet as any two agencies do", (12, 33)),
            Rule(
                "Whoever works for several agencies is not alerted about themselves; each role keeps its own inbox",
                (33,),
            ),
            Rule("What is told reaches the worker in their own agency's system, once and never too late", (7,)),
            Rule(
                "In the agency's own record there is one current care team a client, from which whoever is taken back is gone; staff answer there",
                (43,),
            ),
            Rule("When an agency brings all its clients at once, a worker gets one digest of many first alerts", (39,)),
            Rule("An agency's own export is read as a careful reader would read it", (6, 8)),
            Rule(
                "A system that is asked, or tells, is heard like an export; a connection that breaks ends nothing",
                (41,),
            ),
            Rule(
                "Whom a system knows by number is told by name and work contact, else by how their team is reached",
                (44,),
            ),
            Rule("Of the client no name, birth date, address or record number leaves the agency", (6,)),
        ),
        (1, 7, 43, 39, 12, 33, 6, 8, 41, 44, 34),
    ),
    Heading(
        "Rules of sharing",
        (
            Rule("Nothing is told without an agreement and a rule in force; a forbid wins", (2, 23)),
            Rule("It is decided when an alert is made and again whenever it is sent", (2, 23)),
            Rule("Every decision names its rules, their version and the agreement", (23, 25)),
            Rule("What is shown is graded: nothing, that somebody is involved, the agency, or the worker too", (2, 23)),
            Rule(
                "A rule has a ground of each discloser, validity, review and owner; expired or unreviewed it permits nothing",
                (23,),
            ),
            Rule("Adults are not spoken of on a power for children", (2, 23)),
            Rule(
                "Whoever does not show is not shown; a one-way rule says so and why, and counts in the report on fishing",
                (23, 32),
            ),
            Rule("Universal services (GP, school, A&E) get nothing by default", (35,)),
            Rule("Universal services that are named get digests and not single alerts", (45,)),
            Rule("Before rules change it can be counted what would change; two people sign", (23,)),
            Rule(
                "Before there is an agreement it can be counted how many people agencies share; few are shown only where asked for",
                (40,),
            ),
        ),
        (2, 23, 35, 45, 40),
    ),
    Heading(
        "Who acts",
        (
            Rule(
                "Every change of trust, rules, links or openings is signed by an enrolled person with the role",
                (9, 16, 17),
            ),
            Rule("Where trust widens a second person signs", (9, 11, 23)),
            Rule("A connector is let in by two, stopped by one, and says no more than it may", (4, 9, 10)),
            Rule("Trial and live never mix", (11,)),
            Rule("Keys are replaced while notices come in, and nobody is lost by it", (13,)),
        ),
        (9, 4, 10, 11, 13),
    ),
    Heading(
        "Special protections",
        (
            Rule(
                "A sensitive or unclassified service is never shown; at most somebody may ask the introducer",
                (2, 23, 26),
            ),
            Rule("Of a service that must stay private even the gateway is told the office and no worker", (6,)),
            Rule(
                "Whoever asks the introducer cannot tell passed on from declined, and nobody in between learns a name",
                (26,),
            ),
            Rule(
                "What waits for the introducer has a clock; the asker cannot tell whether anybody was reminded", (48,)
            ),
            Rule("A shielded person causes no alert either way", (27,)),
            Rule("Nothing may be inferred: no one else, shielded and denied look the same", (1, 28)),
            Rule("An ordinary end and an expiry are one and the same message", (24, 28)),
            Rule("A refuge links nobody", (15,)),
            Rule(
                "A family is joined only by a relation that a notice states, one step, never where disputed or under no contact",
                (14, 42),
            ),
            Rule("People who must not meet stay apart until their agency takes it back or two people lift it", (42,)),
            Rule("What is excluded at the agency never leaves it, and is taken back at once if it had left", (6,)),
            Rule(
                "Whoever guesses, loads or takes back too much is seen; who learns without being seen is counted", (32,)
            ),
        ),
        (26, 48, 27, 28, 15, 14, 42, 32),
    ),
    Heading(
        "Who counts as the same person",
        (
            Rule("What is not clear is left apart until a steward has looked and signed", (3, 16)),
            Rule("Details are opened on the steward's own machine for one pair, with a reason, on record", (17,)),
            Rule("An agency is asked to check its own record, and learns of no other", (18,)),
            Rule("A record too thin to be matched stays at its agency until somebody there has put it right", (38,)),
            Rule(
                "Where one side says that both have spoken and mean different people, sharing stops until a steward decides",
                (37,),
            ),
            Rule("A wrong link is undone, and whoever was told is told to disregard it", (19, 34)),
            Rule(
                "Where two workers find that they mean different people, nothing is shared until a steward has decided",
                (37,),
            ),
            Rule("People marry, move and are put right without being parted in silence", (20,)),
            Rule("A merge of an agency's own records moves nobody else's, and can be undone", (21, 22)),
        ),
        (3, 16, 17, 18, 38, 37, 19, 20, 21, 22),
    ),
    Heading(
        "The life of a notice",
        (
            Rule("What nobody confirms for a year expires; its own agency is asked before", (24,)),
            Rule(
                "What is over lingers (by default an adult's not at all, a child's for three months) and is then erased",
                (24,),
            ),
            Rule(
                "An age band changes on its day though no source says a word; an outdated or unknown one permits nothing",
                (36, 2, 23),
            ),
            Rule("Where agencies disagree about an age, the most restrictive band governs", (36, 46)),
            Rule(
                "Somebody of 20 to 24 is an adult unless leaving care or a plan is asserted; which of them is not said",
                (46,),
            ),
            Rule("Whoever was told hears of endings, withdrawals and leaving", (1, 9, 24)),
            Rule("A restore on either side loses nothing and takes nothing back", (5,)),
            Rule("Every day both sides compare what they hold, line by line, and put right what differs", (47,)),
        ),
        (24, 36, 46, 5, 47),
    ),
    Heading(
        "Being answerable",
        (
            Rule("It is on record who was told what, when, on which basis, and that it was taken back", (25,)),
            Rule(
                "Whoever owns the gateway and rewrites its records is found out by what every agency was told of them",
                (51,),
            ),
            Rule("What agencies are told of the records is chosen by the clock and says nothing of anybody", (51,)),
            Rule("The person can ask what is held and who was told; each controller confirms before release", (30,)),
            Rule(
                "Which agency is to come when is planned; how far each is cannot be typed, and who is late is named",
                (50,),
            ),
            Rule("What practitioners answer to alerts is counted, and the other side never learns of it", (37,)),
            Rule("A restriction stays with the person", (29,)),
            Rule("What is erased is not readable in backups older than they may be kept", (31, 49)),
            Rule(
                "A backup that is put back shows nothing of what was erased or delivered since; all else goes on", (49,)
            ),
        ),
        (25, 51, 29, 30, 31, 49, 50),
    ),
)
"""Every chapter is told under one heading, also those that are not written yet: whoever writes one runs `make docs`."""
