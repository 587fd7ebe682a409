"""Who may learn of whom: agreements as data, one pure decision over them. Default deny; a forbid wins; every decision names its rules."""
