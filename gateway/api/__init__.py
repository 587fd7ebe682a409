"""The gateway's HTTP side: the channel for connectors that cannot reach a broker, and what the machine's operators
watch."""
