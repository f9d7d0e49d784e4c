"""People: one address one person, checked identifiers, roles that end at once, phones that are proven."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Permission, Role, may
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.people import actions, reads
from lifelong.loop.people.identifiers import birth_problem, npi_problem, phone_number
from lifelong.loop.people.models import Affiliation, PhoneNumber, RoleGrant
from lifelong.loop.planning.models import Activity, PlanningRole

HOSTILE = '<script>alert("x")</script>'


def add(cast: Cast, email: str, **values: Any) -> Any:
    values = {"given_name": "Ada", "family_name": "Rivera", "provider": cast.home, **values}
    return actions.create_person(cast.actor("coordinator"), email=email, **values)


def an_activity(provider: Any) -> Activity:
    """Call with the door open."""
    return Activity.objects.create(
        provider=provider, title="Rounds", format="live_course", number=1, time_zone="UTC", created_at=clock.now()
    )


def test_an_address_is_one_person_whatever_its_case(cast: Cast) -> None:
    person = add(cast, "Ada.Rivera@Example.org")
    assert add(cast, "ada.rivera@example.ORG", given_name="Other").pk == person.pk
    assert reads.person_by_email(" ADA.Rivera@example.org ") == person
    assert person.given_name == "Ada"
    assert AuditEvent.objects.filter(verb="person.added").count() == 1


def test_a_known_person_of_another_program_gets_an_affiliation(cast: Cast) -> None:
    add(cast, "learner@example.org")
    add(cast, "other_director@example.org")
    assert set(
        Affiliation.objects.filter(person=cast.person("other_director")).values_list("provider__slug", flat=True)
    ) == {"home", "elsewhere"}


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@example.org", "<a@example.org>", "a@example.org,b@example.org"]
)
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(Problem, match="not an e-mail address"):
        add(cast, email)


@pytest.mark.parametrize("who", ["learner", "leader", "finance", "other_coordinator", "stranger"])
def test_only_who_may_invite_adds_people(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        actions.create_person(
            cast.actor(who), email="new@example.org", given_name="N", family_name="P", provider=cast.home
        )


def test_a_series_coordinator_adds_people_in_the_own_department_only(cast: Cast) -> None:
    mine = cast.actor("series_coordinator")
    values = {"email": "new@example.org", "given_name": "N", "family_name": "P", "provider": cast.home}
    assert actions.create_person(mine, organisation=cast.department, **values).pk
    with pytest.raises(NotAllowed):
        actions.create_person(mine, organisation=cast.other_department, **values)


@pytest.mark.parametrize(
    ("npi", "good"), [("1234567893", True), ("1234567890", False), ("3234567893", False), ("12345", False), ("", True)]
)
def test_an_npi_is_checked_by_its_last_digit(npi: str, good: bool) -> None:
    assert (npi_problem(npi) is None) is good


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("0229", True),
        ("0230", False),
        ("1301", False),
        ("0431", False),
        ("0412", True),
        ("412", False),
        ("٠٤١٢", False),
    ],
)
def test_birth_is_month_and_day_with_leap_day(typed: str, good: bool) -> None:
    assert (birth_problem(typed) is None) is good


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("555 010 0123", "+15550100123"),
        ("+44 20 7946 0958", "+442079460958"),
        ("1-555-010-0123", "+15550100123"),
        ("12", ""),
    ],
)
def test_phone_numbers_are_kept_in_one_form(typed: str, number: str) -> None:
    assert phone_number(typed) == number


def test_a_profile_says_every_wrong_field_at_once(cast: Cast) -> None:
    learner = cast.person("learner")
    with pytest.raises(Problem) as refusal:
        actions.save_profile(
            cast.actor("learner"), learner, npi="1", licence_state="ZZ", birth_month_day="1340", nabp_profile_id="12a45"
        )
    assert {reason.field for reason in refusal.value.reasons} == {
        "npi",
        "licence_state",
        "birth_month_day",
        "nabp_profile_id",
    }
    learner.refresh_from_db()
    assert learner.profile.npi == "1234567893"


def test_a_profile_is_saved_by_its_owner_only(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        actions.save_profile(cast.actor("director"), cast.person("learner"), city="Boston")
    saved = actions.save_profile(
        cast.actor("learner"), cast.person("learner"), family_name="Zuñiga", career_level="resident"
    )
    assert saved.profile.career_level == "resident"
    assert Affiliation.objects.get(person=saved).sort_name.startswith("zuñiga")
    actions.save_profile(cast.actor("learner"), saved, career_level="resident")
    assert AuditEvent.objects.filter(verb="profile.saved").count() == 1  # the same again changes nothing


def test_a_role_holds_from_grant_to_revocation(cast: Cast) -> None:
    director, person = cast.actor("director"), cast.person("learner")
    grant = actions.grant_role(director, cast.home, person=person, role=Role.COORDINATOR)
    assert actions.grant_role(director, cast.home, person=person, role="coordinator").pk == grant.pk
    assert may(reads.actor_of(person), Permission.PUBLISH, cast.home)
    actions.revoke_role(director, grant)
    assert not may(reads.actor_of(person), Permission.PUBLISH, cast.home)


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("operator", "role.unknown"),
        ("queen", "role.unknown"),
        ("applicant", "role.organisation"),
        ("course_director", "role.activity"),
    ],
)
def test_a_role_needs_its_place(cast: Cast, role: str, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        actions.grant_role(cast.actor("director"), cast.home, person=cast.person("learner"), role=role)
    assert refusal.value.code == code


@pytest.mark.parametrize("who", ["coordinator", "accreditation_manager", "other_director", "operator"])
def test_only_a_director_grants_roles(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        actions.grant_role(cast.actor(who), cast.home, person=cast.person(who), role=Role.DIRECTOR)


def test_the_last_director_stays(cast: Cast) -> None:
    grant = RoleGrant.objects.get(person=cast.person("director"))
    with pytest.raises(Problem, match="only director"):
        actions.revoke_role(cast.actor("director"), grant)


def test_a_phone_is_proven_by_its_code(cast: Cast) -> None:
    actor, person = cast.actor("learner"), cast.person("learner")
    phone = actions.link_phone(actor, person, number="555 010 0123")
    assert reads.person_of_phone("+15550100123") is None
    wrong = f"{(int(phone.verify_code) + 1) % 10**6:06d}"
    for _ in range(actions.CODE_TRIES):
        with pytest.raises(Problem, match="not the code"):
            actions.verify_phone(actor, phone, code=wrong)
    with pytest.raises(Problem, match="no longer counts"):
        actions.verify_phone(actor, phone, code=phone.verify_code)  # guessing ends, even with the right code
    with writes_open("test"):
        PhoneNumber.objects.update(code_sent_at=clock.now() - dt.timedelta(minutes=2))
    phone = actions.link_phone(actor, person, number="5550100123")
    actions.verify_phone(actor, phone, code=phone.verify_code)
    assert reads.person_of_phone("+15550100123") == person


def test_a_number_belongs_to_one_person(cast: Cast) -> None:
    phone = actions.link_phone(cast.actor("learner"), cast.person("learner"), number="5550100123")
    actions.verify_phone(cast.actor("learner"), phone, code=phone.verify_code)
    with pytest.raises(Problem, match="belongs to one person"):
        actions.link_phone(cast.actor("nurse"), cast.person("nurse"), number="555-010-0123")
    with pytest.raises(NotAllowed):
        actions.verify_phone(cast.actor("nurse"), phone, code="000000")


def test_consent_is_given_once_and_withdrawn(cast: Cast) -> None:
    actor, person = cast.actor("learner"), cast.person("learner")
    first = actions.give_consent(actor, person, body="ABIM")
    assert actions.give_consent(actor, person, body="ABIM").pk == first.pk
    actions.withdraw_consent(actor, person, body="ABIM")
    assert reads.consents(person) == []
    with pytest.raises(NotAllowed):
        actions.give_consent(cast.actor("director"), person, body="ABIM")


def test_a_token_is_shown_once_and_ends_when_revoked(cast: Cast) -> None:
    row, secret = actions.issue_token(cast.actor("director"), cast.home, name="Front desk")
    assert secret not in row.digest
    actor = reads.token_actor(row.digest)
    assert actor is not None and actor.roles == {Role.INTEGRATION}
    actions.revoke_token(cast.actor("director"), row)
    assert reads.token_actor(row.digest) is None


def test_a_merge_moves_nothing_and_can_be_taken_back(cast: Cast) -> None:
    director, twin = cast.actor("director"), add(cast, "twin@example.org")
    actions.merge_people(director, cast.home, duplicate=twin, into=cast.person("learner"))
    assert reads.same_human(cast.person("learner").pk) == [cast.person("learner").pk, twin.pk]
    assert reads.person_by_email("twin@example.org") == cast.person("learner")
    actions.separate_people(director, cast.home, duplicate=twin)
    assert reads.same_human(cast.person("learner").pk) == [cast.person("learner").pk]


def test_a_merge_never_hands_over_a_role_or_a_stranger(cast: Cast) -> None:
    director = cast.actor("director")
    with pytest.raises(Problem, match="still holds a role"):
        actions.merge_people(director, cast.home, duplicate=cast.person("coordinator"), into=cast.person("learner"))
    with pytest.raises(Problem, match="not known"):
        actions.merge_people(director, cast.home, duplicate=cast.person("other_director"), into=cast.person("learner"))


def test_an_account_that_another_program_uses_is_not_closed_from_here(cast: Cast, taught_elsewhere: Any) -> None:
    """Neither by a tie to the other program nor by what was done there without one."""
    director, tied, spoke = cast.actor("director"), add(cast, "tied@example.org"), taught_elsewhere
    add(cast, "tied@example.org")
    actions.create_person(
        cast.actor("other_coordinator"),
        email="tied@example.org",
        given_name="A",
        family_name="R",
        provider=cast.elsewhere,
    )
    for one in (tied, spoke):
        with pytest.raises(Problem) as refusal:
            actions.merge_people(director, cast.home, duplicate=one, into=cast.person("learner"))
        assert refusal.value.code == "merge.elsewhere"
        one.refresh_from_db()
        assert one.is_active and one.merged_into is None
    both = replace(director, grants=(*director.grants, *cast.actor("other_director").grants))
    assert not actions.merge_people(both, cast.home, duplicate=spoke, into=cast.person("learner")).is_active
    with pytest.raises(Problem, match="another program"):
        actions.separate_people(director, cast.home, duplicate=spoke)


@pytest.fixture
def taught_elsewhere(cast: Cast) -> Any:
    """Somebody home knows, who has a part in an activity of the other program and no tie to it."""
    person = add(cast, "spoke@example.org")
    with writes_open("test"):
        activity = an_activity(cast.elsewhere)
        PlanningRole.objects.create(activity=activity, person=person, kind="faculty", asked_at=clock.now())
    return person


def test_two_accounts_of_a_merged_person_text_as_one(cast: Cast) -> None:
    twin = add(cast, "twin@example.org")
    with writes_open("test"):
        PhoneNumber.objects.create(person=twin, number="+15550100123", verified_at=clock.now())
    actions.merge_people(cast.actor("director"), cast.home, duplicate=twin, into=cast.person("learner"))
    assert reads.person_of_phone("+15550100123") == cast.person("learner")


@pytest.mark.parametrize("where", ["elsewhere", "other_department"])
def test_a_role_on_an_activity_is_given_where_the_activity_is(cast: Cast, where: str) -> None:
    with writes_open("test"):
        activity = an_activity(cast.elsewhere if where == "elsewhere" else cast.home)
    organisation = cast.department if where == "other_department" else None
    with pytest.raises(Problem) as refusal:
        actions.grant_role(
            cast.actor("director"), cast.home, person=cast.person("nurse"), role=Role.PLANNER, activity=activity,
            organisation=organisation,
        )  # fmt: skip
    assert refusal.value.code == "role.activity"


def test_a_person_is_not_added_through_the_department_of_another_program(cast: Cast) -> None:
    mine = cast.actor("series_coordinator")
    for provider in (cast.elsewhere, None):
        with pytest.raises(Problem, match="another program"):
            actions.create_person(
                mine,
                email="new@example.org",
                given_name="N",
                family_name="P",
                provider=provider,
                organisation=cast.department,
            )
    assert reads.person_by_email("new@example.org") is None


def test_reach_is_set_for_people_of_the_program_only(cast: Cast) -> None:
    with pytest.raises(Problem, match="not known to this program"):
        actions.set_reach(
            cast.actor("coordinator"),
            cast.home,
            person=cast.person("other_director"),
            reach="national",
            is_affiliated=False,
        )
    assert not Affiliation.objects.filter(provider=cast.home, person=cast.person("other_director")).exists()


def test_texts_with_codes_are_counted_so_that_nobody_runs_up_a_bill(cast: Cast) -> None:
    actor, person = cast.actor("learner"), cast.person("learner")
    for number in range(actions.CODES_AN_HOUR):
        actions.link_phone(actor, person, number=f"55501001{number:02d}")
    with pytest.raises(Problem, match="within the last hour"):
        actions.link_phone(actor, person, number="5550100199")
    with writes_open("test"):
        PhoneNumber.objects.update(code_sent_at=clock.now() - dt.timedelta(minutes=2))
    with pytest.raises(Problem, match="within the last hour"):
        actions.link_phone(actor, person, number="5550100100")


def test_a_name_is_found_however_its_accents_are_typed(cast: Cast) -> None:
    add(cast, "z@example.org", family_name="Zun\u0303iga")  # n and a combining tilde, as some keyboards send it
    for typed in ("zu\u00f1iga", "ZUN\u0303IGA", "zu\u00f1"):
        assert [one.email for one in reads.search(cast.actor("coordinator"), cast.home, text=typed)] == [
            "z@example.org"
        ]


@pytest.mark.requirement("TUFTS-15")
def test_staff_find_people_by_name_address_and_reach(cast: Cast) -> None:
    add(cast, "r1@example.org", family_name="Rivera", reach="international")
    add(cast, "r2@example.org", family_name="Rivers", given_name=HOSTILE)
    find = lambda **query: [one.email for one in reads.search(cast.actor("coordinator"), cast.home, **query)]  # noqa: E731
    assert find(text="RIVER") == ["r1@example.org", "r2@example.org"]
    assert find(text="rivera") == ["r1@example.org"]
    assert find(text="R2@example.org") == ["r2@example.org"]
    assert find(reach="international") == ["r1@example.org"]
    assert find(text="%") == []
    assert find(text="river", limit=1) == ["r1@example.org"]
    first = reads.search(cast.actor("coordinator"), cast.home, text="river", limit=1)[0]
    assert find(text="river", after=(first.sort_name, first.id)) == ["r2@example.org"]


@pytest.mark.parametrize("who", ["learner", "leader", "evaluator", "other_coordinator"])
def test_a_list_of_people_is_for_staff_of_the_program(cast: Cast, who: str) -> None:
    with pytest.raises(NotFound):
        reads.search(cast.actor(who), cast.home, text="l")


def test_only_the_system_adds_people_outside_any_program(cast: Cast) -> None:
    assert actions.create_person(SYSTEM, email="imported@example.org", given_name="I", family_name="P").pk
    with pytest.raises(NotAllowed):
        actions.create_person(cast.actor("director"), email="x@example.org", given_name="I", family_name="P")


def test_a_search_by_name_reads_an_index_and_not_the_table(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as seen:
        reads.search(cast.actor("coordinator"), cast.home, text="riv")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a handful of rows would be read whole
        asked = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(asked + seen.captured_queries[-1]["sql"])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "affiliation_by_name" in plan and "SCAN" not in plan
