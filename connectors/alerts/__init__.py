"""What the gateway told, in the words of this agency, to whoever is to know it."""
