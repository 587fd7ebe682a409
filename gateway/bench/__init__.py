"""Counterparts and measures: honest and hostile connectors, a gateway in one process, the floor and the load. Tests import them from here."""
