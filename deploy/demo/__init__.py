"""`make demo`: a whole invented town on one machine, every party a process of its own."""
