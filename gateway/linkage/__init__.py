"""Which person of the register a record is of; what a steward's word changes of it; and how well it does."""
