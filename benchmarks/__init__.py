"""Speed, measured beside what most teams would ship; the last run's figures are kept here."""
