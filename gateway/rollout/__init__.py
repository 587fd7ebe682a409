"""The roll-out plan: which agency is to come when, and how far it has come."""
