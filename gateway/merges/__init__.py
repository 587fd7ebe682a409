"""An agency's merges of its own records."""
