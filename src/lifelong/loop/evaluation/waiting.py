"""Forms that wait for one learner: what the home page lists beside claims and questions about plans."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance, Registration
from lifelong.loop.evaluation.further_reads import AFTER, BEFORE, LATER, USE
from lifelong.loop.evaluation.models import ActivityForm, FormDone, Observation, TeamMember
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.surveys.campaign_reads import is_open
from lifelong.loop.surveys.campaigns import token_of
from lifelong.loop.surveys.models import Campaign, CasePlay, Poll, PollVoter, Reflection, SurveyInvitation

OPEN_DAYS = 60  # how long a form waits after the activity
READ_DAYS = 14  # how long a new checklist is pointed at
RATE_DAYS = 14  # how long teaching is remembered well enough to rate it


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """One thing to answer or read. `kind`: poll, test, speaker, team, self, reflect, case, checklist, survey.

    `id` is what its address takes: the poll, the activity (test, self, reflect, case), the attendance (speaker), the team; 0 for
    checklists. A survey's address takes `token`. `until` is None where nothing ends soon.
    """

    kind: str
    title: str
    why: str
    id: int = 0
    token: str = ""
    until: dt.date | None = None


def waiting_forms(person_id: int, today: dt.date) -> list[WaitingForm]:
    """What waits for the person, most pressing first. Up to eleven queries, whatever the number of activities."""
    attended = list(
        Attendance.objects.filter(person_id=person_id, voided_at=None, session__ends_at__date__gte=today - dt.timedelta(days=240))
        .values_list("pk", "session_id", "session__activity_id", "session__title", "session__ends_at")
    )  # fmt: skip
    registered = Registration.objects.filter(person_id=person_id, state=Registration.State.REGISTERED)
    mine = {row[2] for row in attended} | set(registered.values_list("activity_id", flat=True))
    asked = list(ActivityForm.objects.filter(activity_id__in=mine).select_related("activity"))
    done = _done(person_id, mine)
    return [
        *_polls(person_id, mine, today),
        *_tests(asked, done, mine),
        *_speakers(asked, attended, done, today),
        *_teams(person_id),
        *_for_oneself(person_id, asked, done, {row[2] for row in attended}, today),
        *_surveys(person_id),
        *_checklists(person_id, today),
    ]


Done = dict[tuple[int, str, int | None], tuple[dt.date, dt.date | None]]


def _done(person_id: int, activities: set[int]) -> Done:
    """(activity, part, session) -> (day, day passed)."""
    rows = FormDone.objects.filter(person_id=person_id, activity_id__in=activities)
    return {
        (activity, part, session): (on, passed)
        for activity, part, session, on, passed in rows.values_list(
            "activity_id", "part", "session_id", "done_on", "passed_on"
        )
    }


def _polls(person_id: int, mine: set[int], today: dt.date) -> list[WaitingForm]:
    rows = Poll.objects.filter(activity_id__in=mine, closed_at=None, opened_at__date__gte=today - dt.timedelta(days=2))
    answered = set(PollVoter.objects.filter(person_id=person_id, poll__in=rows).values_list("poll_id", flat=True))
    return [
        WaitingForm("poll", row.instrument.title, "A question to the room, open now", row.pk)
        for row in rows.select_related("instrument")
        if row.pk not in answered
    ]


def _tests(asked: list[ActivityForm], done: Done, mine: set[int]) -> list[WaitingForm]:
    """As `further_reads.open_test` opens them, for all activities at once."""
    tests = [row for row in asked if row.use == USE.TEST]
    if not tests:
        return []
    spans = Session.objects.filter(activity_id__in=[row.activity_id for row in tests], cancelled_at=None)
    held = {
        pk: (first, last)
        for pk, first, last in spans.values_list("activity_id")
        .annotate(first=Min("starts_at"), last=Max("starts_at"))
        .order_by()
    }
    return [found for row in tests if (found := _test(row, held.get(row.activity_id), done)) is not None]


def _test(row: ActivityForm, held: tuple[dt.datetime, dt.datetime] | None, done: Done) -> WaitingForm | None:
    pk, now, title = row.activity_id, clock.now(), row.activity.title
    if held is None:
        return None  # of one's own pace: the page of the activity leads there
    if now < held[0]:
        first_on = held[0].astimezone(ZoneInfo(row.activity.time_zone)).date()
        waits = (pk, BEFORE, None) not in done
        return WaitingForm("test", title, "Test before the activity", pk, until=first_on) if waits else None
    if now < held[1]:
        return None
    ends_on = held[1].date() + dt.timedelta(days=OPEN_DAYS)
    after = done.get((pk, AFTER, None))
    if after is None:
        waits = now.date() <= ends_on
        return WaitingForm("test", title, "Test after the activity", pk, until=ends_on) if waits else None
    if row.later_days is None or (pk, LATER, None) in done:
        return None
    due_on = held[1].date() + dt.timedelta(days=row.later_days)
    if due_on <= now.date() <= due_on + dt.timedelta(days=OPEN_DAYS):
        return WaitingForm("test", title, "The same test once more", pk, until=due_on + dt.timedelta(days=OPEN_DAYS))
    return None


def _speakers(
    asked: list[ActivityForm], attended: list[tuple[int, int, int, str, dt.datetime]], done: Done, today: dt.date
) -> list[WaitingForm]:
    rated = {row.activity_id for row in asked if row.use == USE.SPEAKER}
    return [
        WaitingForm("speaker", title, "Rate who taught", pk, until=ended_at.date() + dt.timedelta(days=RATE_DAYS))
        for pk, session, activity, title, ended_at in attended
        if activity in rated
        and (activity, "speaker", session) not in done
        and ended_at <= clock.now()
        and ended_at.date() >= today - dt.timedelta(days=RATE_DAYS)
    ]


def _teams(person_id: int) -> list[WaitingForm]:
    rows = TeamMember.objects.filter(person_id=person_id, team__answered_on=None, team__activity__forms__use=USE.TEAM)
    return [
        WaitingForm("team", row.team.activity.title, f"For {row.team.name}: one of you answers for all", row.team_id)
        for row in rows.select_related("team__activity")
    ]


def _for_oneself(
    person_id: int, asked: list[ActivityForm], done: Done, attended: set[int], today: dt.date
) -> list[WaitingForm]:
    """Self-assessment, reflection and case of activities attended; none of them is a duty."""
    offered = [row for row in asked if row.use in (USE.SELF, USE.REFLECTION, USE.CASE) and row.activity_id in attended]
    if not offered:
        return []
    ids = [row.activity_id for row in offered]
    wrote = set(
        Reflection.objects.filter(person_id=person_id, activity_id__in=ids).values_list("activity_id", flat=True)
    )
    played = CasePlay.objects.filter(person_id=person_id, activity_id__in=ids, finished_on__isnull=False)
    finished = set(played.values_list("activity_id", flat=True))
    words = {
        USE.SELF: "Test yourself; nothing to pass",
        USE.REFLECTION: "Think it over, for yourself",
        USE.CASE: "A case, step by step",
    }
    ready = {
        USE.SELF: lambda pk: (pk, "self", None) in done,
        USE.REFLECTION: lambda pk: pk in wrote,
        USE.CASE: lambda pk: pk in finished,
    }
    recent = Activity.objects.filter(pk__in=ids).filter(
        Q(sessions__ends_at__date__gte=today - dt.timedelta(days=OPEN_DAYS))
    )
    open_ids = set(recent.values_list("pk", flat=True))
    return [
        WaitingForm(str(row.use), row.activity.title, words[USE(row.use)], row.activity_id)
        for row in offered
        if row.activity_id in open_ids and not ready[USE(row.use)](row.activity_id)
    ]


def _surveys(person_id: int) -> list[WaitingForm]:
    """Surveys of needs one was chosen for. Their link is one's own."""
    rows = SurveyInvitation.objects.filter(person_id=person_id, subject_type="campaign", answered_on=None)
    waiting = {row.subject_id: row for row in rows}
    running = Campaign.objects.filter(pk__in=waiting, closed_at=None).select_related("provider")
    return [
        WaitingForm("survey", row.title, "You were chosen; nothing depends on it", token=token_of(waiting[row.pk]), until=row.closes_on)
        for row in running
        if is_open(row)
    ]  # fmt: skip


def _checklists(person_id: int, today: dt.date) -> list[WaitingForm]:
    rows = Observation.objects.filter(person_id=person_id, observed_on__gte=today - dt.timedelta(days=READ_DAYS))
    return [
        WaitingForm("checklist", row.activity.title, f"What {row.observer.full_name} saw you do")
        for row in rows.select_related("activity", "observer").order_by("-observed_on", "-pk")
    ]
