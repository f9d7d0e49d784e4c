"""What visitors read: programs, missions, contact, catalogue, activities; and a person's own page."""

from __future__ import annotations

import datetime as dt
import html
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, override_settings

from cast import Cast
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Role
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.loop.designation.models import Designation
from lifelong.loop.improvement.models import Attainment
from lifelong.loop.integrity.models import LearnerDisclosure
from lifelong.loop.people.models import Affiliation, LearnerProfile, Person, PhoneNumber, RoleGrant
from lifelong.loop.planning.models import Activity, ActivityResult, ActivityTerm, PlanningRole, Session
from lifelong.loop.program import actions, reads
from lifelong.loop.program.models import AccreditedProvider, Term

HOSTILE = '<script>alert("x")</script>'
PROGRAMS = ("hms", "tufts", "uconn", "umass", "washu")


@pytest.fixture
def five(db: None) -> dict[str, AccreditedProvider]:
    return {one.slug: actions.load_profile(SYSTEM, profile=one) for one in reads.shipped_profiles()}


def signed_in(person: Person) -> Client:
    client = Client()
    with writes_open("test"):
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def publish(provider: AccreditedProvider, title: str = "Opioid safety", **values: Any) -> Activity:
    on = clock.today() + dt.timedelta(days=10)
    with writes_open("test"):
        return Activity.objects.create(
            **{
                "provider": provider, "number": 1 + Activity.objects.count(), "title": title, "format": "live_course", "created_at": clock.now(),
                "time_zone": "America/New_York", "starts_on": on, "ends_on": on, "published_at": clock.now(), **values,
            }
        )  # fmt: skip


# --- programs side by side


@pytest.mark.requirement("SCRIPT-12", "TUFTS-65", "UCONN-37", "WASHU-39", "TUFTS-64")
def test_each_program_shows_its_own_words_and_no_others(client: Client, five: dict[str, AccreditedProvider]) -> None:
    front = text_of(client, "/")
    for slug, provider in five.items():
        assert provider.name in front
        page = text_of(client, f"/p/{slug}/")
        assert provider.office_name in page
        assert not [other.name for other in five.values() if other is not provider and other.name in page]
        for key in reads.pages(provider):
            assert text_of(client, f"/p/{slug}/{key}/")


@pytest.mark.requirement("TUFTS-65")
def test_the_mission_has_the_programs_sections_in_its_order(
    client: Client, five: dict[str, AccreditedProvider]
) -> None:
    page = text_of(client, "/p/tufts/mission/")
    mission = reads.mission_in_force(five["tufts"])
    assert mission is not None
    headings = [f">{section.heading}</h2>" for section in mission.sections.all() if section.heading]
    places = [page.index(heading) for heading in headings]
    assert len(places) > 2 and places == sorted(places)


@pytest.mark.requirement("WASHU-39", "TUFTS-64")
def test_objectives_stand_beside_the_mission_with_their_activities(
    client: Client, five: dict[str, AccreditedProvider]
) -> None:
    page = text_of(client, "/p/washu/mission/")
    assert reads.goals(five["washu"], "objective").count() == 7
    assert (
        page.count("for it</a></p>") + page.count("not by single activities</p>") == 7 and "0 activities for it" in page
    )
    assert "Goals" in text_of(client, "/p/tufts/mission/")


def test_a_statement_is_underlined_by_what_was_attained(client: Client, five: dict[str, AccreditedProvider]) -> None:
    results = [one for one in reads.expected_results(five["tufts"]) if one.unit == "percent"]
    year = clock.today("America/New_York").year
    with writes_open("test"):
        shown, hidden = results[1:3]  # what learners were asked
        Attainment.objects.create(
            expected_result=shown, year=year, value=72, low=61, high=81, n=84, asked=132, measured_at=clock.now()
        )
        Attainment.objects.create(
            expected_result=hidden, year=year, value=None, n=3, is_suppressed=True, measured_at=clock.now()
        )
    page = text_of(client, "/p/tufts/mission/")
    assert "72 %" in page and "(61 to 81, n 84 of 132 asked)" in page and 'width="72.00"' in page
    assert "no number is shown" in page


@pytest.mark.requirement("UCONN-37")
def test_about_shows_vision_and_the_list_of_ways(client: Client, five: dict[str, AccreditedProvider]) -> None:
    page = html.unescape(text_of(client, "/p/uconn/about/"))
    vision = reads.goals(five["uconn"], "vision").get()
    assert "Vision" in page and vision.text[:40] in page


