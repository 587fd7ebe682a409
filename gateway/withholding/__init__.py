"""Withholding: what stands on a person so that nobody is told of or about them: a shield, or a restriction of processing."""
