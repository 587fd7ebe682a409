"""Where alerts end: inside the agency's own system. The port, and one file a sink."""
