"""The agencies' own exports, in the formats that real systems write: what the connectors of the demo read."""
