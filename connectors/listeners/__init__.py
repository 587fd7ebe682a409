"""Listeners: doors of the connector inside the agency, through which its own systems say what changed."""
