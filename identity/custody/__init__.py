"""The keyholder: makes linkage-key epochs and seals them to approved connectors. Never sees the gateway's store."""
