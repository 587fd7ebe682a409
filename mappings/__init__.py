"""The shared language, and the maps into it. Imports nothing else of ours."""
