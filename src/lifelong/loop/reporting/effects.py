"""What follows an award, an attendance or a publication: the records of it are kept true. May be repeated without harm."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.models import AuditEvent
from lifelong.loop.credit.models import Award
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.actions import refresh_records
from lifelong.loop.reporting.pars_records import body_for, reportable_awards
from lifelong.loop.reporting.records import keep_records


def write_learner_record(award_id: int) -> None:
    """After an award or its reversal: the record of the completion, if the learner allows it."""
    award = Award.objects.select_related("provider").filter(pk=award_id).first()
    if award is None:
        return
    pair = [pk for pk in (award.pk, award.reverses_id) if pk]
    awards = reportable_awards(award.provider, body_for(award.provider)).filter(pk__in=pair)
    today = clock.today(award.provider.time_zone)
    keep_records(award.provider, [], awards.order_by("pk"), today)


def write_activity_record(activity_id: int) -> None:
    """After publication, change or closing of an activity."""
    rows = Activity.objects.filter(pk=activity_id, track=Activity.Track.CONTINUING, designations__isnull=False)
    activity = rows.select_related("joint_provider", "provider").first()
    if activity is not None:
        keep_records(activity.provider, [activity], [], clock.today(activity.provider.time_zone))


def refresh_due() -> int:
    """By the calendar, once a day and program: statuses move with the date, and attendances change the counts."""
    today = clock.today()
    since = dt.datetime.combine(today, dt.time(0), tzinfo=dt.UTC)
    refreshed = AuditEvent.objects.filter(verb="records.refreshed", at__gte=since).values("provider_id")
    due = AccreditedProvider.objects.filter(activities__designations__isnull=False).exclude(pk__in=refreshed).distinct()
    done = 0
    for provider in due:
        for year in (today.year - 1, today.year):
            refresh_records(SYSTEM, provider, year=year)
        done += 1
    return done
