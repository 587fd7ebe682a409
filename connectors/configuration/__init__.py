"""The parts of the settings file, and changing single lines of it."""
