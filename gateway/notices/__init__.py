"""What comes in: read, admitted and registered, and what its sender is told."""
