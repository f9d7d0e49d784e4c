"""Programs: a profile loads once, a changed one keeps what was; contact, hours and holidays are what visitors read."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from cast import Cast
from lifelong.formats import profile as outside
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.program import actions, reads
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Mission, Term

TERM = outside.Term
RESULT = outside.ExpectedResult(
    "performance", "performance", "Better performance", "aim",
    outside.Indicator("performance_change_made", "follow-up answers that report the change", "percent", 60.0, "higher"), True,
)  # fmt: skip


def profile(**changes: object) -> outside.Profile:
    hours = tuple(outside.Hours(day, dt.time(9), dt.time(17)) for day in range(5))
    made = outside.Profile(
        slug="example", name="Example School", office_name="Office of CE", short_name="Example CE", accent="#1f5f8b",
        time_zone="America/New_York", place="Boston", institutional_mission="To teach.",
        contact=outside.Contact(("1 Example Street", "Boston"), "555 0100", "ce@example.org", hours, "555 0101"),
        vocabulary={"series": "Rounds"}, accreditations=(outside.Accreditation("ACCME", "direct", "accme_direct", True),),
        mission=outside.Mission("2026", "Mission", dt.date(2026, 1, 1), (
            outside.Section("Purpose", (outside.Statement("aim", "Improve performance.", ("purpose", "expected_result")),)),
            outside.Section("Types of activities", (outside.Statement("data", "Use hospital data.", ("needs_source",)),)),
        )),
        expected_results=(RESULT,), goals=(outside.Goal("first", "objective", "", "Teach well.", ("performance",)),),
        competencies=(TERM("patient_care", "Care", "Patient Care"),), competency_required=True, iom=(), themes=(TERM("quality", "Quality"),),
        content_domains=(), content_areas=(), formats=(TERM("series", "Rounds", "series"),), audiences=(TERM("physician", "Doctors"),),
        needs_sources=(TERM("hospital_quality_data", "Hospital data"),),
        reach=(outside.ReachBand("local", "Massachusetts", ("MA",)), outside.ReachBand("national", "The nation", (), ("US",)),
               outside.ReachBand("international", "The world")),
        pages=(outside.Page("mission", "Our mission", ("mission_sections", "goals")),), policies=(),
        registers=frozenset({"innovation", "research"}), specialties="shared",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def load(**changes: object) -> AccreditedProvider:
    return actions.load_profile(SYSTEM, profile=profile(**changes))


def test_loading_twice_changes_nothing(db: None) -> None:
    first = load()
    rows = AuditEvent.objects.count(), Term.objects.count()
    assert load().pk == first.pk
    assert (AuditEvent.objects.count(), Term.objects.count()) == rows
    assert rows[0] == 1


def test_a_changed_profile_keeps_the_old_mission_and_ends_it(db: None) -> None:
    provider = load()
    section = outside.Section("Purpose", (outside.Statement("aim", "Improve it more.", ("purpose",)),))
    load(mission=outside.Mission("2027", "Mission", dt.date(2026, 9, 1), (section,)))
    old, new = Mission.objects.filter(provider=provider).order_by("effective_from")
    assert (old.effective_until, new.effective_until) == (dt.date(2026, 8, 31), None)
    assert [s.text for section in old.sections.all() for s in section.statements.all()] == [
        "Improve performance.",
        "Use hospital data.",
    ]
    assert ExpectedResult.objects.get(provider=provider).statement.text == "Improve it more."


def test_other_words_under_the_same_version_are_refused_whole(db: None) -> None:
    load()
    section = outside.Section("Purpose", (outside.Statement("aim", "Secretly other.", ()),))
    with pytest.raises(Problem, match="version"):
        load(name="Renamed", mission=outside.Mission("2026", "Mission", dt.date(2026, 1, 1), (section,)))
    assert AccreditedProvider.objects.get().name == "Example School"


def test_what_the_profile_no_longer_lists_is_retired_not_deleted(db: None) -> None:
    provider = load()
    load(themes=(TERM("safety", "Safety"),), expected_results=(dataclasses.replace(RESULT, key="other"),), goals=())
    assert [term.key for term in reads.terms(provider, "theme")] == ["safety"]
    assert Term.objects.get(provider=provider, key="quality").retired_on is not None
    assert ExpectedResult.objects.get(provider=provider, key="performance").retired_on is not None
    load()
    assert [term.key for term in reads.terms(provider, "theme")] == ["quality"]  # back again: the same row


def test_a_profile_leaves_contact_that_the_office_wrote_itself(db: None) -> None:
    provider = load()
    actions.set_contact(SYSTEM, provider, address="2 New Street", phone="555 0199", email="new@example.org")
    load(name="Example School II")
    assert reads.contact(provider).address == "2 New Street"  # type: ignore[union-attr]


@pytest.mark.parametrize("who", ["coordinator", "learner", "other_director"])
def test_visitors_texts_are_changed_by_the_director_only(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        actions.set_contact(cast.actor(who), cast.home, address="x", phone="x", email="x@example.org")
    with pytest.raises(NotAllowed):
        actions.add_holiday(cast.actor(who), cast.home, on=dt.date(2026, 12, 25), label="Christmas")
    with pytest.raises(NotAllowed):
        actions.load_profile(cast.actor(who), profile=profile())


@pytest.mark.requirement("TUFTS-67")
@pytest.mark.parametrize(
    ("local", "open_now", "sentence"),
    [
        ("2026-11-23T10:00", True, "until 17:00"),
        ("2026-11-23T08:59", False, "Opens today at 09:00"),
        ("2026-11-23T17:00", False, "Opens tomorrow at 09:00"),
        ("2026-11-25T18:00", False, "Opens on Friday at 09:00"),
        ("2026-11-26T10:00", False, "Closed today: Thanksgiving"),
        ("2026-11-28T10:00", False, "Opens on Monday at 09:00"),
    ],
)
def test_the_office_says_whether_it_is_open_in_its_own_zone(
    db: None, local: str, open_now: bool, sentence: str
) -> None:
    provider = load()
    actions.add_holiday(SYSTEM, provider, on=dt.date(2026, 11, 26), label="Thanksgiving")
    now = dt.datetime.fromisoformat(f"{local}:00-05:00").astimezone(dt.UTC)
    hours = reads.office_hours(provider, now)
    assert hours.is_open is open_now and sentence in hours.sentence
    assert hours.week[0] == ("Monday", "09:00 to 17:00")


@pytest.mark.requirement("UMASS-39")
def test_a_statement_is_found_by_its_tag_whatever_its_heading(db: None) -> None:
    provider = load()
    statement = reads.statements_by_tag(reads.mission_in_force(provider))["needs_source"][0]
    assert statement.text == "Use hospital data."
    actions.tag_statement(SYSTEM, reads.statement(provider, statement.pk), tags=["activity_type", "needs_source"])
    assert "activity_type" in reads.statements_by_tag(reads.mission_in_force(provider))
    with pytest.raises(Problem, match="no tag"):
        actions.tag_statement(SYSTEM, reads.statement(provider, statement.pk), tags=["whatever"])


@pytest.mark.requirement("UMASS-39", "TUFTS-65")
def test_a_typed_mission_keeps_tags_of_words_that_stay(db: None) -> None:
    provider = load()
    passages = [actions.Passage("", ("Use hospital data.", "Something new."))]
    actions.publish_mission(
        SYSTEM, provider, version="2027", title="Mission", passages=passages, effective_from=dt.date(2026, 11, 1)
    )
    tagged = reads.statements_by_tag(reads.mission_in_force(provider))
    assert [s.text for s in tagged["needs_source"]] == ["Use hospital data."]
    assert reads.mission_versions(provider).count() == 2


@pytest.mark.requirement("UCONN-17")
def test_an_ineligible_company_is_no_joint_provider(cast: Cast) -> None:
    with pytest.raises(Problem, match="cannot be a joint provider"):
        actions.add_organisation(
            cast.actor("director"), cast.home, name="Example Pharma", kind="joint_provider", is_eligible=False
        )


def test_an_organisation_is_added_once(cast: Cast) -> None:
    director = cast.actor("director")
    first = actions.add_organisation(director, cast.home, name="Example Hospital", kind="hospital")
    assert actions.add_organisation(director, cast.home, name="Example  Hospital", kind="hospital").pk == first.pk


@pytest.mark.parametrize(
    ("state", "nation", "band"), [("MA", "US", "local"), ("RI", "US", "national"), ("", "KE", "international")]
)
def test_reach_follows_the_programs_bands(db: None, state: str, nation: str, band: str) -> None:
    assert reads.reach_of(load().reach_bands.all(), state, nation) == band


def test_every_shipped_profile_loads(db: None) -> None:
    loaded = [actions.load_profile(SYSTEM, profile=one) for one in reads.shipped_profiles()]
    assert len(loaded) == 5
    for provider in loaded:
        assert reads.mission_in_force(provider) is not None and reads.pages(provider)
