"""What stops a measurement."""


class BenchFailed(Exception):
    """What was measured did not do its work, so its times mean nothing. The message says what did not add up."""
