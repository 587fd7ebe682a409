"""Testing a connector by using it."""
