"""What the agency's records say: read, sifted and staged. Nothing is published here."""
