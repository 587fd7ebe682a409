"""A connector at work: put together from its settings, watching until told to stop."""
