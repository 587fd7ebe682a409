"""Who must be told what, decided again when it leaves."""
