"""Places that link nobody."""
