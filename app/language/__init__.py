"""The five languages: which one a text is in, and what it says, as features that can be compared."""
