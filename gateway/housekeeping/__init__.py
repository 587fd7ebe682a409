"""How long things are kept, and seeing that they go."""
