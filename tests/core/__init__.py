"""What a thought means: no web, no database, seconds."""
