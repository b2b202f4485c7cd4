"""The command `puente`: one module a group of commands, put together in `main`."""

from app.cli.main import main

__all__ = ["main"]
