"""Short pauses where a real connector is patient. Imported before anything that takes the pauses over by name."""

from connectors.exchange import pauses

pauses.CHANNEL_DOWN = pauses.CHANNEL_REFUSED = pauses.Pauses(first=0.2, longest=1.0)
pauses.SINK_DOWN = pauses.Pauses(first=0.05, longest=0.2)
