"""The person a notice is about: from details to keyed evidence (at the agency), from evidence to a link (at the
gateway)."""
