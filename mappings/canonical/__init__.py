"""The vocabulary every program shares: frozen dataclasses, standard library only, each valid or not made at all."""
