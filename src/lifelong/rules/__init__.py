"""What is allowed, and why: facts in, verdict out. Pure: no Django, clock, network, database or environment."""
