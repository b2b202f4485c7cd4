"""What a broker and the two sides do with a suggestion: steps, refusals, the clock, the dossier."""
