"""Coming in, and going from trial to live."""
