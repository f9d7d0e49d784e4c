"""Lifelong: the open system of record for accredited continuing education in the health professions."""

__version__ = "0.2.0"
