"""When somebody is to look at a connector."""
