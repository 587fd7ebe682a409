"""Where an agency's own records are read from: the port, and one file a source."""
