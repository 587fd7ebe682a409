"""The number of every event that may be written down: of the audit, and of the two log streams.

A number means the same event for ever. An event that is no longer written keeps its number, and no other gets it; a new event takes the
next one of its group. Whatever reads the audit or the logs elsewhere may rely on them.
"""

AUDIT_IDS: dict[str, int] = {
    # What connectors sent.
    "notice-accepted": 101,
    "notice-repeated": 102,
    "notice-late": 103,
    "message-repeated": 104,
    "receipt-not-believed": 105,
    "message-refused": 106,
    "statement-answered": 107,
    "test-repeated": 108,
    "connector-tested": 109,
    "dead-letter-replayed": 110,
    # Who was told.
    "alert-sent": 201,
    "alert-lapsed": 202,
    "alert-settled": 203,
    "sweep-finished": 204,
    "check-list-sent": 205,
    # Review and links.
    "review-case-opened": 301,
    "review-case-changed": 302,
    "review-case-closed": 303,
    "review-case-overdue": 304,
    "review-confirmed": 305,
    "review-refused": 306,
    "review-postponed": 307,
    "review-case-exported": 308,
    "review-record-asked": 309,
    "review-details-opened": 310,
    "record-unlinked": 311,
    "record-relinked": 312,
    # Who may speak and under which rules.
    "operator-enrolled": 401,
    "agency-added": 402,
    "connector-added": 403,
    "connector-status": 404,
    "connector-limits": 405,
    "connector-off-boarded": 406,
    "trial-left": 407,
    "proposal-made": 408,
    "proposal-approved": 409,
    "proposal-rejected": 410,
    "agreement-added": 411,
    "dead-letter-replay-asked": 412,
    "dead-letter-discarded": 413,
    "connector-test-asked": 414,
    "connector-invited": 415,
    "invitation-withdrawn": 416,
    "enrolment-requested": 417,
    "enrolment-refused": 418,
    "places-protected": 419,
    "broker-drift": 420,
    # Keys.
    "keys-rotated": 501,
    "gateway-keys-begun": 502,
    "gateway-keys-rotated": 503,
    "secret-rotation-begun": 504,
    "secret-rotated": 505,
    "epoch-retired": 506,
    "epoch-dropped": 507,
    "epoch-relayed": 508,
    "certificate-asked": 509,
    "certificate-issued": 510,
    "certificate-imported": 511,
    # Alarms.
    "alarm-raised": 601,
    "alarm-acknowledged": 602,
    # The audit itself.
    "audit-erased": 701,
    "audit-exported": 702,
}

LOG_IDS: dict[str, dict[str, int]] = {
    "operations": {
        "unlisted-event": 1001,
        "library-log": 1002,
        "listening": 1003,
        "stopping": 1004,
        "stopped": 1005,
        "workers-did-not-stop": 1006,
        "worker-failed": 1007,
        "store-away": 1008,
        "broker-not-checked": 1009,
        "broker-drift": 1010,
        "request-failed": 1011,
        "message-not-processed": 1012,
        "not-given-back": 1013,
        "not-sent": 1014,
        "dead-letter-not-replayed": 1015,
        "certificates-not-issued": 1016,
        "key-overlap-unknown": 1017,
        "secret-files-not-settled": 1018,
        "checkpoint-not-written": 1019,
    },
    "security": {
        "request-refused": 2001,
        "alarm-raised": 2002,
    },
}
"""By stream. A log line bears its number as `id`."""
