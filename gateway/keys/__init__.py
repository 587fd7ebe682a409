"""Changing keys and linkage epochs, without losing anybody."""
