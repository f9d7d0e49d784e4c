"""What follows: numbers move when answers come in, the PDF of a frozen report. Each may be repeated without harm."""

from __future__ import annotations

import datetime as dt

from django.db.models import Min, Q

from lifelong.formats.mission_report import render_pdf
from lifelong.kernel import clock, files
from lifelong.kernel.access import SYSTEM
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.improvement.actions import measure_results, measure_year
from lifelong.loop.improvement.indicators import FOLLOW_UP_INDICATORS
from lifelong.loop.improvement.models import Attainment, MissionReport, ReportPdf
from lifelong.loop.improvement.report import report_from
from lifelong.loop.program.models import AccreditedProvider

MEASURE_EVERY = dt.timedelta(hours=1)


def record_results(follow_up_id: int) -> None:
    """After a follow-up was answered: the expected results that rest on such answers are measured again.

    A measurement made after the answer contains it, so that of many waiting answers the first measures for all.
    """
    row = FollowUp.objects.select_related("commitment__activity__provider").filter(pk=follow_up_id).first()
    if row is None or row.answered_at is None:
        return
    provider, year = row.commitment.activity.provider, row.due_on.year
    results = provider.expected_results.filter(indicator__in=FOLLOW_UP_INDICATORS, retired_on=None)
    newer = Attainment.objects.filter(expected_result__in=results, year=year, measured_at__gt=row.answered_at)
    if newer.count() < results.count():
        measure_results(provider, year, FOLLOW_UP_INDICATORS)


def make_report_pdf(report_id: int) -> None:
    """After a report was frozen: its PDF, pressed from the frozen facts."""
    row = MissionReport.objects.select_related("facts", "provider").filter(pk=report_id, pdf=None).first()
    if row is None:
        return
    pdf = render_pdf(report_from(files.read(row.facts)))
    name = f"mission-report-{row.provider.slug}-{row.year}-v{row.version}.pdf"
    ReportPdf.objects.create(report=row, file=files.store(pdf, name, "application/pdf"), made_at=clock.now())


def measure_due() -> int:
    """By the calendar: programs whose numbers of this year are older than an hour are measured; in the first quarter the last year too."""
    today = clock.today()
    years = [today.year] + ([today.year - 1] if today.month <= 3 else [])
    old = clock.now() - MEASURE_EVERY
    done = 0
    for year in years:
        of_year = Q(expected_results__attainments__year=year)
        due = AccreditedProvider.objects.filter(expected_results__isnull=False).annotate(
            oldest=Min("expected_results__attainments__measured_at", filter=of_year)
        )
        for provider in due.filter(Q(oldest=None) | Q(oldest__lt=old)):
            measure_year(SYSTEM, provider, year)
            done += 1
    return done
