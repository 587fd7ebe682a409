"""A rehearsal: how many people several agencies have in common, counted on keyed evidence before there is an agreement. Nothing is stored."""
