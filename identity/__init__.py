"""Who: the person a notice is about, and the agency that says it."""