def test_unknown_programs_and_pages_are_not_found(client: Client, five: dict[str, AccreditedProvider]) -> None:
    for address in (
        "/p/nowhere/",
        "/p/nowhere/mission/",
        "/p/tufts/whatever/",
        "/p/tufts/emergency/",
        "/p/tufts/activity/999/",
    ):
        text_of(client, address, 404)


def test_every_program_has_its_colours(client: Client, five: dict[str, AccreditedProvider]) -> None:
    sheets = {client.get(f"/p/{slug}/theme.css").content for slug in five}
    assert len(sheets) == 5
    assert client.get("/p/tufts/theme.css")["Content-Type"].startswith("text/css")


def test_robots_keep_out_of_what_belongs_to_people(client: Client, db: None) -> None:
    with override_settings(DEMO=False):
        closed = client.get("/robots.txt").content.decode()
    assert all(f"Disallow: {place}" in closed for place in ("/me/", "/i/", "/office/"))
    assert "Disallow: /\n" in client.get("/robots.txt").content.decode()  # a demo is not to be found


# --- contact


@pytest.mark.requirement("TUFTS-66", "TUFTS-67", "TUFTS-68")
def test_the_director_changes_contact_hours_and_holidays_and_visitors_see_it(client: Client, cast: Cast) -> None:
    director = signed_in(cast.person("director"))
    sent = {
        "address": "145 New Building\nBoston",
        "phone": "617 555 0100",
        "fax": "617 555 0101",
        "email": "ce@example.org",
        "out_of_hours": "Leave a message.",
    }
    sent |= {f"day{number}": "09:00-17:00" for number in range(5)}
    assert director.post("/p/home/contact/edit/", sent).status_code == 302
    director.post("/p/home/contact/holiday/", {"on": str(clock.today("America/New_York")), "label": f"Feast {HOSTILE}"})
    page = text_of(client, "/p/home/contact/")
    for part in (
        "145 New Building",
        "617 555 0101",
        'href="mailto:ce@example.org"',
        "Monday",
        "09:00 to 17:00",
        "Closed today: Feast",
        "Boston",
    ):
        assert part in page
    assert HOSTILE not in page and "Saturday" not in page
    activity = publish(cast.home)
    assert "617 555 0100" in text_of(client, f"/p/home/activity/{activity.pk}/")


def test_wrong_hours_are_said_beside_their_day(cast: Cast) -> None:
    sent = {"address": "x", "phone": "1", "email": "ce@example.org", "day0": "9 to five", "day1": "25:00-26:00"}
    response = signed_in(cast.person("director")).post("/p/home/contact/edit/", sent)
    assert response.status_code == 422 and response.content.decode().count("is not a span of time") >= 2


@pytest.mark.parametrize("who", ["coordinator", "learner", "other_director"])
@pytest.mark.parametrize("rest", ["contact/edit/", "contact/holiday/", "mission/edit/", "mission/tags/"])
def test_only_the_director_has_a_hand_on_visitors_texts(cast: Cast, who: str, rest: str) -> None:
    client = signed_in(cast.person(who))
    assert client.get(f"/p/home/{rest}").status_code == 404
    assert client.post(f"/p/home/{rest}", {"address": "x"}).status_code == 404
    assert not AuditEvent.objects.exists()


@pytest.mark.requirement("UMASS-39")
def test_a_pasted_mission_is_tagged_and_found_by_what_it_says(client: Client, cast: Cast) -> None:
    director = signed_in(cast.person("director"))
    sent = {
        "version": "2027",
        "title": "Mission",
        "effective_from": "2026-11-01",
        "text": f"# Types of activities\nWe study hospital data.\n# {HOSTILE}\nWe teach.",
    }
    assert director.post("/p/home/mission/edit/", sent).status_code == 302
    mission = reads.mission_in_force(cast.home)
    assert mission is not None
    statement = mission.sections.all()[0].statements.all()[0]
    director.post("/p/home/mission/tags/", {"statement": statement.pk, "tags": ["needs_source"]})
    summary = text_of(director, "/p/home/mission/tags/").split('id="summary"')[1]
    assert "<h3>Needs</h3><ul><li>We study hospital data.</li>" in summary
    page = text_of(client, "/p/home/mission/")
    assert HOSTILE not in page and "We teach." in page
    assert director.post("/p/home/mission/edit/", sent).status_code == 422  # the version has its name already


# --- catalogue


