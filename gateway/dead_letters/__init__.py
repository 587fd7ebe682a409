"""Messages that were refused, kept as they came."""
