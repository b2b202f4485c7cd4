"""Verdicts that a policy officer can read, as situations with the expected answer."""
