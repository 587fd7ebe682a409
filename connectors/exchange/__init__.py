"""What goes to the gateway and comes back: sealed, paced, and sent until a receipt settles it."""
