"""The school of Seaton with an alert on its desk, and hands to answer it."""

from connectors.answers.saying import Said, meant, say
from connectors.sinks.folder import FolderSink
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent, AnswerCode, Certainty
from mappings.canonical.identifiers import InvolvementRef
from tests.connectors.office import SCHOOL, Office
from tests.counterparts import an_alert


def alert_of(school: Office, number: int = 1, event: AlertEvent = AlertEvent.MADE, version: int = 1) -> Alert:
    """Housing is involved with client `number` too; a later version says how sure that is in other words."""
    person, ref = school.references.person(f"C{number}"), school.references.involvement(f"I{number}")
    certainty = Certainty.SAME_NUMBER if version == 1 else Certainty.REVIEWED
    return an_alert(SCHOOL, person, ref, school.clock(), event=event, version=version, certainty=certainty)


def told(school: Office, number: int = 1, event: AlertEvent = AlertEvent.MADE, version: int = 1) -> Alert:
    """The gateway says so, and it is delivered."""
    made = alert_of(school, number, event, version)
    school.gateway.send_alerts(made)
    school.deliver()
    return made


def ref_of(school: Office, number: int = 1) -> InvolvementRef:
    return school.references.involvement(f"I{number}")


def answer(school: Office, code: AnswerCode, reference: str = "K7P-4QX", by: str = "") -> Said:
    """As the command does."""
    with school.ledger.read() as unit:
        (connection,) = meant(unit, reference)
    return say(school.desk, connection, code, by)


def with_folder(school: Office) -> FolderSink:
    """Alerts go into a folder, too."""
    sink = FolderSink(school.folder / "alerts")
    school.sinks = (*school.sinks, sink)
    return sink
