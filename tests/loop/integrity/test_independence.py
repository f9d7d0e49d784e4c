"""Independence: who may start, what a change re-opens, what learners are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import WriteOutsideDoor, writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.integrity import actions, reads
from lifelong.loop.integrity.companies import match_name
from lifelong.loop.integrity.models import Disclosure, DisclosureRequest, IneligibleCompany, LearnerDisclosure
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.actions import add_role
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider


def make_activity(provider: AccreditedProvider, **values: Any) -> Activity:
    with writes_open("test"):
        return Activity.objects.create(
            **{
                "provider": provider, "number": 1 + Activity.objects.count(), "title": "Sepsis in the first hour",
                "format": "live_course", "time_zone": "America/New_York", "created_at": clock.now(), **values,
            }
        )  # fmt: skip


def make_role(activity: Activity, person: Person, kind: str = "faculty") -> PlanningRole:
    with writes_open("test"):
        return PlanningRole.objects.create(activity=activity, person=person, kind=kind, asked_at=clock.now())


def add_person(cast: Cast, name: str) -> Person:
    with writes_open("test"):
        return make_person(name, provider=cast.home)


def disclose(person: Person, *lines: dict[str, Any], attested: bool = True) -> Disclosure:
    actor = Actor(person_id=person.pk, channel="link")
    return actions.submit_disclosure(
        actor, person, relationships=lines, nothing_to_disclose=not lines, attested=attested
    )


def line(company: str, nature: str = "consultant", **more: Any) -> dict[str, Any]:
    return {"company": company, "nature": nature, **more}


@pytest.fixture
def speaker_role(cast: Cast) -> PlanningRole:
    return make_role(make_activity(cast.home, organisation=cast.department), cast.person("speaker"))


def decide(cast: Cast, role: PlanningRole, company: str, **values: Any) -> Any:
    state = reads.role_state(role)
    found = next(one.relationship for one in state.relationships if one.relationship.company.name == company)
    values = {"is_relevant": False, "reason": "Another field.", **values}
    return actions.decide_relevance(cast.actor("reviewer"), role, relationship=found, **values)


def rules(refusal: Any) -> set[str]:
    return {reason.rule for reason in refusal.value.reasons}


@pytest.mark.requirement("TUFTS-10", "A18")
def test_nobody_starts_without_disclosing(cast: Cast, speaker_role: PlanningRole) -> None:
    with pytest.raises(Problem) as refusal:
        actions.start_role(cast.actor("director"), speaker_role)
    assert rules(refusal) == {"R-S3-1"}
    assert reads.role_state(speaker_role).step is reads.Step.DISCLOSURE
    disclose(cast.person("speaker"))
    assert actions.start_role(cast.actor("director"), speaker_role).started_at is not None


@pytest.mark.requirement("TUFTS-10")
def test_an_employee_is_refused_unless_an_exception_is_recorded(cast: Cast, speaker_role: PlanningRole) -> None:
    disclose(cast.person("speaker"), line("Example Devices", "employee"))
    decide(cast, speaker_role, "Example Devices", is_relevant=False)
    with pytest.raises(Problem) as refusal:
        actions.start_role(cast.actor("director"), speaker_role)
    assert rules(refusal) == {"R-S3-2"}
    with pytest.raises(Problem, match="no reason"):
        decide(cast, speaker_role, "Example Devices", exception="b")
    decide(cast, speaker_role, "Example Devices", exception="b", exception_reason="Teaches laboratory methods only.")
    assert actions.start_role(cast.actor("director"), speaker_role).started_at is not None


def test_shares_in_a_private_company_exclude_and_public_ones_do_not(cast: Cast, speaker_role: PlanningRole) -> None:
    disclose(cast.person("speaker"), line("Private Example", "ownership", is_private_equity=True))
    assert reads.role_state(speaker_role).step is reads.Step.EXCLUDED
    disclose(cast.person("speaker"), line("Public Example", "ownership", is_private_equity=False))
    assert reads.role_state(speaker_role).step is reads.Step.REVIEW


def test_a_relevant_relationship_is_mitigated_first_in_a_way_that_suits(cast: Cast, speaker_role: PlanningRole) -> None:
    disclose(cast.person("speaker"), line("Example Pharma"))
    decide(cast, speaker_role, "Example Pharma", is_relevant=True)
    with pytest.raises(Problem) as refusal:
        actions.start_role(cast.actor("director"), speaker_role)
    assert rules(refusal) == {"R-S3-4"}
    with pytest.raises(Problem, match="does not suit"):
        decide(cast, speaker_role, "Example Pharma", is_relevant=True, mitigation="recusal")
    decide(cast, speaker_role, "Example Pharma", is_relevant=True, mitigation="peer_review")
    assert actions.start_role(cast.actor("director"), speaker_role).started_at is not None


@pytest.mark.requirement("UMASS-24")
def test_a_reviewer_with_a_conflict_may_not_decide(cast: Cast, speaker_role: PlanningRole) -> None:
    disclose(cast.person("speaker"), line("Example Pharma"))
    disclose(cast.person("reviewer"), line("EXAMPLE PHARMA, Inc."))
    with pytest.raises(Problem, match="relationship with Example Pharma yourself"):
        decide(cast, speaker_role, "Example Pharma")


def test_nobody_decides_on_themselves(cast: Cast) -> None:
    role = make_role(make_activity(cast.home), cast.person("reviewer"), "reviewer")
    disclose(cast.person("reviewer"), line("Example Pharma"))
    with pytest.raises(Problem, match="their own"):
        decide(cast, role, "Example Pharma")


@pytest.mark.requirement("A17")
@pytest.mark.parametrize(
    "again", [(), ({"company": "Example Pharma", "nature": "consultant", "ended_on": dt.date(2026, 1, 5)},)]
)
def test_a_relationship_dropped_or_shortened_after_review_is_looked_at_again(
    cast: Cast, speaker_role: PlanningRole, again: tuple[dict[str, Any], ...]
) -> None:
    first = disclose(cast.person("speaker"), line("Example Pharma"))
    decide(cast, speaker_role, "Example Pharma", is_relevant=True, mitigation="peer_review")
    actions.start_role(cast.actor("director"), speaker_role)
    shown = actions.freeze_learner_disclosure(cast.actor("director"), speaker_role.activity)
    disclose(cast.person("speaker"), *again)
    speaker_role.refresh_from_db()
    assert [state.role.pk for state in reads.unsettled_roles(speaker_role.person_id)] == [speaker_role.pk]
    assert [one.role.pk for one in reads.open_disclosures(cast.actor("coordinator"), cast.home)] == [speaker_role.pk]
    with pytest.raises(Problem):
        actions.freeze_learner_disclosure(cast.actor("director"), speaker_role.activity)
    assert "Example Pharma" in LearnerDisclosure.objects.get(pk=shown.pk).text
    assert first.relationships.get().company.name == "Example Pharma"  # the old version is kept
    decide(cast, speaker_role, "Example Pharma", is_relevant=False, reason="Confirmed by call: listed in error.")
    assert not reads.unsettled_roles(speaker_role.person_id)


def test_the_same_disclosure_again_keeps_decisions(cast: Cast, speaker_role: PlanningRole) -> None:
    disclose(cast.person("speaker"), line("Example Pharma"), line("Example Devices"))
    decide(cast, speaker_role, "Example Pharma")
    decide(cast, speaker_role, "Example Devices")
    actions.start_role(cast.actor("director"), speaker_role)
    with writes_open("test"):
        version = Disclosure.objects.create(
            person=cast.person("speaker"),
            version=2,
            covers_from=dt.date(2024, 1, 1),
            submitted_at=clock.now(),
            attested=True,
            nothing_to_disclose=False,
        )
        for old in Disclosure.objects.get(version=1).relationships.all():
            version.relationships.create(company=old.company, nature=old.nature)
    assert reads.role_state(speaker_role).verdict.holds


def test_versions_are_never_edited(cast: Cast) -> None:
    disclosure = disclose(cast.person("speaker"))
    with writes_open("test"), pytest.raises(WriteOutsideDoor):
        disclosure.save()
    with writes_open("test"), pytest.raises(WriteOutsideDoor):
        Disclosure.objects.filter(pk=disclosure.pk).update(attested=False)


def test_a_double_click_makes_one_version(cast: Cast) -> None:
    first = disclose(cast.person("speaker"), line("Example Pharma"))
    assert disclose(cast.person("speaker"), line("example pharma inc")).pk == first.pk
    assert AuditEvent.objects.filter(verb="disclosure.submitted").count() == 1


@pytest.mark.parametrize(
    ("lines", "nothing", "attested", "code"),
    [
        ((), True, False, "disclosure.attest"),
        ((), False, True, "disclosure.neither"),
        ((line("Example Pharma"),), True, True, "disclosure.both"),
        ((line("Example Pharma", "friend"),), False, True, "disclosure.nature"),
        ((line("Example Pharma", ended_on=dt.date(2099, 1, 1)),), False, True, "disclosure.ended"),
    ],
)
def test_an_incomplete_disclosure_is_refused(cast: Cast, lines: Any, nothing: bool, attested: bool, code: str) -> None:
    person = cast.person("speaker")
    with pytest.raises(Problem) as refusal:
        actions.submit_disclosure(
            actor_of(person), person, relationships=lines, nothing_to_disclose=nothing, attested=attested
        )
    assert code in rules(refusal)


def test_only_the_person_discloses(cast: Cast) -> None:
    for who in ("director", "learner", "other_director"):
        with pytest.raises(NotAllowed):
            actions.submit_disclosure(
                cast.actor(who), cast.person("speaker"), relationships=[], nothing_to_disclose=True, attested=True
            )


@pytest.mark.parametrize("who", ["coordinator", "finance", "other_reviewer", "learner", "leader"])
def test_decisions_are_for_reviewers_of_the_program(cast: Cast, speaker_role: PlanningRole, who: str) -> None:
    relationship = disclose(cast.person("speaker"), line("Example Pharma")).relationships.get()
    with pytest.raises(NotAllowed):
        actions.decide_relevance(
            cast.actor(who), speaker_role, relationship=relationship, is_relevant=False, reason="x"
        )
    with pytest.raises(NotAllowed):
        actions.start_role(cast.actor(who), speaker_role)


def test_the_worklist_ends_at_the_program(cast: Cast, speaker_role: PlanningRole) -> None:
    assert len(reads.open_disclosures(cast.actor("coordinator"), cast.home)) == 1
    assert reads.open_disclosures(cast.actor("other_coordinator"), cast.elsewhere) == []
    with pytest.raises(NotFound):
        reads.open_disclosures(cast.actor("other_coordinator"), cast.home)
    with pytest.raises(NotFound):
        reads.role(cast.actor("other_reviewer"), cast.elsewhere, speaker_role.pk)


def test_a_link_holds_thirty_days_and_only_its_digest_is_kept(cast: Cast, speaker_role: PlanningRole) -> None:
    request, token = actions.request_disclosure(cast.actor("coordinator"), speaker_role)
    assert len(token) >= 43 and token not in str(DisclosureRequest.objects.values().get())
    assert reads.request_by_token(token).pk == request.pk
    assert actions.request_disclosure(cast.actor("coordinator"), speaker_role)[1] == token  # asked twice: the same link
    with pytest.raises(NotFound):
        reads.request_by_token(token, clock.now() + dt.timedelta(days=31))
    with pytest.raises(NotFound):
        reads.request_by_token(token[:-1] + "_")
    with override_settings(SECRET_KEY="another installation"):
        assert actions.token_of(request) != token


def test_reminders_go_out_once_a_day(cast: Cast, speaker_role: PlanningRole) -> None:
    actions.request_disclosure(cast.actor("coordinator"), speaker_role)
    actions.remind_disclosure(cast.actor("coordinator"), speaker_role)
    with pytest.raises(Problem, match="within the last day"):
        actions.remind_disclosure(cast.actor("coordinator"), speaker_role)


def test_learners_read_names_companies_nature_mitigation_and_who_has_nothing(
    cast: Cast, speaker_role: PlanningRole
) -> None:
    planner = make_role(speaker_role.activity, add_person(cast, "quiet_planner"), "planner")
    disclose(cast.person("speaker"), line("Example Pharma", "advisor"), line("Faraway Devices"))
    disclose(planner.person)
    decide(cast, speaker_role, "Example Pharma", is_relevant=True, mitigation="peer_review")
    decide(cast, speaker_role, "Faraway Devices")
    text = reads.learner_disclosure(speaker_role.activity)
    assert "Speaker Example (faculty): Example Pharma (advisor)." in text
    assert "mitigated" in text and "Quiet Planner has no relevant" in text and "Faraway" not in text


def test_an_approved_exception_of_the_activity_replaces_the_steps(cast: Cast) -> None:
    activity = make_activity(cast.home, exception_to_disclosure="non_clinical", exception_reason="Leadership only.")
    role = make_role(activity, cast.person("speaker"))
    assert actions.start_role(cast.actor("director"), role).started_at is not None
    assert "non-clinical" in reads.learner_disclosure(activity)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Pfizer, Inc.", "PFIZER"),
        ("The Example Co.", "Example"),
        ("Müller & Söhne GmbH", "Muller and Sohne"),
        ("Boehringer-Ingelheim", "Boehringer Ingelheim"),
    ],
)
def test_one_company_however_it_is_typed(typed: str, known: str) -> None:
    assert match_name(typed) == match_name(known)


@pytest.mark.parametrize(
    ("one", "other"), [("Example Pharma", "Example Devices"), ("Co", "Inc"), ("株式会社", "有限会社")]
)
def test_different_companies_stay_apart(one: str, other: str) -> None:
    assert match_name(one) != match_name(other)


def test_states_of_many_roles_need_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    activity = make_activity(cast.home)
    for number in range(12):
        person = add_person(cast, f"panel_{number}")
        make_role(activity, person)
        disclose(person, line(f"Example {number}"))
    with django_assert_max_num_queries(8):
        assert len(reads.activity_states(activity)) == 12
    assert IneligibleCompany.objects.count() == 12


def test_a_case_is_open_once(cast: Cast, speaker_role: PlanningRole) -> None:
    director, activity = cast.actor("director"), speaker_role.activity
    first = actions.open_case(
        director, cast.home, kind="perceived_bias", summary="Three learners saw bias.", activity=activity
    )
    assert (
        actions.open_case(director, cast.home, kind="perceived_bias", summary="Again.", activity=activity).pk
        == first.pk
    )
    actions.close_case(cast.actor("reviewer"), first, conclusion="Slides replaced.")
    assert (
        actions.open_case(director, cast.home, kind="perceived_bias", summary="Again.", activity=activity).pk
        != first.pk
    )


def test_a_speaker_cleared_after_publication_is_told_to_learners(cast: Cast, writing: None) -> None:
    from lifelong.kernel import clock
    from lifelong.loop.integrity.effects import tell_learners
    from lifelong.loop.integrity.models import LearnerDisclosure
    from lifelong.loop.planning.models import Activity, PlanningRole, Session

    now = clock.now()
    activity = Activity.objects.create(
        provider=cast.home, number=77, title="Rounds", format="series", is_series=True, time_zone="UTC", published_at=now, created_at=now
    )  # fmt: skip
    session = Session.objects.create(activity=activity, number=1, title="Added later", starts_at=now, ends_at=now)
    role = PlanningRole.objects.create(
        activity=activity, session=session, person=cast.person("speaker"), kind="faculty", asked_at=now
    )
    tell_learners(role.pk)
    assert not LearnerDisclosure.objects.exists(), "nothing is promised before the disclosure"
    actions.submit_disclosure(
        cast.actor("speaker"), cast.person("speaker"), relationships=[], nothing_to_disclose=True, attested=True
    )
    role.refresh_from_db()
    actions.start_role(cast.actor("director"), role)
    tell_learners(role.pk)
    tell_learners(role.pk)
    assert "Speaker Example" in LearnerDisclosure.objects.get(session=session).text


@pytest.mark.parametrize(("discloses", "begins"), [("nothing", True), ("a company", False), ("not yet", False)])
def test_who_has_nothing_to_decide_begins_when_asked(
    cast: Cast, run_effects: Callable[[], int], discloses: str, begins: bool
) -> None:
    """A role that is added after the disclosure waits for nobody, unless there is something to decide on."""
    speaker = cast.person("speaker")
    if discloses != "not yet":
        disclose(speaker, *([line("Exempla Therapeutics")] if discloses == "a company" else []))
    activity = make_activity(cast.home)
    role = add_role(cast.actor("coordinator"), activity, person=speaker, kind="faculty")
    assert role.started_at is None  # asking alone starts nothing
    run_effects()
    role.refresh_from_db()
    assert (role.started_at is not None) is begins


def test_a_disclosure_is_never_kept_for_a_session_of_another_program(cast: Cast) -> None:
    here, there = make_activity(cast.home), make_activity(cast.elsewhere)
    disclose(cast.person("speaker"))
    role = make_role(here, cast.person("speaker"))
    actions.start_role(cast.actor("reviewer"), role)
    with writes_open("test"):
        session = Session.objects.create(
            activity=there, number=1, title="Theirs", starts_at=clock.now(), ends_at=clock.now() + dt.timedelta(hours=1)
        )
    with pytest.raises(Problem, match="another activity"):
        actions.freeze_learner_disclosure(cast.actor("director"), here, session=session)
    assert not LearnerDisclosure.objects.exists()