@pytest.mark.requirement("UMASS-40")
def test_search_finds_activities_and_pages(client: Client, five: dict[str, AccreditedProvider]) -> None:
    publish(five["umass"])
    page = text_of(client, "/p/umass/search/?q=OPIOID")
    assert "Opioid safety" in page and "noindex" in page
    mission = reads.mission_in_force(five["umass"])
    assert mission is not None
    word = mission.sections.all()[0].statements.all()[0].text.split()[2].strip(",.")
    assert "/p/umass/mission/" in text_of(client, f"/p/umass/search/?q={word}")
    assert "Nothing found" in text_of(client, "/p/umass/search/?q=zzzz")
    assert HOSTILE not in text_of(client, f"/p/umass/search/?q={HOSTILE}")
    assert "Opioid" not in text_of(client, "/p/tufts/search/?q=opioid")


def test_the_catalogue_shows_what_is_published_and_not_over(client: Client, cast: Cast) -> None:
    publish(cast.home, "Open to all")
    publish(cast.home, "Still planned", published_at=None)
    publish(cast.home, "Long over", starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2020, 1, 1))
    publish(cast.elsewhere, "Of others")
    page = text_of(client, "/p/home/catalogue/")
    assert "Open to all" in page
    assert not [title for title in ("Still planned", "Long over", "Of others") if title in page]


def test_facets_narrow_and_stay_in_the_address(client: Client, cast: Cast) -> None:
    theme = Term.objects.get(provider=cast.home, taxonomy="theme", key="quality")
    with writes_open("test"):
        ActivityTerm.objects.create(activity=publish(cast.home, "With the theme"), term=theme)
    publish(cast.home, "Without it", format="series")
    page = text_of(client, f"/p/home/catalogue/?term={theme.pk}")
    assert "With the theme" in page and "Without it" not in page
    assert "Without it" in text_of(client, "/p/home/catalogue/?format=series")
    assert f"format=series&amp;term={theme.pk}" in page


def test_the_catalogue_is_paged_by_key(client: Client, cast: Cast) -> None:
    for number in range(30):
        publish(cast.home, f"Activity {number:02}")
    first = client.get("/p/home/catalogue/")
    second = client.get("/p/home/catalogue/" + first.context["next_url"])
    titles = [[card["activity"].title for card in page.context["cards"]] for page in (first, second)]
    assert len(titles[0]) == 24 and len(titles[1]) == 6 and not set(titles[0]) & set(titles[1])


def test_a_page_of_the_catalogue_costs_few_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        activity = publish(cast.home, f"Activity {number}")
        with writes_open("test"):
            PlanningRole.objects.create(
                activity=activity, person=cast.person("speaker"), kind="faculty", asked_at=clock.now()
            )
    with django_assert_max_num_queries(14):
        client.get("/p/home/catalogue/")


def designated(cast: Cast) -> Activity:
    activity = publish(cast.home)
    with writes_open("test"):
        for system, profession in (("ama", "physician"), ("ancc", "nurse")):
            Designation.objects.create(
                activity=activity, credit_system=system, profession=profession, maximum=Decimal("1.50"), increment=Decimal("0.25"),
                unit="credit", rule_book_version="test", designated_at=clock.now(),
            )  # fmt: skip
        PlanningRole.objects.create(
            activity=activity, person=cast.person("speaker"), kind="faculty", asked_at=clock.now()
        )
        Affiliation.objects.filter(person=cast.person("speaker")).update(reach="international")
        LearnerDisclosure.objects.create(
            activity=activity, text=f"Speaker Example has nothing. {HOSTILE}", shown_from=clock.now()
        )
    return activity


@pytest.mark.requirement("TUFTS-15")
def test_an_activity_says_when_for_whom_what_credit_and_what_was_disclosed(client: Client, cast: Cast) -> None:
    address = f"/p/home/activity/{designated(cast).pk}/"
    page = text_of(client, address)
    for part in (
        "1.5",
        "AMA PRA Category 1",
        "Nursing contact hours",
        "Speaker Example",
        "has nothing",
        "1 international",
        "ce@home.example.org",
    ):
        assert part in page
    assert HOSTILE not in page
    assert "AMA PRA" not in text_of(client, f"{address}?for=nurse")
    assert "Nursing contact hours" not in text_of(
        signed_in(cast.person("learner")), address
    )  # a physician reads their own credit


