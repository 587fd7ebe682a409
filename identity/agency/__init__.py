"""The agency that speaks: its keys, its envelopes, and the rules of trust."""
