"""What makes every screen of outcomes and improvement alive: closed courses, the body's refusals, registers, a year judged and frozen."""

from __future__ import annotations

import datetime as dt

import pytest

from lifelong.kernel import clock
from lifelong.kernel.effects import perform_all
from lifelong.loop.credit import ledger
from lifelong.loop.demo import load as demo
from lifelong.loop.demo.year import SIZES, Size, plan_year
from lifelong.loop.evaluation import coding_reads
from lifelong.loop.evaluation.models import CodingRound, FormDone, Team
from lifelong.loop.improvement import registers
from lifelong.loop.improvement.models import Improvement, MissionReport, ReportPdf, Synthesis, TeachingLog
from lifelong.loop.outcomes.models import QualityProject, SharedReport
from lifelong.loop.outcomes.teaching import taught_sessions
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.models import Record

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
