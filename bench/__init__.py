"""Benchmarks: each job beside its floor in the same run, with CPU per operation. Machines are shared and noisy: trust ratios."""
