"""The command `puente`, as somebody at a terminal meets it."""
