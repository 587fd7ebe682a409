"""Testing a connector through the real queue."""
