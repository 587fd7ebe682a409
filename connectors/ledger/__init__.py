"""The ledger: everything a connector must still know after a power cut. One SQLite file, one noun a module."""
