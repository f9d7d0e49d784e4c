"""Departments apply: the explainer once, a whole gap, a decision with conditions, and nobody plans beside the other."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.planning import actions, intake
from lifelong.loop.planning.models import Application
from planned import an_activity, day, results

NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)
WHOLE = {
    "gap_now": "Half of our patients with sepsis receive the bundle in time.", "gap_wanted": "The guideline asks for all.",
    "gap_kind": "quality", "source_kind": "guideline", "citation": "Example Society. Sepsis. 2026.", "need_kind": "competence",
    "need_text": "Early signs are not acted on.", "intended_change": "performance", "intended_change_text": "Start within the hour.",
    "format": "live_course", "planned_on": dt.date(2027, 3, 10),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def begun(cast: Cast, who: str = "applicant", **said: object) -> Application:
    where = cast.other_department if who.startswith("neighbour") else cast.department
    actor = cast.actor(who)
    actions.confirm_explainer(actor, where)
    return actions.begin_application(actor, where, title="Sepsis in the first hour", **WHOLE | said)


def sent(cast: Cast, who: str = "applicant", **said: object) -> Application:
    return actions.submit_application(cast.actor(who), begun(cast, who, **said))


@pytest.mark.requirement("UCONN-21")
def test_the_explainer_is_confirmed_once_with_its_date_before_the_first_application(cast: Cast) -> None:
    applicant = cast.actor("applicant")
    with pytest.raises(Problem, match="has not been confirmed"):
        actions.begin_application(applicant, cast.department, title="Sepsis")
    actions.confirm_explainer(applicant, cast.department)
    assert intake.explainer_read(applicant.person_id, cast.home) == NOW
    with time_machine.travel(NOW + dt.timedelta(days=9), tick=False):
        actions.confirm_explainer(applicant, cast.department)
        assert intake.explainer_read(applicant.person_id, cast.home) == NOW
    assert actions.begin_application(applicant, cast.department, title="Sepsis").state == "draft"


@pytest.mark.requirement("UCONN-14")
@pytest.mark.parametrize(
    ("empty", "field"),
    [("gap_now", "gap_now"), ("gap_wanted", "gap_wanted"), ("gap_kind", "gap_kind"), ("citation", "citation"), ("need_text", "need_text"),
     ("intended_change", "intended_change"), ("source_kind", "source_kind"), ("format", "format"), ("planned_on", "planned_on")],
)  # fmt: skip
def test_an_incomplete_application_is_kept_and_cannot_be_sent(cast: Cast, empty: str, field: str) -> None:
    row = begun(cast, **{empty: None if empty == "planned_on" else ""})
    assert [one.field for one in intake.missing(row)] == [field]
    with pytest.raises(Problem) as refusal:
        actions.submit_application(cast.actor("applicant"), row)
    assert refusal.value.reasons[0].next_step
    assert Application.objects.get().state == "draft"
    actions.write_application(cast.actor("applicant"), row, **{empty: WHOLE[empty]})
    assert actions.submit_application(cast.actor("applicant"), row).submitted_at == NOW


def test_every_field_is_asked_in_one_step_with_help(cast: Cast) -> None:
    asked = [field for step in intake.steps() for field in step["fields"]]
    assert sorted(asked) == sorted(["title", *WHOLE]) and all(step["help"] for step in intake.steps())
    assert all(step["good"] and step["weak"] for step in intake.steps() if step["key"] != "plan")


@pytest.mark.requirement("UCONN-15")
def test_the_office_approves_with_a_condition_and_late_ones_are_listed(cast: Cast) -> None:
    row, office, applicant = sent(cast), cast.actor("coordinator"), cast.actor("applicant")
    with pytest.raises(NotAllowed):
        actions.decide_application(applicant, row, decision="approve", expected_results=results(cast))
    due = dt.date(2026, 12, 1)
    actions.decide_application(
        office, row, decision="approve", note="Good.", expected_results=results(cast), conditions=[("Name a nurse planner", due)]
    )  # fmt: skip
    actions.decide_application(office, row, decision="approve", expected_results=results(cast))
    seen = intake.application(applicant, cast.home, row.pk)
    assert (seen.state, seen.decided_by, seen.conditions.get().text) == (
        "approved",
        cast.person("coordinator"),
        "Name a nurse planner",
    )
    gap = seen.activity.activity_gaps.get().gap
    assert (gap.needs.get().kind, gap.gap_sources.get().source.citation) == ("competence", WHOLE["citation"])
    assert (seen.activity.organisation, seen.activity.created_by) == (cast.department, cast.person("applicant"))
    assert intake.overdue(office, cast.home) == []
    with time_machine.travel(dt.datetime(2026, 12, 3, 15, tzinfo=dt.UTC)):
        (late,) = intake.overdue(office, cast.home)
        assert (
            intake.overdue(applicant, cast.home) == [late]
            and intake.overdue(cast.actor("neighbour_applicant"), cast.home) == []
        )
        actions.meet_condition(office, late)
        assert intake.overdue(office, cast.home) == []
    assert AuditEvent.objects.filter(verb="application.decided").count() == 1


def test_a_returned_application_says_why_and_is_sent_again(cast: Cast) -> None:
    row, office = sent(cast), cast.actor("director")
    with pytest.raises(Problem, match="not told why"):
        actions.decide_application(office, row, decision="return")
    with pytest.raises(Problem, match="with the office"):
        actions.write_application(cast.actor("applicant"), row, gap_now="Other")
    actions.decide_application(office, row, decision="return", note="Give the number of patients.")
    actions.write_application(cast.actor("applicant"), row, gap_now="156 of 312 receive it in time.")
    assert actions.submit_application(cast.actor("applicant"), row).state == "submitted"
    with pytest.raises(Problem, match="due in the past"):
        late = [("Name a planner", dt.date(2026, 1, 1))]
        actions.decide_application(office, row, decision="approve", expected_results=results(cast), conditions=late)
    assert not Application.objects.get().activity
    actions.decide_application(office, row, decision="decline", note="Another department does it.")
    assert Application.objects.get().state == "declined"


def test_an_approval_without_an_expected_result_leaves_nothing_behind(cast: Cast) -> None:
    row = sent(cast)
    with pytest.raises(Problem):
        actions.decide_application(cast.actor("director"), row, decision="approve")
    assert Application.objects.get().state == "submitted" and not cast.home.gaps.exists()


def test_a_stale_page_decides_writes_and_sends_nothing_a_second_time(cast: Cast) -> None:
    row, office, applicant = begun(cast), cast.actor("director"), cast.actor("applicant")
    stale = Application.objects.get()
    actions.submit_application(applicant, row)
    with pytest.raises(Problem, match="with the office"):
        actions.write_application(applicant, stale, gap_now="Written on the page opened before it was sent.")
    first, second = Application.objects.get(), Application.objects.get()
    asked = {"expected_results": results(cast), "conditions": [("Name a planner", dt.date(2026, 12, 1))]}
    actions.decide_application(office, first, decision="approve", **asked)
    actions.decide_application(office, second, decision="approve", **asked)
    with pytest.raises(Problem, match="does not wait"):
        actions.decide_application(office, Application.objects.get(), decision="decline", note="No.")
    kept = Application.objects.get()
    assert (kept.state, kept.conditions.count(), cast.home.gaps.count()) == ("approved", 1, 1)


def test_a_neighbour_finds_nothing(cast: Cast) -> None:
    row = sent(cast)
    for who in ("neighbour_applicant", "stranger", "other_director"):
        with pytest.raises(NotFound):
            intake.application(cast.actor(who), cast.home, row.pk)
    assert intake.applications(cast.actor("neighbour_applicant"), cast.home) == []
    assert intake.applications(cast.actor("director"), cast.home) == [row]


# --- coordination


@pytest.mark.requirement("UCONN-16")
def test_two_departments_on_one_topic_in_one_month_are_told_of_each_other(cast: Cast) -> None:
    row = sent(cast)
    director = cast.actor("director")
    theirs = an_activity(cast, title="Surgical sepsis update", organisation=cast.other_department)
    assert intake.overlaps(director, row) == []
    actions.add_session(
        director,
        theirs,
        title="Day",
        starts_at=day(9, on=dt.date(2027, 3, 30)),
        ends_at=day(12, on=dt.date(2027, 3, 30)),
    )
    (seen,) = intake.overlaps(director, row)
    assert (seen.organisation, seen.title, seen.words, seen.month) == (
        "Department of Surgery", "Surgical sepsis update", ("sepsis",), dt.date(2027, 3, 1),
    )  # fmt: skip
    (mine,) = intake.overlaps(cast.actor("applicant"), row)
    assert (mine.organisation, mine.title, mine.activity_id, mine.words) == (
        "Department of Surgery",
        "",
        None,
        ("sepsis",),
    )
    assert mine.ask == ("Neighbour Series Coordinator", "Neighbour Applicant")
    (back,) = intake.overlaps(cast.actor("neighbour_series_coordinator"), theirs)
    assert (back.organisation, back.title) == ("Department of Medicine", "")
    with writes_open("test"):
        Application.objects.update(planned_on=dt.date(2027, 4, 2))
    row.refresh_from_db()
    assert intake.overlaps(director, row) == []


def test_the_last_evening_of_a_month_is_of_that_month_where_the_program_is(cast: Cast) -> None:
    director, march = cast.actor("director"), dt.date(2027, 3, 1)
    row = sent(cast)
    theirs = an_activity(cast, title="Surgical sepsis update", organisation=cast.other_department)
    evening = dt.date(2027, 3, 31)  # 21:00 in Boston is April in UTC
    actions.add_session(director, theirs, title="Late", starts_at=day(21, on=evening), ends_at=day(22, on=evening))
    assert [one.month for one in intake.overlaps(director, row)] == [march]
    assert [line.on for line in intake.calendar(director, cast.home, march) if line.sessions] == [evening]
    assert intake.calendar(director, cast.home, dt.date(2027, 4, 1)) == []


def test_overlaps_and_calendar_ask_as_often_for_many_as_for_few(cast: Cast) -> None:
    director, row = cast.actor("director"), sent(cast)

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as first:
            intake.overlaps(director, row)
        with CaptureQueriesContext(connection) as second:
            intake.calendar(director, cast.home, dt.date(2027, 3, 1))
        return len(first), len(second)

    found = []
    for rows in (2, 8):
        for number in range(rows):
            an_activity(
                cast, title=f"Sepsis {rows}-{number}", organisation=cast.other_department, starts_on=row.planned_on
            )
        found.append(queries())
    assert found[0] == found[1]
    assert len(intake.overlaps(director, row)) == 10


@pytest.mark.parametrize(
    ("title", "words"),
    [("Medicine grand rounds", set()), ("Sepsis in the first hour", {"sepsis"}), ("Opioids: safer prescribing", {"opioid", "safer", "prescribing"})],
)  # fmt: skip
def test_a_topic_is_in_the_telling_words_of_a_title(title: str, words: set[str]) -> None:
    assert set(intake.topics(title)) == words


@pytest.mark.requirement("UCONN-16")
def test_the_calendar_is_shared_and_tells_only_topics_of_what_is_out_of_reach(cast: Cast) -> None:
    director, march = cast.actor("director"), dt.date(2027, 3, 1)
    rounds = an_activity(cast, title="Sepsis rounds", organisation=cast.department)
    for on in (dt.date(2027, 3, 2), dt.date(2027, 3, 9), dt.date(2027, 4, 6)):
        actions.add_session(director, rounds, title="Rounds", starts_at=day(12, on=on), ends_at=day(13, on=on))
    sent(cast, "neighbour_applicant")
    lines = [(line.on.day, line.sessions, line.title) for line in intake.calendar(director, cast.home, march)]
    assert lines == [(2, 2, "Sepsis rounds"), (10, 0, "Sepsis in the first hour")]
    theirs = intake.calendar(cast.actor("neighbour_applicant"), cast.home, march)
    assert [(line.title, line.topic, line.activity_id) for line in theirs] == [
        ("", ("sepsis",), None), ("Sepsis in the first hour", ("sepsis",), None),
    ]  # fmt: skip
    assert intake.calendar(director, cast.elsewhere, march) == []
