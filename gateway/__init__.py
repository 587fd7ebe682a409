"""The gateway: matches keyed evidence and tells the other involved professionals. Never holds a name of a client."""
