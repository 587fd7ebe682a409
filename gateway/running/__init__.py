"""A gateway at work: its servers, threads and what can be seen of them."""
