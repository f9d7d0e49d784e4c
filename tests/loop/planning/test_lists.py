"""What a planner says of an activity by the lists all programs share, whom it is for, and who finds it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from cast import Cast
from lifelong.formats.profile import ProfileError, read_lists
from lifelong.kernel.access import NOBODY, SYSTEM, Actor
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.delivery import actions as delivery
from lifelong.loop.delivery.reads import activity_open_to
from lifelong.loop.people.models import Affiliation
from lifelong.loop.planning import actions, reads
from lifelong.loop.planning.models import Activity
from lifelong.loop.program import actions as program_actions
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import Term
from loop.planning.lists import with_lists
from planned import an_activity, day

NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def published(activity: Activity, **values: object) -> Activity:
    facts = {"published_at": NOW, "starts_on": dt.date(2027, 3, 3), "ends_on": dt.date(2027, 3, 3)} | values
    with writes_open("test"):
        Activity.objects.filter(pk=activity.pk).update(**facts)
    activity.refresh_from_db()
    return activity


def titles(viewer: Actor, cast: Cast, **asked: object) -> list[str]:
    return [one.title for one in reads.catalogue(viewer, cast.home, **asked).rows]


# --- the lists


@pytest.mark.parametrize(
    ("taxonomy", "keys"),
    [
        ("level", ["introductory", "intermediate", "advanced"]),
        ("career_level", ["student", "trainee", "early", "experienced"]),
        ("learner_purpose", ["refresh", "advance"]),
        ("ce_purpose", ["knowledge", "skills", "professional_performance", "professional_relationships"]),
        ("beneficiary", ["patients", "public", "profession"]),
        ("population", ["complex"]),
        ("interactivity", ["listening", "practice"]),
        ("content_for", ["nurses", "pharmacists", "allied_health"]),
        ("specialty", ["general_surgery"]),
    ],
)
def test_every_program_has_the_shared_lists(db: None, taxonomy: str, keys: list[str]) -> None:
    for profile in program.shipped_profiles():
        provider = program_actions.load_profile(SYSTEM, profile=profile)
        assert set(keys) <= set(program.terms(provider, taxonomy).values_list("key", flat=True)), profile.slug


def test_a_list_of_one_answer_takes_one(cast: Cast) -> None:
    with_lists(cast.home)
    activity, director = an_activity(cast), cast.actor("director")
    with pytest.raises(Problem, match="Level: 2 are chosen"):
        actions.set_terms(director, activity, taxonomy="level", keys=["introductory", "advanced"])
    actions.set_terms(director, activity, taxonomy="level", keys=["advanced"])
    actions.set_terms(director, activity, taxonomy="career_level", keys=["student", "trainee"])
    assert activity.activity_terms.count() == 3


@pytest.mark.parametrize(
    ("entries", "says"),
    [("", "A list has entries, or a source"), ('entry = [{ key = "a", label = "A" }]\nsource = "x.toml"', "or a source"),
     ('entry = [{ key = "a", label = "A" }, { key = "a", label = "B" }]', "used twice")],
)  # fmt: skip
def test_a_wrong_list_is_refused_with_its_key(entries: str, says: str) -> None:
    text = f'[[group]]\ntitle = "T"\n[[group.list]]\nkey = "level"\nlabel = "L"\nquestion = "Q?"\n{entries}\n'
    with pytest.raises(ProfileError, match=says):
        read_lists(text.encode(), "lists.toml")


def test_a_program_that_was_loaded_before_a_list_came_gets_it_with_the_next_load(db: None) -> None:
    profile = program.shipped_profiles()[0]
    provider = program_actions.load_profile(SYSTEM, profile=profile)
    with writes_open("test"):
        Term.objects.filter(provider=provider, taxonomy="population").delete()
        provider.profile_hash = "of a time without that list"
        provider.save()
    program_actions.load_profile(SYSTEM, profile=profile)
    assert program.terms(provider, "population").count() > 3


# --- the audience


@pytest.mark.requirement("HMS-31")
def test_the_audience_is_professions_by_specialties(cast: Cast) -> None:
    with_lists(cast.home)
    with writes_open("test"):
        Term.objects.create(provider=cast.home, taxonomy="audience", key="nurses", label="Nurses", position=1)
    activity, director = an_activity(cast), cast.actor("director")
    assert reads.audience(activity).cells == frozenset()
    actions.set_terms(director, activity, taxonomy="audience", keys=["physicians", "nurses"])
    actions.set_terms(director, activity, taxonomy="specialty", keys=["general_surgery", "emergency_medicine"])

    def cells() -> set[tuple[str, str]]:
        return {(row.key, column.key) for row, column in reads.audience(activity).cells}

    assert len(cells()) == 4
    pairs = [("physicians", "general_surgery"), ("nurses", "emergency_medicine")]
    actions.set_audience(director, activity, pairs=pairs)
    assert cells() == set(pairs)
    with pytest.raises(Problem, match="not a profession and specialty"):
        actions.set_audience(director, activity, pairs=[("physicians", "dermatology")])
    with pytest.raises(Problem, match="Not one profession"):
        actions.set_audience(director, activity, pairs=[])
    copy = actions.copy_activity(director, activity, starts_on=dt.date(2028, 3, 1), what_changed="")
    assert {(row.key, column.key) for row, column in reads.audience(copy).cells} == set(pairs)
    actions.set_terms(director, activity, taxonomy="specialty", keys=["dermatology"])
    assert cells() == {("physicians", "dermatology"), ("nurses", "dermatology")}


# --- who finds it


@pytest.mark.requirement("TUFTS-30")
def test_outside_learners_register_for_what_is_open_and_know_nothing_of_what_is_not(cast: Cast) -> None:
    opened = published(an_activity(cast, title="Open to all", registration_required=True))
    kept = published(an_activity(cast, title="Our own people", registration_required=True, is_open_to_all=False))
    nurse, own = cast.actor("stranger"), cast.actor("learner")
    assert titles(NOBODY, cast) == titles(nurse, cast) == ["Open to all"]
    assert titles(own, cast) == titles(cast.actor("coordinator"), cast) == ["Open to all", "Our own people"]
    assert [reads.is_open_to(one, kept) for one in (NOBODY, nurse, own)] == [False, False, True]
    delivery.register(nurse, opened, person=cast.person("stranger"))
    assert opened.registrations.get().person == cast.person("stranger")
    with pytest.raises(NotFound):
        activity_open_to(nurse, kept.pk)
    with writes_open("test"):
        Affiliation.objects.create(person=cast.person("stranger"), provider=cast.home, is_affiliated=False)
    assert titles(nurse, cast) == ["Open to all"]


def test_the_catalogue_is_in_the_order_of_the_next_session(cast: Cast) -> None:
    director = cast.actor("director")
    rounds = an_activity(cast, format="series", title="Rounds since September")
    for number, on in enumerate((dt.date(2026, 9, 2), dt.date(2027, 4, 7))):
        actions.add_session(
            director, rounds, title=f"Rounds {number}", starts_at=day(12, on=on), ends_at=day(13, on=on)
        )
    published(rounds, starts_on=dt.date(2026, 9, 2), ends_on=dt.date(2027, 6, 30))
    course = an_activity(cast, title="Course in March")
    actions.add_session(director, course, title="All day", starts_at=day(9), ends_at=day(12))
    published(course)
    published(an_activity(cast, title="Day in May"), starts_on=dt.date(2027, 5, 1), ends_on=dt.date(2027, 5, 1))
    wanted = ["Course in March", "Rounds since September", "Day in May"]
    assert titles(NOBODY, cast) == wanted
    seen, after = [], ""
    for _ in wanted:
        page = reads.catalogue(NOBODY, cast.home, after=after, limit=1)
        seen, after = [*seen, *(one.title for one in page.rows)], page.next_after
    assert (seen, after) == (wanted, "")


def test_only_what_the_catalogue_holds_is_offered_to_narrow_it(cast: Cast) -> None:
    with_lists(cast.home)
    activity = an_activity(cast)
    actions.set_terms(cast.actor("director"), activity, taxonomy="level", keys=["advanced"])
    assert reads.on_offer(NOBODY, cast.home) == (frozenset(), frozenset())
    published(activity)
    term = Term.objects.get(provider=cast.home, taxonomy="level", key="advanced")
    assert reads.on_offer(NOBODY, cast.home) == (frozenset({"live_course"}), frozenset({term.pk}))
    assert titles(NOBODY, cast, term_ids=(term.pk,)) == ["Sepsis workshop"]


# --- departments


def test_a_department_moves_nothing_to_where_it_does_not_plan(cast: Cast) -> None:
    activity = an_activity(cast, organisation=cast.department)
    coordinator = cast.actor("series_coordinator")
    with pytest.raises(Problem, match="You do not plan for this organisation"):
        actions.edit_activity(coordinator, activity, organisation_id=cast.other_department.pk)
    activity.refresh_from_db()
    with pytest.raises(Problem, match="You do not plan for this organisation"):
        actions.edit_activity(coordinator, activity, organisation_id=None)
    whole, mine = reads.may_plan_for(coordinator, cast.home)
    assert (whole, list(mine)) == (False, [cast.department])
    assert reads.may_plan_for(cast.actor("director"), cast.home)[0]
