"""What makes every screen of outcomes and improvement alive: closed courses, the body's refusals, registers, a year judged and frozen."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.effects import perform_all
from lifelong.loop.credit import ledger
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.demo import load as demo
from lifelong.loop.demo.year import SIZES, Size, plan_year
from lifelong.loop.evaluation import coding_reads
from lifelong.loop.evaluation.models import CodingRound, FormDone, Team
from lifelong.loop.improvement import registers
from lifelong.loop.improvement.models import Improvement, MissionReport, ReportPdf, Synthesis, TeachingLog
from lifelong.loop.needs.models import MeasurePoint, PracticeGap
from lifelong.loop.outcomes.models import OutcomeMeasure, QualityProject, SharedReport
from lifelong.loop.outcomes.teaching import taught_sessions
from lifelong.loop.outcomes.windows import moved_as_wanted, tells
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning import intake
from lifelong.loop.planning.models import Activity, ActivityTerm, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.program.reads import shared_lists
from lifelong.loop.reporting.models import Record
from lifelong.loop.surveys.models import Response
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden

WEEK = [dt.date(2026, 11, 16) + dt.timedelta(days=day) for day in range(7)]
LITTLE = Size(people=80, series=2, sessions=8, others=9, check_ins=700)


@pytest.mark.parametrize("today", WEEK, ids=lambda day: f"{day:%A}")
def test_series_meet_on_weekdays_and_every_day_has_a_session(today: dt.date) -> None:
    plan = plan_year("hms", "America/New_York", today, LITTLE, ["live_course"])
    days = [session.starts_at.date() for a in plan.activities if a.is_series for session in a.sessions]
    assert max(day.weekday() for day in days) <= 4
    held = [session for a in plan.activities for session in a.sessions if session.starts_at.date() == today]
    assert held, "a newcomer finds a session to check in to"
    assert today.weekday() < 5 or {session.starts_at.date() for session in held} == {today}


def test_learners_of_some_activities_only_rate_and_of_some_say_nothing() -> None:
    plan = plan_year("hms", "America/New_York", WEEK[0], Size(200, 18, 6, 22, 600), ["live_course"])
    assert {one.depth for one in plan.activities} == {"plans", "ratings", "silence"}
    for one in plan.activities:
        visits = [visit for session in one.sessions for visit in session.visits]
        assert one.depth == "plans" or not any(visit.commitment for visit in visits)
        assert one.depth != "silence" or not any(visit.ratings for visit in visits)


@pytest.fixture
def uconn(monkeypatch: pytest.MonkeyPatch, db: None) -> AccreditedProvider:
    monkeypatch.setitem(SIZES, "tiny", LITTLE)
    demo.load("tiny", programs=("uconn",))
    return AccreditedProvider.objects.get(slug="uconn")


@pytest.mark.slow  # loads a program
def test_the_fictional_year_is_judged_from_the_closed_course_to_the_frozen_report(uconn: AccreditedProvider) -> None:
    closed = Activity.objects.filter(provider=uconn, closed_at__isnull=False)
    assert closed.count() == 3 and all(activity.impact_summary.text for activity in closed)
    shared = SharedReport.objects.filter(activity__in=closed)
    assert shared.filter(reader="planner", opened_on=None).count() == 0
    assert shared.filter(reader="leader", opened_on=None).exists() and shared.exclude(opened_on=None).exists()
    refused = Record.objects.filter(provider=uconn, state="refused")
    assert sorted(refused.values_list("kind", flat=True)) == ["activity", "learner", "learner"]
    assert not refused.filter(activity__in=closed).exists()
    row = CodingRound.objects.get(provider=uconn)
    assert coding_reads.is_coded(row) and len(coding_reads.to_settle(row)) <= 1
    assert Team.objects.exclude(answered_on=None).count() == 2 and Team.objects.count() == 3
    assert {"before", "after"} == set(FormDone.objects.values_list("part", flat=True))
    assert [project.stages.count() for project in QualityProject.objects.order_by("pk")] == [3, 1]
    director = actor_of(Person.objects.get(email="director@uconn.demo.example"))
    assert all(registers.counts(director, uconn).values()), "no register is empty"
    year = clock.today(uconn.time_zone).year
    assert set(Improvement.objects.values_list("year", "state")) == {
        (year - 1, "done"), (year, "planned"), (year, "identified"), (year, "dropped"),
    }  # fmt: skip
    report = MissionReport.objects.get(provider=uconn)
    assert (report.year, report.frozen_at.year) == (year - 1, year) and Synthesis.objects.get().report == report
    assert list(TeachingLog.objects.order_by("taught_on").values_list("is_confirmed", flat=True)) == [True, None]
    assert ledger.verify().ok
    perform_all()
    assert ReportPdf.objects.filter(report=report).exists()


@pytest.mark.slow  # loads a program
@pytest.mark.requirement("WASHU-35")
def test_the_demo_learner_taught_once_and_can_read_what_was_said(uconn: AccreditedProvider) -> None:
    learner = actor_of(Person.objects.get(email="learner@uconn.demo.example"))
    (session,) = taught_sessions(learner)
    assert session.opens_on is None and not session.few and session.of_session


@pytest.mark.slow  # loads a program
def test_no_evaluation_of_the_demo_tells_who_gave_it(uconn: AccreditedProvider) -> None:
    rooms: dict[int, Counter[str]] = {}
    for session, profession in Attendance.objects.values_list("session_id", "profession"):
        rooms.setdefault(session, Counter())[profession] += 1
    held = dict(Session.objects.values_list("pk", "starts_at"))
    zone, kept = ZoneInfo(uconn.time_zone), Response.objects.filter(subject_type="session")
    assert kept.exclude(profession="").exists()
    for row in kept:
        assert row.profession not in hidden(rooms[row.subject_id], minimum_group())
        assert row.answered_on == held[row.subject_id].astimezone(zone).date()


def _newest(gap: PracticeGap) -> MeasurePoint:
    return gap.measure.points.filter(place=gap.place).order_by("-period_end")[0]


@pytest.mark.slow  # loads a program
def test_the_year_is_as_uneven_as_a_real_one(uconn: AccreditedProvider) -> None:
    measures = list(OutcomeMeasure.objects.select_related("activity", "measure", "baseline", "result"))
    assert all(tells(one) for one in measures if one.result is not None), "no result from before its activity"
    assert True in {moved_as_wanted(one) for one in measures}
    gaps = PracticeGap.objects.filter(provider=uconn, baseline__isnull=False).select_related("baseline", "measure")
    moved = [_newest(gap).value > gap.baseline.value for gap in gaps]
    better = [rose == gap.measure.higher_is_better for rose, gap in zip(moved, gaps, strict=True)]
    assert (len(better), sum(better)) == (6, 4), "two figures of six have gone the wrong way"
    activities = Activity.objects.filter(provider=uconn)
    assert len(measures) < activities.count()
    assert activities.values("intended_change").distinct().count() >= 2
    used = set(ActivityTerm.objects.values_list("term__taxonomy", flat=True))
    assert {one.key for one in shared_lists()} <= used, "no shared list is empty"


@pytest.mark.slow  # loads a program
@pytest.mark.requirement("UCONN-14")
def test_one_application_waits_and_one_has_an_overdue_condition(uconn: AccreditedProvider) -> None:
    asked = intake.applications(SYSTEM, uconn)
    assert [row.state for row in asked] == ["submitted", "approved"]
    (late,) = intake.overdue(SYSTEM, uconn)
    assert late.application == asked[1] and asked[1].activity is not None
