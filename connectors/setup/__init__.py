"""Setting a connector up by questions: what an export's columns hold, a preset of the agency's own, and a settings file that works."""
