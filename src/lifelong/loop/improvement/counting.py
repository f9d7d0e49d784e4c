"""Which large years are due to be counted. Importing this module makes every costly read known by its name."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import clock
from lifelong.loop.improvement import audience, coverage, distinction, indicators, kept, kept_reads, synthesis
from lifelong.loop.improvement.models.kept import KeptFigures
from lifelong.loop.program.models import AccreditedProvider

EVERY = dt.timedelta(hours=1)
PAST_YEARS_EVERY = dt.timedelta(days=1)
READ_BY = (audience, coverage, distinction, indicators, kept_reads, synthesis)
# indicators are kept by the job that measures the year; asking for them here would count them twice
HOURLY = tuple(name for name in kept.FIGURES if not name.startswith(indicators.NAMED))


def ask_for_due() -> int:
    """By the calendar: figures of large years that are older than an hour; of years gone by, older than a day. Returns how many were asked."""
    today, now, asked = clock.today(), clock.now(), 0
    present = [today.year] + ([today.year - 1] if today.month <= 3 else [])
    for provider in AccreditedProvider.objects.filter(activities__isnull=False).distinct():
        rows = KeptFigures.objects.filter(provider=provider)
        for year in present:
            counted = dict(rows.filter(year=year).values_list("name", "computed_at"))
            if counted or kept.is_large(provider, year):
                asked += kept.ask(provider, year, [name for name in HOURLY if _is_old(counted.get(name), now - EVERY)])
        past = rows.exclude(year__in=present).filter(computed_at__lt=now - PAST_YEARS_EVERY)
        for year in past.order_by("year").values_list("year", flat=True).distinct():
            asked += kept.ask(provider, year, past.filter(year=year).values_list("name", flat=True))
    return asked


def _is_old(counted_at: dt.datetime | None, before: dt.datetime) -> bool:
    return counted_at is None or counted_at < before
