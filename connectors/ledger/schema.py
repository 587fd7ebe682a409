"""The tables of the ledger. Opaque references, dates, states and counts stand in clear; whatever tells about a client or a worker is
encrypted under the ledger key (`connectors.ledger.cipher`), so that a stolen file or backup names nobody.

`PRAGMA user_version` holds the version. One of an earlier version is brought up to date (`connectors.ledger.upgrading`); any other is
refused, not guessed at.
"""

VERSION = 6

TABLES = """
CREATE TABLE position (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an involvement that was ever stated. `standing` is encrypted; null where the gateway told us of an involvement that this
-- ledger does not know (status adopted). `fingerprint` covers what is published but for `veiled`, `local_mark` all of `standing`. `veiled`: it
-- was last published without saying who its worker is. `unconfirmed_since`: of a private one, the day it was first told as confirmed on, until
-- a later one is told.
CREATE TABLE involvement (
    ref TEXT PRIMARY KEY,
    person_ref TEXT NOT NULL,
    source TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('live', 'ended', 'withdrawn', 'historic', 'adopted')),
    fingerprint TEXT NOT NULL,
    local_mark TEXT NOT NULL,
    standing BLOB,
    end_date TEXT,
    confirmed TEXT NOT NULL,
    told_confirmed TEXT NOT NULL,
    band_until TEXT,
    epochs TEXT NOT NULL,
    digest TEXT NOT NULL,
    refused INTEGER NOT NULL DEFAULT 0,
    again INTEGER NOT NULL DEFAULT 0,
    missing_since TEXT,
    changed_at TEXT NOT NULL,
    veiled INTEGER NOT NULL DEFAULT 0,
    unconfirmed_since TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX involvement_by_person ON involvement (person_ref);
CREATE INDEX involvement_by_source ON involvement (source, status);
CREATE INDEX involvement_again ON involvement (ref) WHERE again = 1;

-- Whose a live involvement is, by keyed marks. `private`: others may not be shown who its worker is.
CREATE TABLE worker (
    mark TEXT NOT NULL,
    ref TEXT NOT NULL,
    private INTEGER NOT NULL,
    PRIMARY KEY (mark, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX worker_by_ref ON worker (ref);
CREATE INDEX worker_private ON worker (mark) WHERE private = 1;

-- One reading of one source: while it is read and compared, or held until a person has looked at it.
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    coverage TEXT NOT NULL,
    as_of TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('reading', 'held')),
    reason TEXT NOT NULL DEFAULT '',
    live INTEGER NOT NULL DEFAULT 0,
    leaving INTEGER NOT NULL DEFAULT 0,
    read_at TEXT NOT NULL
) STRICT;

CREATE TABLE staged (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    ref TEXT NOT NULL,
    person_ref TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('stated', 'not-eligible', 'withdrawn', 'rejected', 'vanished')),
    fingerprint TEXT NOT NULL DEFAULT '',
    local_mark TEXT NOT NULL DEFAULT '',
    standing BLOB,
    end_date TEXT,
    confirmed TEXT,
    change TEXT,
    weak INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (snapshot, ref)
) STRICT, WITHOUT ROWID;

-- Involvements that a source states and that are not published, because their evidence would be weak: what staff should look at again.
CREATE TABLE weak_identity (
    ref TEXT PRIMARY KEY,
    person_ref TEXT NOT NULL,
    source TEXT NOT NULL,
    as_of TEXT NOT NULL,
    standing BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX weak_identity_by_person ON weak_identity (person_ref);
CREATE INDEX weak_identity_by_source ON weak_identity (source);

CREATE TABLE source_reading (
    source TEXT PRIMARY KEY,
    as_of TEXT NOT NULL,
    coverage TEXT NOT NULL,
    vanish TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `about` is the stable id of what is inside: the row's own id for notices, test notices, merges, shields, answers, requests and statements; of a
-- receipt, the id of the alert or test request it is for.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('notice', 'receipt', 'statement', 'test-notice', 'merge', 'introduction-request', 'shield',
        'access-answer', 'answer')),
    about TEXT NOT NULL,
    event TEXT NOT NULL DEFAULT '',
    involvement_ref TEXT,
    incarnation TEXT NOT NULL DEFAULT '',
    n INTEGER NOT NULL DEFAULT 0,
    body BLOB,
    status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'settled', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    settled_at TEXT,
    problem TEXT NOT NULL DEFAULT '',
    issues TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status IN ('pending', 'sent');
CREATE INDEX outbox_by_involvement ON outbox (involvement_ref, n);

-- The latest word about each client whose record a source said was merged into another; `message` is the outbox row that said it last.
CREATE TABLE merge (
    superseded TEXT PRIMARY KEY,
    surviving TEXT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('records-merged', 'records-parted')),
    source TEXT NOT NULL,
    message TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_by_surviving ON merge (surviving);
CREATE INDEX merge_again ON merge (superseded) WHERE again = 1;

-- What a reading says of merges: `surviving` is empty where the client is a record of its own.
CREATE TABLE staged_merge (
    snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    superseded TEXT NOT NULL,
    surviving TEXT NOT NULL,
    PRIMARY KEY (snapshot, superseded)
) STRICT, WITHOUT ROWID;

-- Which clients this agency asked to have shielded; `message` is the outbox row that said it last.
CREATE TABLE shield (
    person_ref TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    message TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (person_ref, asked_at)
) STRICT, WITHOUT ROWID;

-- What practitioners answered to which alerts; `message` is the outbox row that said it last. `by` (who said so, encrypted) never leaves.
CREATE TABLE answer (
    alert TEXT NOT NULL,
    answer TEXT NOT NULL,
    version INTEGER NOT NULL,
    connection TEXT NOT NULL,
    involvement_ref TEXT NOT NULL,
    said_on TEXT NOT NULL,
    by BLOB,
    message TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (alert, answer)
) STRICT, WITHOUT ROWID;

-- Connections that are not on the caseload of the worker whom the source names: who sees to them instead (both encrypted).
CREATE TABLE reroute (
    connection TEXT NOT NULL,
    involvement_ref TEXT NOT NULL,
    workers BLOB NOT NULL,
    PRIMARY KEY (connection, involvement_ref)
) STRICT, WITHOUT ROWID;

-- Involvements that a practitioner ended here while their source still stated them. `local_mark` is of what it stated then, `stated_on` the
-- day of the latest reading that still stated the same.
CREATE TABLE ended_here (
    ref TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    local_mark TEXT NOT NULL,
    said_on TEXT NOT NULL,
    stated_on TEXT
) STRICT, WITHOUT ROWID;

-- Every sealing that may have left, so that a receipt for a message the gateway could not open still finds its row.
CREATE TABLE sealing (
    digest TEXT PRIMARY KEY,
    outbox TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX sealing_by_row ON sealing (outbox);

-- What this agency currently knows about each of its clients' connections: the worklist.
CREATE TABLE connection (
    id TEXT NOT NULL,
    involvement_ref TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('current', 'ended', 'retracted')),
    content_mark TEXT NOT NULL,
    alert BLOB,
    told_at TEXT NOT NULL,
    PRIMARY KEY (id, involvement_ref)
) STRICT, WITHOUT ROWID;

-- For which connection of which involvement the introducer was asked, and when last; `message` is the outbox row that did. What became
-- of it nobody here is told.
CREATE TABLE asked (
    connection TEXT NOT NULL,
    involvement_ref TEXT NOT NULL,
    message TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    PRIMARY KEY (connection, involvement_ref)
) STRICT, WITHOUT ROWID;

-- Which CareTeams a sink keeps that still name somebody: of which client (`key`, a keyed mark; `client`, its local id, encrypted), and a keyed
-- mark of what was last put there.
CREATE TABLE care_team (
    sink TEXT NOT NULL,
    key TEXT NOT NULL,
    client BLOB NOT NULL,
    content_mark TEXT NOT NULL,
    PRIMARY KEY (sink, key)
) STRICT, WITHOUT ROWID;

-- `mark`: whose digest a first alert would go into, by a keyed mark. `digest_at`: it waits for that digest, until then.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    alert_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    connection TEXT NOT NULL,
    involvement_ref TEXT NOT NULL,
    event TEXT NOT NULL,
    sink TEXT NOT NULL,
    alert BLOB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'refused', 'superseded')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    problem TEXT NOT NULL DEFAULT '',
    received_at TEXT NOT NULL,
    mark TEXT NOT NULL DEFAULT '',
    digest_at TEXT,
    UNIQUE (alert_id, version, sink)
) STRICT;
CREATE INDEX delivery_digest ON delivery (sink, mark) WHERE mark <> '';
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE status = 'pending';
CREATE INDEX delivery_by_connection ON delivery (connection, involvement_ref, sink);

CREATE TABLE dead_letter (
    digest TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_at TEXT NOT NULL
) STRICT;

-- Messages that a listener took, so that none is taken twice and an older one changes nothing. `id`, `subject` and `digest` are keyed marks;
-- `body` is encrypted, null where a message need not be read again together with later ones.
CREATE TABLE event (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    at TEXT NOT NULL,
    digest TEXT NOT NULL,
    body BLOB,
    taken_at TEXT NOT NULL,
    PRIMARY KEY (source, id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_by_subject ON event (source, subject, at);

-- What the gateway told of its audit on which day (UTC): a day and a digest (`connectors.ledger.witnesses`). Nothing of anybody.
CREATE TABLE witness (
    told_on TEXT NOT NULL,
    made_on TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (told_on, made_on, digest)
) STRICT, WITHOUT ROWID;
"""
