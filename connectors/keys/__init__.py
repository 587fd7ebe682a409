"""The keys of this connector, of the gateway, of the keyholder and of the stewards, and how they change."""
