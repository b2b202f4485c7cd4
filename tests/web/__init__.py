"""A partner's journey through the real service, over HTTP."""
