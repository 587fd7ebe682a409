"""The commands of `patchwork`, one noun a file. Heavy imports stand inside the commands, so that `--help` answers at
once."""
