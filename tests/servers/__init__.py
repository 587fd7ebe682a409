"""The real servers that tests ask for by fixture: started when the first test needs them, gone at the end."""
