"""What is raised when a server cannot be had here; its text is the one line a person needs."""


class ServerMissing(Exception):
    """The server's programs are not installed. The message says what to install."""


class ServerFailed(Exception):
    """The programs are there but did not do as they should. The message ends with their last log lines."""
