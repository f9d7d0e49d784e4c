"""The pages of Planning: the list, the activity with its thread and gates, from first word to publication."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.loop.improvement.models import Innovation, InnovationUse
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import Term
from loop.planning.lists import with_lists
from planned import a_gap, a_ready_course, an_activity, results

HOME = "/office/home/planning/"
NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("login"):
        client.force_login(cast.person(who))
    return client


def new(cast: Cast, **changes: object) -> dict[str, object]:
    gap = a_gap(cast)
    said = {
        "title": "Sepsis workshop", "format": "live_course", "gaps": [gap.pk], "expected_results": [results(cast)[0].pk], "request_key": "k1",
        "intended_change": "performance", "intended_change_text": "Start within the hour.", "format_rationale": "Teams practise together.",
    }  # fmt: skip
    return said | changes


def test_an_activity_is_planned_on_one_page_once(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    said = new(cast)
    first = client.post(f"{HOME}new/", said)
    second = client.post(f"{HOME}new/", said)
    assert first.url == second.url
    assert Activity.objects.count() == 1
    page = client.get(first.url).content.decode()
    assert "Gates" in page
    assert page.count("thread__stop") >= 8
    assert "missing before it may be published" in page


@pytest.mark.requirement("TUFTS-01")
def test_without_an_expected_result_the_form_comes_back(cast: Cast) -> None:
    answer = signed_in(cast, "coordinator").post(f"{HOME}new/", new(cast, expected_results=[]))
    assert answer.status_code == 422
    assert "No expected result of the mission is chosen." in answer.content.decode()
    assert not Activity.objects.exists()


@pytest.mark.requirement("TUFTS-09")
def test_thirty_words_of_rationale_are_too_many(cast: Cast) -> None:
    answer = signed_in(cast, "coordinator").post(f"{HOME}new/", new(cast, format_rationale="word " * 30))
    assert "has 30 words; 25 are allowed" in answer.content.decode()


@pytest.mark.requirement("TUFTS-33")
def test_a_series_is_scheduled_by_its_rule(cast: Cast) -> None:
    activity = an_activity(cast, format="series", title="Medicine grand rounds")
    client = signed_in(cast, "coordinator")
    rule = {
        "weekday": "1", "every_weeks": "1", "starts_at": "12:00", "minutes": "60", "first_on": "2027-01-05", "last_on": "2027-03-09",
        "skipped": "2027-02-16",
    }  # fmt: skip
    client.post(f"{HOME}{activity.pk}/series/", rule)
    assert activity.sessions.count() == 9
    page = client.get(f"{HOME}{activity.pk}/").content.decode()
    assert "Tue 5 Jan 2027, 12:00" in page
    assert "Every week" in page
    refused = client.post(f"{HOME}{activity.pk}/series/", rule | {"skipped": "next Tuesday"})
    assert refused.status_code == 422
    assert "is not a day" in refused.content.decode()


def test_a_time_the_clocks_jump_over_is_refused_beside_its_field(cast: Cast) -> None:
    activity = an_activity(cast, time_zone="America/Chicago")
    said = {"title": "Night", "on": "2027-03-14", "starts_at": "02:30", "ends_at": "04:00", "kind": "lecture"}
    answer = signed_in(cast, "coordinator").post(f"{HOME}{activity.pk}/sessions/new/", said)
    assert answer.status_code == 422
    assert "Choose 03:30" in answer.content.decode()


def test_a_session_is_edited_moved_and_cancelled(cast: Cast) -> None:
    activity = a_ready_course(cast)
    session = activity.sessions.first()
    client = signed_in(cast, "coordinator")
    said = {
        "title": "Recognise early",
        "on": "2027-03-03",
        "starts_at": "08:30",
        "ends_at": "10:00",
        "kind": "workshop",
        "break_minutes": "10",
    }
    client.post(f"{HOME}sessions/{session.pk}/", said)
    session.refresh_from_db()
    assert (session.title, session.kind, session.break_minutes) == ("Recognise early", "workshop", 10)
    assert session.starts_at == dt.datetime(2027, 3, 3, 13, 30, tzinfo=dt.UTC)
    client.post(f"{HOME}sessions/{session.pk}/cancel/")
    session.refresh_from_db()
    assert session.cancelled_at == NOW


def test_a_course_goes_from_credit_to_publication(cast: Cast) -> None:
    activity = a_ready_course(cast)
    client = signed_in(cast, "coordinator")
    page = client.get(f"{HOME}{activity.pk}/credit/").content.decode()
    assert "150 minutes of learning without breaks, worth 2.50" in page
    refused = client.post(f"{HOME}{activity.pk}/publish/", follow=True).content.decode()
    assert "gate.designation" in refused
    client.post(f"{HOME}{activity.pk}/credit/", {"credit": "ama:physician", "maximum": "2.5"})
    done = client.post(f"{HOME}{activity.pk}/publish/", follow=True).content.decode()
    assert "The activity is published." in done
    assert "2.50 AMA PRA Category 1 Credits" in done
    assert "Frozen at publication." in done


def test_objectives_terms_people_and_references_are_kept(cast: Cast) -> None:
    activity = an_activity(cast, gaps=[a_gap(cast)])
    client = signed_in(cast, "coordinator")
    at = f"{HOME}{activity.pk}/"
    client.post(
        f"{at}objectives/",
        {"text_1": "Start the bundle", "kind_1": "skill", "text_2": "Value the team", "kind_2": "attitude"},
    )
    client.post(f"{at}terms/", {"audience": ["physicians"], "competency": ["patient_care"], "theme": ["quality"]})
    client.post(f"{at}people/", {"email": "speaker@example.org", "kind": "faculty", "topic": "Sepsis"})
    client.post(f"{at}references/", {"citation": "Example Society 2026", "kind": "guideline"})
    page = client.get(at).content.decode()
    for text in (
        "Start the bundle",
        "Attitude",
        "Patient care",
        "Quality assessment",
        "Speaker Example",
        "Example Society 2026",
    ):
        assert text in page
    unknown = client.post(f"{at}people/", {"email": "nobody@example.org", "kind": "faculty"})
    assert "Nobody here has this e-mail address." in unknown.content.decode()


@pytest.mark.requirement("WASHU-38", "WASHU-19")
def test_a_course_held_again_asks_what_was_changed(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with time_machine.travel(dt.datetime(2027, 6, 1, 12, tzinfo=dt.UTC)):
        client = signed_in(cast, "coordinator")
        said = {"starts_on": "2028-03-01", "title": activity.title, "request_key": "c1", "what_changed": ""}
        refused = client.post(f"{HOME}{activity.pk}/copy/", said)
        assert "It is not said what was changed because of the last results." in refused.content.decode()
        made = client.post(f"{HOME}{activity.pk}/copy/", said | {"what_changed": "More time to practise."})
        assert "More time to practise." in client.get(made.url).content.decode()
    assert activity.sessions.count() == 2


def test_gates_are_passed_from_the_page(cast: Cast) -> None:
    activity = a_ready_course(cast)
    client = signed_in(cast, "coordinator")
    assert "Pass “Intake accepted”" in client.get(f"{HOME}{activity.pk}/").content.decode()
    done = client.post(f"{HOME}{activity.pk}/gates/G1/", follow=True).content.decode()
    assert "“Intake accepted” is passed." in done
    assert "comes after" in client.post(f"{HOME}{activity.pk}/gates/G7/", follow=True).content.decode()


def test_the_list_pages_by_key_and_keeps_its_filters_in_the_address(cast: Cast) -> None:
    with writes_open("test"):
        Activity.objects.bulk_create(
            Activity(
                provider=cast.home, number=n, title=f"Rounds {n:04}", sort_title=f"rounds {n:04}", format="series", is_series=True,
                time_zone="America/New_York", created_at=NOW,
            )
            for n in range(1, 121)
        )  # fmt: skip
    client = signed_in(cast, "coordinator")
    seen: list[str] = []
    address = f"{HOME}?state=series&sort=title"
    for _ in range(3):
        context = client.get(address).context["table"]
        seen += [row["cells"][0]["text"] for row in context["rows"]]
        address = f"{HOME}{context['next_url']}"
    assert seen == [f"Rounds {n:04}" for n in range(1, 121)]
    assert parse_qs(urlsplit(client.get(f"{HOME}?state=series").context["table"]["next_url"]).query)["state"] == [
        "series"
    ]
    found = client.get(f"{HOME}?q=rounds 0007").context["table"]["rows"]
    assert [row["cells"][0]["text"] for row in found] == ["Rounds 0007"]


def test_a_list_asks_the_database_as_often_for_many_as_for_few(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    client = signed_in(cast, "coordinator")
    with writes_open("test"):
        Activity.objects.bulk_create(
            Activity(
                provider=cast.home,
                number=n,
                title=f"R {n}",
                sort_title=f"r {n}",
                format="series",
                time_zone="UTC",
                created_at=NOW,
                organisation=cast.department,
            )
            for n in range(1, 60)
        )
    with django_assert_max_num_queries(8):
        client.get(HOME)


@pytest.mark.parametrize("who", ["stranger", "other_director", "learner", "leader"])
def test_strangers_learn_nothing(cast: Cast, who: str) -> None:
    activity = an_activity(cast)
    client = signed_in(cast, who)
    for address in ("", f"{activity.pk}/", f"{activity.pk}/edit/", "new/"):
        assert client.get(HOME + address).status_code == 404


def test_a_department_plans_its_own_and_sees_nothing_of_the_neighbour(cast: Cast) -> None:
    activity = an_activity(cast, organisation=cast.department)
    own, neighbour = signed_in(cast, "series_coordinator"), signed_in(cast, "neighbour_series_coordinator")
    assert own.get(f"{HOME}{activity.pk}/edit/").status_code == 200
    assert neighbour.get(f"{HOME}{activity.pk}/").status_code == 404
    assert neighbour.post(f"{HOME}{activity.pk}/edit/", {"title": "x"}).status_code == 404
    assert activity.title not in neighbour.get(HOME).content.decode()


def test_who_may_only_read_finds_no_way_to_write(cast: Cast) -> None:
    activity = a_ready_course(cast)
    client = signed_in(cast, "accreditor")
    page = client.get(f"{HOME}{activity.pk}/").content.decode()
    assert "Add a session" not in page
    assert "Publish the activity" not in page
    for address in ("publish/", "credit/", "gates/G1/", "series/"):
        assert client.post(f"{HOME}{activity.pk}/{address}").status_code == 404
    assert Session.objects.filter(activity=activity, cancelled_at=None).count() == 2


# --- what a planner says of it


@pytest.mark.requirement("UCONN-34", "UCONN-35")
def test_a_planner_says_what_it_is_for_on_one_page(cast: Cast) -> None:
    with_lists(cast.home)
    activity, client = an_activity(cast), signed_in(cast, "coordinator")
    at = f"{HOME}{activity.pk}/"
    form = client.get(f"{at}terms/").content.decode()
    assert form.count('<details class="more">') == 4 and "Who it is for" in form.partition('<details class="more"')[0]
    said = {
        "audience": ["physicians"], "level": "advanced", "career_level": ["trainee"], "ce_purpose": ["professional_relationships"],
        "beneficiary": ["patients", "profession"], "population": ["complex"], "interactivity": "practice",
    }  # fmt: skip
    client.post(f"{at}terms/", said)
    page = client.get(at).content.decode()
    for text in (
        *("Advanced", "Residents and fellows", "Professional relationships", "Patients, The profession"),
        *("Patients with complex medical and surgical needs", "Practising: simulation, skills, own data"),
    ):
        assert text in page
    assert "Level and specialty: Advanced, Residents and fellows" in client.get(f"{at}terms/").content.decode()
    refused = client.post(f"{at}terms/", said | {"level": "expert"})
    assert refused.status_code == 422 and '<details class="more" open>' in refused.content.decode()


@pytest.mark.requirement("WASHU-17")
def test_a_planner_is_asked_to_think_of_the_whole_team(cast: Cast) -> None:
    with_lists(cast.home)
    activity, client = an_activity(cast), signed_in(cast, "coordinator")
    at = f"{HOME}{activity.pk}/"
    page = client.get(at).content.decode()
    assert "Who else on the team learns here?" in page and "Allied health professionals" in page
    client.post(f"{at}terms/", {"content_for": ["nurses"], "team_steps": ["objective"]})
    page = client.get(at).content.decode()
    assert "content of their own for: Physicians; Pharmacists; PAs; Allied health" in page
    checklist = page.partition("Checklist for the whole team")[2].partition("</details>")[0]
    assert checklist.count("<li>") == 5 and checklist.count("Done") == 1
    client.post(f"{at}terms/", {"content_for": ["nurses", "allied_health"]})
    assert "Who else on the team" not in client.get(at).content.decode()
    assert "Who else on the team" not in signed_in(cast, "accreditor").get(at).content.decode()


@pytest.mark.requirement("HMS-31")
def test_the_page_shows_professions_by_specialties(cast: Cast) -> None:
    with_lists(cast.home)
    activity, client = an_activity(cast), signed_in(cast, "coordinator")
    at = f"{HOME}{activity.pk}/"
    assert "Professions by specialties" not in client.get(at).content.decode()
    client.post(f"{at}terms/", {"audience": ["physicians"], "specialty": ["general_surgery", "dermatology"]})
    client.post(f"{at}audience/", {"pairs": ["physicians:dermatology"]})
    table = client.get(at).context["audience"]
    assert [cell["text"] for cell in table["rows"][0]["cells"]] == ["Physicians", "yes", "–"]
    assert [column["label"] for column in table["columns"]] == ["Profession", "Dermatology", "General surgery"]
    refused = client.post(f"{at}audience/", {"pairs": []})
    assert "Not one profession is left" in refused.content.decode()


@pytest.mark.requirement("HMS-07", "HMS-10", "HMS-28", "WASHU-07")
def test_without_gap_evidence_and_review_nothing_is_published_and_the_decisions_stay_on_record(cast: Cast) -> None:
    client, accreditor = signed_in(cast, "coordinator"), signed_in(cast, "accreditor")
    bare = an_activity(cast)
    missing = client.post(f"{HOME}{bare.pk}/publish/", follow=True).content.decode()
    for text in ("The practice gap is not described.", "has fewer than", "has not been approved for validity"):
        assert text in missing, text
    activity = a_ready_course(cast)
    client.post(f"{HOME}{activity.pk}/credit/", {"credit": "ama:physician", "maximum": "2.5"})
    client.post(f"{HOME}{activity.pk}/publish/")
    activity.refresh_from_db()
    assert activity.published_at
    page = accreditor.get(f"{HOME}{activity.pk}/").content.decode()
    record = page.partition("Reviews and decisions")[2]
    for text in (
        "Content review of the whole activity: Reviewer Example",
        "valid, balanced, free of marketing",
        "Sun 22 Nov 2026, 10:00",
    ):
        assert text in record, text
    trail = accreditor.get("/office/home/audit/?verb=content").content.decode()
    assert "Reviewer Example" in trail
    assert "Reviews and decisions" not in signed_in(cast, "finance").get(f"{HOME}{activity.pk}/").content.decode()


def test_a_department_is_offered_only_its_own_organisation(cast: Cast) -> None:
    form = signed_in(cast, "series_coordinator").get(f"{HOME}new/").context["form"]
    assert [label for _, label in form.fields["organisation_id"].choices] == ["Department of Medicine"]
    everything = signed_in(cast, "coordinator").get(f"{HOME}new/").context["form"].fields["organisation_id"].choices
    assert [label for _, label in everything] == [
        "The office itself",
        "Department of Medicine",
        "Department of Surgery",
    ]


def test_what_was_taken_from_other_providers_stands_on_the_page(cast: Cast) -> None:
    activity = an_activity(cast)
    with writes_open("test"):
        taken = Innovation.objects.create(
            provider=cast.home, title="Escape room", origin="others", source="Example University", approach="Teams solve a case against time.",
            decision="adapt", created_at=NOW,
        )  # fmt: skip
        InnovationUse.objects.create(innovation=taken, activity=activity)
    page = signed_in(cast, "coordinator").get(f"{HOME}{activity.pk}/").content.decode()
    assert "Taken from other providers" in page and "Teams solve a case" in page and "Example University" in page


@pytest.mark.requirement("UCONN-24", "UCONN-25")
@pytest.mark.parametrize(
    ("format", "setting", "track"),
    [("centralized", "clinical", "continuing"), ("community_event", "community", "community")],
)
def test_the_office_plans_for_needs_that_departments_share_and_for_their_communities(
    cast: Cast, format: str, setting: str, track: str
) -> None:
    with writes_open("test"):
        Term.objects.create(provider=cast.home, taxonomy="format", key=format, label=format)
    gaps = [
        a_gap(cast, title=f"Naloxone is not at hand, {one.name}", organisation_id=one.pk, setting=setting)
        for one in (cast.department, cast.other_department)
    ]
    client = signed_in(cast, "coordinator")
    said = new(cast, format=format, title="Naloxone for everybody", gaps=[gap.pk for gap in gaps], organisation_id="")
    page = client.get(client.post(f"{HOME}new/", said).url).content.decode()
    activity = Activity.objects.get()
    assert (activity.organisation, activity.track) == (None, track)
    for one in (cast.department, cast.other_department):
        assert f"{one.name}{', community health' if setting == 'community' else ''}</span>" in page
    client.post(f"{HOME}{activity.pk}/edit/", {**said, "format": "live_course"})
    activity.refresh_from_db()
    assert activity.track == "continuing"
