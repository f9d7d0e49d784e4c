"""The pages of People: find, add, give and end roles, merge, keys of machines, organisations; and the audit trail."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from cast import Cast, make_person
from lifelong.entrypoints.web.templatetags.sign_in_words import sentence_case
from lifelong.kernel.access import Role
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.loop.people import actions
from lifelong.loop.people.models import AccessToken, Affiliation, Person, RoleGrant
from lifelong.loop.people.reads import actor_of, token_actor
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import Organisation
from planned import an_activity

HOME = "/office/home/people/"
TRAIL = "/office/home/audit/"


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("login"):
        client.force_login(cast.person(who))
    return client


def page(cast: Cast, who: str, address: str) -> str:
    return signed_in(cast, who).get(address).content.decode()


def at(cast: Cast, who: str) -> str:
    return f"{HOME}{cast.person(who).pk}/"


def test_people_are_found_by_family_name_or_whole_address(cast: Cast) -> None:
    with writes_open("test"):
        make_person("ana_zeller", provider=cast.home)
    assert "Ana Zeller" in page(cast, "coordinator", f"{HOME}?q=zel")
    assert "Ana Zeller" in page(cast, "coordinator", f"{HOME}?q=ana_zeller@example.org")
    assert "Ana Zeller" not in page(cast, "coordinator", f"{HOME}?q=ana")
    assert "Nobody found" in page(cast, "coordinator", f"{HOME}?q=other_director@example.org")


def test_the_list_goes_on_where_the_page_ends(cast: Cast) -> None:
    with writes_open("test"):
        Person.objects.bulk_create(
            Person(email=f"q{n}@example.org", given_name="Q", family_name=f"Qq{n:03}", created_at="2026-01-01T00:00Z")
            for n in range(70)
        )
        Affiliation.objects.bulk_create(
            Affiliation(person=one, provider=cast.home, sort_name=one.family_name.lower() + ", q")
            for one in Person.objects.filter(given_name="Q")
        )
    client = signed_in(cast, "coordinator")
    first = client.get(f"{HOME}?q=qq").context["table"]
    second = client.get(f"{HOME}{first['next_url']}").context["table"]
    names = [row["cells"][0]["text"] for row in first["rows"] + second["rows"]]
    assert names == [f"Q Qq{n:03}" for n in range(70)]
    assert second["next_url"] == ""


def test_a_long_list_asks_no_more_of_the_database(cast: Cast, django_assert_max_num_queries: object) -> None:
    client = signed_in(cast, "coordinator")
    client.get(HOME)
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # session, person, grants, program, list, messages
        client.get(HOME)


def test_a_person_is_added_once_and_then_has_a_role(cast: Cast) -> None:
    client = signed_in(cast, "director")
    said = {"email": "New@Example.org", "given_name": "Nia", "family_name": "Newcomb", "is_affiliated": "on"}
    opened = client.post(f"{HOME}new/", said).url
    assert client.post(f"{HOME}new/", said).url == opened
    answer = client.post(f"{opened}roles/", {"grant-role": "coordinator"}, follow=True).content.decode()
    assert "The role is given." in answer
    assert "the whole program" in answer
    nia = Person.objects.get(email="new@example.org")
    assert actor_of(nia).roles == {Role.COORDINATOR}


def test_a_role_of_a_department_asks_which(cast: Cast) -> None:
    client = signed_in(cast, "director")
    refused = client.post(f"{at(cast, 'learner')}roles/", {"grant-role": "applicant"})
    assert refused.status_code == 422
    assert "belongs to one department" in refused.content.decode()
    said = {"grant-role": "applicant", "grant-organisation": cast.department.pk}
    assert "Department of Medicine" in client.post(f"{at(cast, 'learner')}roles/", said, follow=True).content.decode()


def test_a_role_on_an_activity_needs_one_of_this_program(cast: Cast) -> None:
    activity = an_activity(cast)
    with writes_open("test"):
        far = Activity.objects.create(
            provider=cast.elsewhere,
            number=1,
            title="Far",
            format="live_course",
            time_zone="UTC",
            created_at=activity.created_at,
        )
    client = signed_in(cast, "director")
    refused = client.post(f"{at(cast, 'learner')}roles/", {"grant-role": "planner", "grant-activity_id": far.pk})
    assert refused.status_code == 422
    assert "There is no such activity here." in refused.content.decode()
    client.post(f"{at(cast, 'learner')}roles/", {"grant-role": "planner", "grant-activity_id": activity.pk})
    assert RoleGrant.objects.get(person=cast.person("learner")).activity_id == activity.pk


def test_a_role_ends_at_once_but_not_the_last_directors(cast: Cast) -> None:
    client = signed_in(cast, "director")
    grant = RoleGrant.objects.get(person=cast.person("finance"))
    assert (
        "The role is ended." in client.post(f"{at(cast, 'finance')}roles/{grant.pk}/end/", follow=True).content.decode()
    )
    assert not actor_of(cast.person("finance")).grants
    own = RoleGrant.objects.get(person=cast.person("director"))
    refused = client.post(f"{at(cast, 'director')}roles/{own.pk}/end/")
    assert refused.status_code == 422
    assert "only director" in refused.content.decode()


def test_a_role_is_ended_only_on_the_page_of_who_holds_it(cast: Cast) -> None:
    grant = RoleGrant.objects.get(person=cast.person("finance"))
    client = signed_in(cast, "director")
    assert client.post(f"{at(cast, 'learner')}roles/{grant.pk}/end/").status_code == 404
    elsewhere = RoleGrant.objects.get(person=cast.person("other_finance"))
    assert client.post(f"{at(cast, 'finance')}roles/{elsewhere.pk}/end/").status_code == 404


def test_a_coordinator_sees_people_and_gives_no_role(cast: Cast) -> None:
    text = page(cast, "coordinator", at(cast, "learner"))
    assert "Give this role" not in text
    assert "nobody: no consent given" in text
    answer = signed_in(cast, "coordinator").post(f"{at(cast, 'learner')}roles/", {"grant-role": "director"})
    assert answer.status_code == 404
    assert not RoleGrant.objects.filter(person=cast.person("learner")).exists()


def test_consent_shows_on_the_page_of_a_person(cast: Cast) -> None:
    actions.give_consent(cast.actor("learner"), cast.person("learner"), body="PARS")
    assert "PARS, since" in page(cast, "director", at(cast, "learner"))


@pytest.mark.requirement("TUFTS-15")
def test_how_far_a_teacher_is_known_is_kept(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    client.post(f"{at(cast, 'speaker')}reach/", {"reach-reach": "national"})
    tie = Affiliation.objects.get(person=cast.person("speaker"))
    assert (tie.reach, tie.is_affiliated) == ("national", False)
    found = client.get(f"{HOME}?reach=national").context["table"]["rows"]
    assert [row["cells"][0]["text"] for row in found] == ["Speaker Example"]


def test_duplicates_are_read_as_one_and_taken_apart_again(cast: Cast) -> None:
    client = signed_in(cast, "director")
    done = client.post(f"{at(cast, 'learner')}merge/", {"merge-email": "nurse@example.org"}, follow=True)
    assert "read as one" in done.content.decode()
    nurse = cast.person("nurse")
    assert Person.objects.get(pk=nurse.pk).merged_into_id == cast.person("learner").pk
    client.post(f"{at(cast, 'learner')}separate/{nurse.pk}/")
    assert Person.objects.get(pk=nurse.pk).merged_into_id is None


def test_nobody_of_another_program_is_merged(cast: Cast) -> None:
    client = signed_in(cast, "director")
    for email in ("other_finance@example.org", "never.was@example.org"):
        refused = client.post(f"{at(cast, 'learner')}merge/", {"merge-email": email})
        assert refused.status_code == 422
        assert "Nobody in this program has this e-mail address." in refused.content.decode()


def test_a_key_is_shown_once_and_ends_at_once(cast: Cast) -> None:
    client = signed_in(cast, "director")
    shown = client.post(f"{HOME}keys/", {"name": "Kiosk in hall 2"}).content.decode()
    secret = re.search(r"<code>([\w-]{40,})</code>", shown)
    assert secret is not None
    kept = AccessToken.objects.get()
    assert secret.group(1) not in client.get(f"{HOME}keys/").content.decode()
    assert token_actor(kept.digest) is not None
    client.post(f"{HOME}keys/{kept.pk}/end/")
    assert token_actor(kept.digest) is None
    assert "Ended" in client.get(f"{HOME}keys/").content.decode()


def test_organisations_are_added_by_the_director_alone(cast: Cast) -> None:
    said = {"name": "City Hospital", "kind": "hospital", "is_eligible": "on", "parent": cast.department.pk}
    refused = signed_in(cast, "coordinator").post(f"{HOME}organisations/", said)
    assert refused.status_code == 422
    assert not Organisation.objects.filter(name="City Hospital").exists()
    made = signed_in(cast, "director").post(f"{HOME}organisations/", said, follow=True).content.decode()
    assert "City Hospital is on the list." in made
    assert Organisation.objects.get(name="City Hospital").parent_id == cast.department.pk


def test_the_trail_tells_who_did_what(cast: Cast) -> None:
    signed_in(cast, "director").post(f"{at(cast, 'learner')}roles/", {"grant-role": "leader"})
    text = page(cast, "accreditor", TRAIL)
    assert "Role granted" in text
    assert "Director Example" in text
    assert "Nothing of this kind" in page(cast, "accreditor", f"{TRAIL}?verb=credit")
    assert (
        "Role granted"
        in page(cast, "accreditor", f"{TRAIL}?verb=role.granted&email=director@example.org").split("<table")[-1]
    )
    assert "Nothing of this kind" in page(cast, "accreditor", f"{TRAIL}?email=never.was@example.org")


def test_the_trail_is_of_one_program_and_read_in_two_queries(cast: Cast, django_assert_max_num_queries: object) -> None:
    with writes_open("test"):
        AuditEvent.objects.bulk_create(
            AuditEvent(at="2026-11-01T12:00Z", verb="gap.registered", person_id=cast.person("director").pk, channel="web",
                       provider_id=provider.pk, subject_type="practicegap", subject_id=n)
            for provider, n in [(cast.home, n) for n in range(60)] + [(cast.elsewhere, 1000)]
        )  # fmt: skip
    client = signed_in(cast, "accreditation_manager")
    first = client.get(TRAIL).context["table"]
    second = client.get(f"{TRAIL}{first['next_url']}").context["table"]
    things = [row["cells"][3]["text"] for row in first["rows"] + second["rows"]]
    assert things == [f"practicegap {n}" for n in range(59, -1, -1)]
    assert len(client.get(f"{TRAIL}?kind=practicegap&number=7").context["table"]["rows"]) == 1
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # session, person, grants, program; then acts and names
        client.get(TRAIL)


def test_who_asks_somebody_unknown_into_a_role_is_led_to_where_people_are_added(cast: Cast) -> None:
    """What was typed comes along; who may not add people gets the sentence without the link."""
    activity = an_activity(cast, organisation=cast.department)
    typed = {"email": '"><b>new@example.org', "kind": "faculty"}
    address = f"/office/home/planning/{activity.pk}/people/"
    client = signed_in(cast, "coordinator")
    assert "<b>new" not in client.post(address, typed).content.decode()
    page_after = client.post(address, typed | {"email": "new@example.org"}).content.decode()
    link = re.search(r'href="(/office/home/people/new/)"', page_after)
    assert link is not None
    assert 'value="new@example.org"' in client.get(link.group(1)).content.decode()
    told = signed_in(cast, "applicant").post(address, typed | {"email": "new@example.org"})
    assert told.status_code == 422
    assert "Add the person under People first" in told.content.decode()
    assert "people/new" not in told.content.decode().split("<main")[1]


def test_the_pages_of_the_login_library_and_of_faults_know_who_is_signed_in(cast: Cast) -> None:
    client = signed_in(cast, "coordinator")
    for address in ("/account/2fa/", "/no/such/page/"):
        shown = client.get(address).content.decode()
        assert "Signed in as" in shown
        assert "Code:" not in shown and "not_found" not in shown
    assert "Signed in as" not in Client().get("/no/such/page/").content.decode()


def test_words_of_the_login_library_are_sentences(db: None) -> None:
    shown = Client().get("/account/login/").content.decode()
    assert "Sign in" in shown
    assert "Sign In" not in shown
    assert sentence_case("Enter Sign-In Code") == "Enter sign-in code"
    assert sentence_case("Two-Factor Authentication. Please wait") == "Two-factor authentication. Please wait"
    assert sentence_case("Sign in to Lifelong") == "Sign in to Lifelong"


def test_an_authenticator_app_scans_an_image_of_our_own(cast: Cast) -> None:
    client = signed_in(cast, "learner")
    assert client.get("/account/2fa/totp/qr.svg").status_code == 302  # nothing is being set up
    shown = client.get("/account/2fa/totp/activate/")
    assert "data:image" not in shown.content.decode()
    drawn = client.get("/account/2fa/totp/qr.svg")
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "no-store" in drawn.headers["Cache-Control"]
    assert client.get("/account/2fa/webauthn/").status_code == 200
