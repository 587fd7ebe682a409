"""Agreements and sharing rules: set, in force, explained."""
