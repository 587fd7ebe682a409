"""What ends the demo early: one sentence that says what is wrong and what to do."""


class DemoFailure(Exception):
    """The message is the sentence."""
