"""Activities, series, sessions, people: what is kept, what is refused, and that a second press changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from cast import Cast
from lifelong.kernel.access import Role
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning import actions, reads
from lifelong.loop.planning.calendar import instant, rule_days
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import Holiday
from planned import a_gap, a_ready_course, an_activity, day, results

NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)
TUESDAYS = {
    "weekday": 1,
    "starts_at": dt.time(12),
    "minutes": 60,
    "first_on": dt.date(2027, 3, 2),
    "last_on": dt.date(2027, 3, 30),
}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def rounds(cast: Cast, **changes: object) -> Activity:
    activity = an_activity(cast, format="series", title="Medicine grand rounds")
    return actions.schedule_series(cast.actor("director"), activity, **(TUESDAYS | changes))


def days(activity: Activity) -> list[str]:
    return [f"{s.starts_at:%m-%d %H:%M}" for s in activity.sessions.filter(cancelled_at=None).order_by("starts_at")]


# --- activities


@pytest.mark.requirement("TUFTS-01")
def test_an_activity_serves_a_result_of_the_mission(cast: Cast) -> None:
    with pytest.raises(Problem) as refusal:
        an_activity(cast, expected_results=[])
    assert refusal.value.reasons[0].field == "expected_results"


@pytest.mark.requirement("UCONN-22", "UCONN-23")
def test_knowledge_alone_is_refused_with_its_reason(cast: Cast) -> None:
    with pytest.raises(Problem) as refusal:
        an_activity(cast, intended_change="knowledge")
    assert refusal.value.code == "R-DTC-2"
    for change in ("competence", "performance", "patient_outcomes"):
        assert an_activity(cast, intended_change=change).intended_change == change


def test_numbers_run_on_in_each_program(cast: Cast) -> None:
    assert [an_activity(cast, title=f"Course {n}").number for n in range(3)] == [1, 2, 3]
    other = actions.create_activity(
        cast.actor("other_director"), cast.elsewhere, title="Theirs", format="series",
        expected_results=list(cast.elsewhere.expected_results.all()[:1]),
    )  # fmt: skip
    assert other.number == 1


@pytest.mark.requirement("TUFTS-32", "TUFTS-33", "TUFTS-34")
@pytest.mark.parametrize("format", ["series", "live_course", "enduring_web"])
def test_each_format_of_the_program_can_be_planned(cast: Cast, format: str) -> None:
    assert an_activity(cast, format=format).is_series is (format == "series")
    with pytest.raises(Problem, match="does not offer this format"):
        an_activity(cast, format="seance")


def test_an_edit_replaces_links_and_a_second_one_changes_nothing(cast: Cast) -> None:
    director = cast.actor("director")
    activity = an_activity(cast)
    actions.edit_activity(
        director, activity, title="Sepsis, early", gaps=[a_gap(cast)], expected_results=results(cast, "competence")
    )
    assert activity.sort_title == "sepsis, early"
    assert [link.expected_result.key for link in activity.activity_results.all()] == ["competence"]
    with pytest.raises(TypeError, match="no editable"):
        actions.edit_activity(director, activity, published_at=NOW)


def test_gaps_of_another_program_are_never_linked(cast: Cast) -> None:
    with pytest.raises(Problem, match="belongs to another program"):
        an_activity(cast, expected_results=list(cast.elsewhere.expected_results.all()[:1]))


@pytest.mark.requirement("HMS-38")
def test_objectives_are_typed_and_tied_to_what_the_activity_addresses(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    for kind in ("knowledge", "skill", "attitude"):
        actions.set_objectives(director, activity, objectives=[{"text": "Act early", "kind": kind}])
    assert [one.kind for one in activity.objectives.all()] == ["attitude"]
    with pytest.raises(Problem) as refusal:
        actions.set_objectives(director, activity, objectives=[{"text": "", "kind": "wish", "gap_id": a_gap(cast).pk}])
    assert len(refusal.value.reasons) == 3
    assert activity.objectives.count() == 1


@pytest.mark.requirement("TUFTS-13", "TUFTS-25")
def test_terms_come_from_the_program_s_own_list(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    actions.set_terms(director, activity, taxonomy="competency", keys=["patient_care", "medical_knowledge"])
    actions.set_terms(director, activity, taxonomy="competency", keys=["patient_care"])
    assert [link.term.key for link in activity.activity_terms.all()] == ["patient_care"]
    with pytest.raises(Problem, match="has no telepathy"):
        actions.set_terms(director, activity, taxonomy="competency", keys=["telepathy"])


# --- wall time


def test_wall_time_is_kept_over_the_change_of_the_clocks(cast: Cast) -> None:
    assert days(rounds(cast)) == ["03-02 17:00", "03-09 17:00", "03-16 16:00", "03-23 16:00", "03-30 16:00"]


def test_a_time_the_clocks_jump_over_is_refused_with_the_next_one(cast: Cast) -> None:
    with pytest.raises(Problem, match="There is no 02:30") as refusal:
        instant(day(2, 30, dt.date(2027, 3, 14)), "America/Chicago")
    assert "03:30" in refusal.value.reasons[0].next_step
    activity = an_activity(cast, format="series", time_zone="America/Chicago")
    with pytest.raises(Problem, match="14 Mar 2027"):
        actions.schedule_series(
            cast.actor("director"), activity, **TUESDAYS | {"weekday": 6, "starts_at": dt.time(2, 30)}
        )
    assert not activity.sessions.exists()


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("America/New_York", day(1, 30, dt.date(2027, 11, 7)), "05:30"),  # comes twice: the first
        ("Australia/Lord_Howe", day(1, 45, dt.date(2027, 4, 4)), "14:45"),  # a fold of half an hour
        ("UTC", day(12, 0, dt.date(2028, 2, 29)), "12:00"),
    ],
)
def test_a_wall_time_is_one_instant(zone: str, wall: dt.datetime, utc: str) -> None:
    assert f"{instant(wall, zone):%H:%M}" == utc


@pytest.mark.parametrize(("every", "count"), [(1, 5), (2, 3), (4, 2)])
def test_a_rule_names_its_days(every: int, count: int) -> None:
    found = rule_days(first_on=dt.date(2027, 2, 26), last_on=dt.date(2027, 3, 30), weekday=1, every_weeks=every)
    assert len(found) == count
    assert {one.weekday() for one in found} == {1}


# --- series


@pytest.mark.requirement("TUFTS-33", "HMS-34", "WASHU-20")
def test_holidays_and_skipped_days_have_no_session(cast: Cast) -> None:
    with writes_open("test"):
        Holiday.objects.create(provider=cast.home, on=dt.date(2027, 3, 9), label="Founders' day")
    activity = rounds(cast, skipped=[dt.date(2027, 3, 23)])
    assert [one[:5] for one in days(activity)] == ["03-02", "03-16", "03-30"]
    assert (activity.starts_on, activity.ends_on) == (dt.date(2027, 3, 2), dt.date(2027, 3, 30))


def test_the_same_rule_again_changes_nothing(cast: Cast) -> None:
    activity = rounds(cast)
    before = list(activity.sessions.values_list("id", "code"))
    actions.schedule_series(cast.actor("director"), activity, **TUESDAYS)
    assert list(activity.sessions.values_list("id", "code")) == before


def test_a_new_rule_moves_only_what_is_ahead_and_untouched(cast: Cast) -> None:
    director, activity = cast.actor("director"), rounds(cast)
    first, second, third, fourth, _ = activity.sessions.order_by("starts_at")
    actions.edit_session(director, second, title="Sepsis")
    actions.add_role(director, activity, person=cast.person("speaker"), kind="faculty", session=third)
    actions.cancel_session(director, fourth)
    with time_machine.travel(first.starts_at):
        actions.schedule_series(
            director, activity, **TUESDAYS | {"starts_at": dt.time(7, 30), "last_on": dt.date(2027, 4, 6)}
        )
    assert days(activity) == ["03-02 17:00", "03-09 17:00", "03-16 16:00", "03-30 11:30", "04-06 11:30"]


def test_surplus_sessions_vanish_from_a_draft_and_are_cancelled_once_published(cast: Cast) -> None:
    director = cast.actor("director")
    draft = rounds(cast)
    actions.schedule_series(director, draft, **TUESDAYS | {"last_on": dt.date(2027, 3, 9)})
    assert draft.sessions.count() == 2
    activity = rounds(cast)
    with writes_open("test"):
        Activity.objects.filter(pk=activity.pk).update(published_at=NOW)
    activity.refresh_from_db()
    actions.schedule_series(director, activity, **TUESDAYS | {"last_on": dt.date(2027, 3, 9)})
    assert (len(days(activity)), activity.sessions.exclude(cancelled_at=None).count()) == (2, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"weekday": 7},
        {"minutes": 5},
        {"every_weeks": 0},
        {"last_on": dt.date(2027, 3, 1)},
        {"last_on": dt.date(2035, 1, 1)},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(cast: Cast, changes: dict[str, object]) -> None:
    with pytest.raises(Problem):
        rounds(cast, **changes)
    assert not Session.objects.exists()


def test_open_sessions_have_codes_of_their_own(cast: Cast) -> None:
    rounds(cast)
    rounds(cast)
    codes = list(Session.objects.values_list("code", flat=True))
    assert len(codes) == len(set(codes)) == 10
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len({len(key) for key in Session.objects.values_list("code_key", flat=True)} | {64}) == 1


# --- sessions


def test_a_session_is_added_once_and_two_do_not_overlap_in_a_track(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    times = {"starts_at": day(9), "ends_at": day(10)}
    one = actions.add_session(director, activity, title="A", **times)
    assert actions.add_session(director, activity, title="A", **times).pk == one.pk
    with pytest.raises(Problem) as refusal:
        actions.add_session(director, activity, title="B", starts_at=day(9, 30), ends_at=day(11))
    assert refusal.value.code == "planning.overlap"
    assert actions.add_session(director, activity, title="B", track="Nursing", **times).number == 2


@pytest.mark.parametrize(("begin", "end"), [(day(10), day(9)), (day(9), day(9)), (day(0), day(23))])
def test_impossible_lengths_are_refused(cast: Cast, begin: dt.datetime, end: dt.datetime) -> None:
    with pytest.raises(Problem):
        actions.add_session(cast.actor("director"), an_activity(cast), title="A", starts_at=begin, ends_at=end)


def test_a_session_that_has_begun_is_neither_moved_nor_cancelled(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    session = actions.add_session(director, activity, title="A", starts_at=day(9), ends_at=day(10))
    moved = actions.move_session(director, session, starts_at=day(14), room="Hall")
    assert (moved.ends_at - moved.starts_at, moved.room, moved.is_from_rule) == (dt.timedelta(hours=1), "Hall", False)
    with time_machine.travel(moved.starts_at):
        for act in (
            lambda: actions.cancel_session(director, session),
            lambda: actions.move_session(director, session, starts_at=day(15)),
        ):
            with pytest.raises(Problem) as refusal:
                act()
            assert refusal.value.code == "planning.session_begun"


# --- people


def test_a_role_is_asked_once_and_opens_its_page(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    speaker = cast.person("speaker")
    role = actions.add_role(director, activity, person=speaker, kind="faculty")
    assert actions.add_role(director, activity, person=speaker, kind="faculty").pk == role.pk
    assert (role.started_at, role.profession) == (None, "physician")
    assert reads.activity(cast.actor("speaker"), cast.home, activity.pk).pk == activity.pk
    actions.end_role(director, role)
    with pytest.raises(NotFound):
        reads.activity(cast.actor("speaker"), cast.home, activity.pk)


def test_a_planner_names_no_director_and_no_reviewer(cast: Cast) -> None:
    director, activity = cast.actor("director"), an_activity(cast)
    actions.add_role(director, activity, person=cast.person("speaker"), kind="planner")
    planner = cast.actor("speaker")
    for kind in ("director", "reviewer"):
        with pytest.raises(NotAllowed):
            actions.add_role(planner, activity, person=cast.person("nurse"), kind=kind)
    assert actions.add_role(planner, activity, person=cast.person("nurse"), kind="faculty").kind == "faculty"


def test_a_reviewer_s_right_is_not_given_by_a_planning_role(cast: Cast) -> None:
    actions.add_role(cast.actor("director"), an_activity(cast), person=cast.person("nurse"), kind="reviewer")
    assert not RoleGrant.objects.filter(person=cast.person("nurse"), role=Role.REVIEWER.value).exists()


def test_the_page_stays_open_while_another_such_role_lasts(cast: Cast) -> None:
    director, activity = cast.actor("director"), a_ready_course(cast)
    first, _ = PlanningRole.objects.filter(activity=activity, person=cast.person("speaker"))
    actions.end_role(director, first)
    assert reads.activity(cast.actor("speaker"), cast.home, activity.pk)


# --- held again


@pytest.mark.requirement("WASHU-19", "WASHU-38")
def test_a_copy_has_new_dates_at_the_same_wall_time_and_the_old_one_stays(cast: Cast) -> None:
    activity = a_ready_course(cast)
    old = list(activity.sessions.order_by("starts_at").values_list("id", "starts_at"))
    with time_machine.travel(dt.datetime(2027, 6, 1, tzinfo=dt.UTC)):
        with pytest.raises(Problem) as refusal:
            actions.copy_activity(cast.actor("director"), activity, starts_on=dt.date(2027, 8, 4), what_changed="")
        assert refusal.value.reasons[0].field == "what_changed"
        copy = actions.copy_activity(
            cast.actor("director"),
            activity,
            starts_on=dt.date(2027, 8, 4),
            what_changed="More practice.",
            request_key="k",
        )
        again = actions.copy_activity(
            cast.actor("director"),
            activity,
            starts_on=dt.date(2027, 8, 4),
            what_changed="More practice.",
            request_key="k",
        )
    assert again.pk == copy.pk
    assert [f"{s.starts_at:%H:%M}" for s in copy.sessions.order_by("starts_at")] == [
        "13:00",
        "15:00",
    ]  # summer: 09:00 and 11:00 in Boston
    assert (copy.published_at, copy.copied_from_id, copy.changed_because) == (None, activity.pk, "More practice.")
    assert [one.kind for one in copy.planning_roles.all()] == ["planner"]
    assert RoleGrant.objects.filter(person=cast.person("coordinator"), role="planner", activity_id=copy.pk).count() == 1
    assert list(activity.sessions.order_by("starts_at").values_list("id", "starts_at")) == old


# --- who may


@pytest.mark.parametrize("who", ["learner", "leader", "accreditor", "other_director", "neighbour_series_coordinator"])
def test_without_the_role_nothing_is_planned(cast: Cast, who: str) -> None:
    activity = an_activity(cast, organisation=cast.department)
    actor = cast.actor(who)
    acts = (
        lambda: actions.create_activity(
            actor, cast.home, title="x", format="series", organisation=cast.department, expected_results=results(cast)
        ),
        lambda: actions.edit_activity(actor, activity, title="x"),
        lambda: actions.set_objectives(actor, activity, objectives=[]),
        lambda: actions.set_terms(actor, activity, taxonomy="theme", keys=[]),
        lambda: actions.add_session(actor, activity, title="x", starts_at=day(9), ends_at=day(10)),
        lambda: actions.add_break(actor, activity, title="x", starts_at=day(9), ends_at=day(10)),
        lambda: actions.add_role(actor, activity, person=cast.person("speaker"), kind="faculty"),
        lambda: actions.add_reference(actor, activity, citation="x"),
        lambda: actions.copy_activity(actor, activity, starts_on=dt.date(2028, 1, 1), what_changed="x"),
        lambda: actions.reopen_gate(actor, activity, gate="G1", reason="x"),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_a_department_s_coordinator_plans_for_the_department_only(cast: Cast) -> None:
    coordinator = cast.actor("series_coordinator")
    made = actions.create_activity(
        coordinator,
        cast.home,
        title="Ours",
        format="series",
        organisation=cast.department,
        expected_results=results(cast),
    )
    assert made.organisation_id == cast.department.pk
    with pytest.raises(NotAllowed):
        actions.create_activity(
            coordinator,
            cast.home,
            title="Theirs",
            format="series",
            organisation=cast.other_department,
            expected_results=results(cast),
        )
    an_activity(cast, title="Of surgery", organisation=cast.other_department)
    assert [row.title for row in reads.activities(coordinator, cast.home).rows] == ["Ours"]


def test_upcoming_activities_come_soonest_first_and_page_by_key(cast: Cast) -> None:
    with writes_open("test"):
        Activity.objects.bulk_create(
            Activity(
                provider=cast.home, number=n, title=f"A {n}", sort_title=f"a {n}", format="series", time_zone="UTC", created_at=NOW,
                starts_on=dt.date(2027, 1, 1) + dt.timedelta(days=n % 7),
            )
            for n in range(1, 31)
        )  # fmt: skip
    director, seen, after = cast.actor("director"), [], ""
    for _ in range(4):
        page = reads.activities(director, cast.home, reads.ActivityQuery(state="upcoming", after=after, limit=8))
        seen += [(row.starts_on, row.pk) for row in page.rows]
        after = page.next_after
    assert (len(seen), after) == (30, "")
    assert seen == sorted(seen)


def test_search_finds_a_beginning_a_word_inside_and_a_number(cast: Cast) -> None:
    director = cast.actor("director")
    for title in ("Sepsis, early", "Early signs of sepsis", "Heart failure"):
        an_activity(cast, title=title)

    def found(text: str) -> set[str]:
        return {row.title for row in reads.activities(director, cast.home, reads.ActivityQuery(search=text)).rows}

    assert found("SEPSIS") == {"Sepsis, early", "Early signs of sepsis"}
    assert found("heart f") == {"Heart failure"}
    assert found("3") == {"Heart failure"}
    assert found("stroke") == set()
