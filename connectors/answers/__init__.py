"""Practitioners' answers to alerts: said on the command line or in a file beside the alerts, carried to the gateway, and followed here."""
