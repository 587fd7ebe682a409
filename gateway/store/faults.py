"""What can go wrong with a database, told without a value from any row: a driver's own text repeats keys and
references."""


class StoreRefused(Exception):
    """This database cannot be used as it is (older schema, other key, not a database); the message says what to do."""


class StoreConflict(Exception):
    """A row breaks a rule of the schema: there already, or naming something that is not there. Nothing of the unit
    happened."""
