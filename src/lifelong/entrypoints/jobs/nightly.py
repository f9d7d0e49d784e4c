"""What an installation with the extra `analysis` does once a night besides."""

from __future__ import annotations

from importlib.util import find_spec


def take_snapshots() -> None:
    """Today's pseudonymous snapshot of each program, where the packages that write it are installed."""
    if find_spec("pyarrow") is None:
        return
    from lifelong.analytics.taking import take_due  # noqa: PLC0415 - an extra: the worker starts without it

    take_due()
