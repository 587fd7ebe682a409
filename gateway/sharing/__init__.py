"""Who may learn of whom, and how much: agreements and rules as data, one pure decision over them. Default deny; a forbid wins; every decision
names its rules."""
