"""How a connector comes in: invited, enrolled, approved, certified."""
