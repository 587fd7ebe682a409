"""The commands of patchwork-connector. Imports that cost time are made inside them, so that `--help` answers at once."""