def test_what_is_not_published_or_of_others_does_not_exist(client: Client, cast: Cast) -> None:
    hidden, other = publish(cast.home, published_at=None), publish(cast.elsewhere)
    for one in (client, signed_in(cast.person("director"))):
        assert one.get(f"/p/home/activity/{hidden.pk}/").status_code == 404
        assert one.get(f"/p/home/activity/{other.pk}/").status_code == 404


@pytest.mark.requirement("UMASS-22", "UCONN-04")
def test_community_education_is_open_to_all_and_carries_no_credit(
    client: Client, five: dict[str, AccreditedProvider]
) -> None:
    talk = publish(five["uconn"], "Ticks in summer", track="community", format="community_event")
    assert "Ticks in summer" in text_of(client, "/p/uconn/community/")
    page = text_of(client, f"/p/uconn/activity/{talk.pk}/")
    assert "this is for everybody" in page and "Credit for you" not in page


# --- a person's own page


def test_a_profile_is_ones_own(client: Client, cast: Cast) -> None:
    assert client.get("/me/profile/").status_code == 302
    learner = signed_in(cast.person("learner"))
    sent = {
        "given_name": "Lee", "family_name": "Zuñiga", "profession": "physician", "career_level": "resident", "country": "us", "state": "ma",
        "npi": "1234567890", "birth_month_day": "0229",
    }  # fmt: skip
    refused = learner.post("/me/profile/", sent)
    assert refused.status_code == 422 and "last digit does not fit" in refused.content.decode()
    assert learner.post("/me/profile/", sent | {"npi": "1234567893"}).status_code == 302
    profile = LearnerProfile.objects.get(person=cast.person("learner"))
    assert (profile.birth_month_day, profile.state, profile.career_level) == ("0229", "MA", "resident")


def test_a_phone_is_linked_and_unlinked_by_its_owner(cast: Cast) -> None:
    learner, nurse = signed_in(cast.person("learner")), signed_in(cast.person("nurse"))
    learner.post("/me/profile/phone/", {"number": "555 010 0123"})
    phone = PhoneNumber.objects.get()
    assert nurse.get(f"/me/profile/phone/{phone.pk}/").status_code == 404
    assert nurse.post(f"/me/profile/phone/{phone.pk}/unlink/").status_code == 404
    assert learner.post(f"/me/profile/phone/{phone.pk}/", {"code": phone.verify_code}).status_code == 302
    assert "Linked" in text_of(learner, "/me/profile/")
    learner.post(f"/me/profile/phone/{phone.pk}/unlink/")
    assert not PhoneNumber.objects.exists()


def test_consent_is_given_and_taken_back_on_the_page(cast: Cast) -> None:
    learner = signed_in(cast.person("learner"))
    learner.post("/me/profile/consent/", {"body": "PARS", "give": "yes"})
    assert "Stop sending to PARS" in text_of(learner, "/me/profile/")
    learner.post("/me/profile/consent/", {"body": "PARS", "give": "no"})
    learner.post("/me/profile/consent/", {"body": "Anybody", "give": "yes"})
    assert "Stop sending" not in text_of(learner, "/me/profile/")


@pytest.fixture
def demo_director(cast: Cast) -> Person:
    with writes_open("test"):
        person = Person.objects.create(
            email="director@home.demo.example",
            given_name="Demo",
            family_name="Director",
            created_at=clock.now(),
            password="!",
        )
        RoleGrant.objects.create(person=person, role=Role.DIRECTOR.value, provider=cast.home, granted_at=clock.now())
    return person


def test_a_demo_signs_in_its_made_up_people_with_one_click(client: Client, demo_director: Person) -> None:
    assert "Director" in text_of(client, "/account/login/")
    assert client.get(f"/account/demo/?person={demo_director.pk}").status_code == 200
    assert "_auth_user_id" not in client.session  # only a POST signs in
    response = client.post("/account/demo/", {"person": demo_director.pk, "next": "https://elsewhere.example/"})
    assert response["Location"] == "/home/" and client.session["_auth_user_id"] == str(demo_director.pk)


def test_the_demo_door_never_opens_a_real_account(client: Client, cast: Cast, demo_director: Person) -> None:
    assert client.post("/account/demo/", {"person": cast.person("director").pk}).status_code == 404
    with override_settings(DEMO=False):
        assert client.get("/account/demo/").status_code == 404
        assert client.post("/account/demo/", {"person": demo_director.pk}).status_code == 404
        assert "Try it as somebody" not in text_of(client, "/account/login/")
    assert "_auth_user_id" not in client.session


