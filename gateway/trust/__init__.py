"""Who may change what: people with keys and roles, and the connectors that they let in."""
