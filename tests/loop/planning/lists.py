"""The lists all programs share, given to a program of the tests."""

from __future__ import annotations

from lifelong.kernel.guard import writes_open
from lifelong.loop.program.models import AccreditedProvider, Term
from lifelong.loop.program.reads import shared_lists


def with_lists(provider: AccreditedProvider) -> None:
    with writes_open("test"):
        Term.objects.bulk_create(
            [
                Term(provider=provider, taxonomy=one.key, key=entry.key, label=entry.label, position=position)
                for one in shared_lists()
                for position, entry in enumerate(one.entries)
            ]
        )