# --- what a program asks of its catalogue


def carrying(provider: AccreditedProvider, title: str, taxonomy: str, key: str) -> Term:
    term = Term.objects.get(provider=provider, taxonomy=taxonomy, key=key)
    with writes_open("test"):
        ActivityTerm.objects.create(activity=publish(provider, title), term=term)
    return term


@pytest.mark.requirement("WASHU-02", "HMS-03", "UMASS-20")
@pytest.mark.parametrize(
    ("slug", "taxonomy", "key", "label"),
    [("washu", "learner_purpose", "refresh", "Refresh what you know"), ("hms", "content_area", "leadership", "Leadership"),
     ("umass", "level", "advanced", "Advanced"), ("umass", "career_level", "early", "Early in practice")],
)  # fmt: skip
def test_the_catalogue_filters_by_what_activities_say_of_themselves(
    client: Client, five: dict[str, AccreditedProvider], slug: str, taxonomy: str, key: str, label: str
) -> None:
    publish(five[slug], "Everything else")
    before = text_of(client, f"/p/{slug}/catalogue/")
    assert f">{label}</a>" not in before
    term = carrying(five[slug], "The wanted one", taxonomy, key)
    page = text_of(client, f"/p/{slug}/catalogue/")
    assert f'href="?term={term.pk}">{label}</a>' in page and "Everything else" in page
    narrowed = text_of(client, f"/p/{slug}/catalogue/?term={term.pk}")
    assert "The wanted one" in narrowed and "Everything else" not in narrowed


@pytest.mark.requirement("WASHU-30")
def test_an_objective_lists_its_activities_once_each(client: Client, five: dict[str, AccreditedProvider]) -> None:
    washu = five["washu"]
    goal = reads.goals(washu, "objective").get(key="knowledge_and_skills")
    assert "No activity is published for it yet." in text_of(client, f"/p/washu/objectives/{goal.pk}/")
    course, other = publish(washu, "New skills"), publish(washu, "Something else")
    draft = publish(washu, "Not yet", published_at=None)
    with writes_open("test"):
        for link in goal.goal_results.all():
            for one in (course, draft):
                ActivityResult.objects.create(activity=one, expected_result=link.expected_result)
    page = text_of(client, f"/p/washu/objectives/{goal.pk}/")
    assert page.count(f"/p/washu/activity/{course.pk}/") == 1
    assert other.title not in page and draft.title not in page
    assert f'<a href="/p/washu/objectives/{goal.pk}/">1 activity for it</a>' in text_of(client, "/p/washu/mission/")
    text_of(client, f"/p/tufts/objectives/{goal.pk}/", 404)


@pytest.mark.requirement("TUFTS-30")
def test_a_restricted_activity_is_hidden_from_outside_learners(client: Client, cast: Cast) -> None:
    opened = publish(cast.home, "For everybody", registration_required=True)
    kept = publish(cast.home, "For our own", registration_required=True, is_open_to_all=False)
    with writes_open("test"):
        outside = signed_in(cast.person("stranger"))
    for visitor in (client, outside):
        for address in ("", "catalogue/", "search/?q=for"):
            page = text_of(visitor, f"/p/home/{address}")
            assert "For everybody" in page and "For our own" not in page
        text_of(visitor, f"/p/home/activity/{kept.pk}/", 404)
    assert "Register" in text_of(outside, f"/p/home/activity/{opened.pk}/")
    outside.post(f"/me/register/{opened.pk}/")
    assert opened.registrations.filter(person=cast.person("stranger"), state="registered").exists()
    text_of(outside, f"/me/register/{kept.pk}/", 404)
    assert "For our own" in text_of(signed_in(cast.person("nurse")), "/p/home/catalogue/")


def test_a_running_series_shows_its_next_session(client: Client, cast: Cast) -> None:
    first = clock.today() - dt.timedelta(days=60)
    rounds = publish(
        cast.home, "Rounds", format="series", is_series=True, starts_on=first, ends_on=first + dt.timedelta(days=300)
    )
    at = dt.datetime.combine(clock.today() + dt.timedelta(days=3), dt.time(17), tzinfo=dt.UTC)
    with writes_open("test"):
        Session.objects.create(
            activity=rounds, number=1, title="Rounds", starts_at=at, ends_at=at + dt.timedelta(hours=1)
        )
    for address in ("/p/home/", "/p/home/catalogue/", "/p/home/search/?q=rounds"):
        assert day(at.date(), "short") in text_of(client, address), address
