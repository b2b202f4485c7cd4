"""Puente: who can teach, who wants to learn, which channel carries it and which fund pays."""

__version__ = "1.0.0"
