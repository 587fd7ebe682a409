"""Reaching the agency's own systems."""
