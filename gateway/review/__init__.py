"""What is possible but not clear waits for a steward."""
