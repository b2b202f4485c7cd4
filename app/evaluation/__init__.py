"""Is the matching good? Measures, the sample set, and baselines in the same run."""
