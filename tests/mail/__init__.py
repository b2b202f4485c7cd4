"""Letters, and the server that they are given to."""
