"""The URLs of our own: extensions, code systems, identifier systems and profiles, all under one base."""

BASE = "https://patchwork.example/fhir"


def _definition(name: str) -> str:
    return f"{BASE}/StructureDefinition/{name}"


def _codes(name: str) -> str:
    return f"{BASE}/CodeSystem/{name}"


def _identifiers(name: str) -> str:
    return f"{BASE}/sid/{name}"


NOTICE_PROFILE = _definition("notice") + "|1"
ALERT_PROFILE = _definition("alert") + "|1"
RECEIPT_PROFILE = _definition("receipt") + "|1"

HOME_GATEWAY = _definition("home-gateway")
SEQUENCE = _definition("sequence")
SENSITIVITY = _definition("sensitivity")
CONFIRMED = _definition("last-confirmed")
LEGAL_BASIS = _definition("legal-basis")
CONSENT = _definition("consent")
INFORMED = _definition("informed")
HELD_BACK = _definition("held-back")
SEALED_DETAILS = _definition("sealed-details")
WORKER_TOKEN = _definition("worker-token")
AGE_BAND = _definition("age-band")
EVIDENCE = _definition("evidence")
RELATION = _definition("relation")
ALERT_VERSION = _definition("alert-version")
ALERT_LEVEL = _definition("alert-level")
SPOKEN_REFERENCE = _definition("spoken-reference")
CERTAINTY = _definition("certainty")
RELATED_AS = _definition("related-as")
INTRODUCER = _definition("introducer")
INTRODUCED = _definition("introduced")
DIGEST_ONLY = _definition("digest-only")
PARTICIPATION = _definition("participation")
NOT_AFTER = _definition("not-after")
SEALED_DIGEST = _definition("sealed-digest")
GATEWAY_INCARNATION = _definition("gateway-incarnation")

NOTICE_EVENTS = _codes("notice-event")
ALERT_EVENTS = _codes("alert-event")
RECEIPT_EVENTS = _codes("receipt-event")
SERVICE_LINES = _codes("service-line")
ISSUE_CODES = _codes("issue")
AUDIT_EVENTS = _codes("audit-event")
ANSWERS = _codes("answer")
ANSWER_RECEIPTS = _codes("answer-receipt")

URI_SYSTEM = "urn:ietf:rfc:3986"
AGENCIES = _identifiers("agency")
GATEWAYS = _identifiers("gateway")
PERSON_REFS = _identifiers("person-ref")
INVOLVEMENT_REFS = _identifiers("involvement-ref")
CONNECTIONS = _identifiers("connection")
ALERTS = _identifiers("alert")
TASKS = _identifiers("task")
TOLD = _identifiers("told")
CARE_TEAMS = _identifiers("care-team")
ACTORS = _identifiers("actor")
REGISTERS = _identifiers("register")
ACCESS_REQUESTS = _identifiers("access-request")

CONNECTOR_ENDPOINT = "urn:patchwork:connector"
GATEWAY_ENDPOINT = "urn:patchwork:gateway"
RECEIVER_ENDPOINT = "urn:patchwork:receiver"
