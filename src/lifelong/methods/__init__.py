"""Statistics for evaluation and quality improvement: plans in, named results out. Pure: no clock, network or database."""
