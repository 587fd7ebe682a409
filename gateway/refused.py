"""The refusal of a use case: one sentence that names the thing and the way out, fit to be shown to whoever asked."""


class Refused(Exception):
    """What was asked for is not done, and nothing has changed. The message never holds a secret or anything about a
    person."""


class NotPermitted(Refused):
    """The actor may not do this; the message says which role may."""
