"""A speaker discloses on a phone; the office asks, decides and lets roles begin."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from cast import Cast
from lifelong.entrypoints.web.invited import disclosure_mail
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.loop.integrity import actions, effects, reads
from lifelong.loop.integrity.models import Disclosure, DisclosureRequest
from lifelong.loop.planning.models import Activity, GatePassed, PlanningRole

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def role(cast: Cast) -> PlanningRole:
    with writes_open("test"):
        activity = Activity.objects.create(
            provider=cast.home, number=1, title="Sepsis in the first hour", format="live_course", time_zone="America/New_York",
            created_at=clock.now(), organisation=cast.department,
        )  # fmt: skip
        return PlanningRole.objects.create(
            activity=activity, person=cast.person("speaker"), kind="faculty", asked_at=clock.now()
        )


@pytest.fixture
def link(cast: Cast, role: PlanningRole) -> str:
    _, token = actions.request_disclosure(cast.actor("coordinator"), role)
    return f"/i/disclosure/{token}/"


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("test"):
        client.force_login(cast.person(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def without_token(response: Any) -> str:
    return re.sub(r'"X-CSRFToken": "[^"]+"|/i/disclosure/[^/]+/', "", response.content.decode())


def answer(*companies: str, **more: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "answer": "companies" if companies else "nothing",
        "attested": "on",
        "lines": str(len(companies) + 1),
    }
    for number, name in enumerate(companies):
        sent |= {f"c{number}-company": name, f"c{number}-nature": "consultant"}
    return sent | more


def page(cast: Cast, who: str, role: PlanningRole, rest: str = "") -> str:
    return f"/office/home/independence/role/{role.pk}/{rest}"


def test_the_link_says_who_asks_for_what_and_states_the_duty(client: Client, link: str, role: PlanningRole) -> None:
    response = client.get(link)
    text = response.content.decode()
    assert response.status_code == 200
    for part in ("Home School CE office", "Sepsis in the first hour", "24 months", "any amount", "primary business"):
        assert part in text
    assert (
        response["X-Robots-Tag"] == "noindex"
        and response["Referrer-Policy"] == "no-referrer"
        and response["Cache-Control"] == "no-store"
    )


@pytest.mark.requirement("A37")
def test_opening_the_link_changes_nothing(client: Client, link: str) -> None:
    before = AuditEvent.objects.count(), list(DisclosureRequest.objects.values())
    for _ in range(3):
        client.get(link)
        client.head(link)
    assert (AuditEvent.objects.count(), list(DisclosureRequest.objects.values())) == before
    assert not Disclosure.objects.exists()
    assert client.get("/me/transcript/").status_code != 200  # the link opens this and nothing else
    assert "_auth_user_id" not in client.session


def test_unknown_and_expired_links_get_the_same_answer(client: Client, link: str) -> None:
    unknown = client.get("/i/disclosure/abcdef/")
    with writes_open("test"):
        DisclosureRequest.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    expired = client.get(link)
    assert unknown.status_code == expired.status_code == 404
    assert without_token(unknown) == without_token(expired)
    assert client.post(link, answer()).status_code == 404 and not Disclosure.objects.exists()


def test_nothing_to_disclose_takes_one_screen(client: Client, link: str, role: PlanningRole) -> None:
    assert client.post(link, answer(), follow=True).status_code == 200
    disclosure = Disclosure.objects.get()
    assert disclosure.nothing_to_disclose and disclosure.attested and disclosure.person_id == role.person_id
    assert "Thank you" in client.get(link).content.decode()


def test_a_post_without_the_browsers_token_is_refused(link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link, answer()).status_code == 403
    assert not Disclosure.objects.exists()


def test_lines_are_added_without_script_and_nothing_typed_is_lost(client: Client, link: str) -> None:
    response = client.post(link, answer("Example Pharma", add="1", attested=""))
    text = response.content.decode()
    assert response.status_code == 200 and 'value="Example Pharma"' in text and "c2-company" in text
    assert not Disclosure.objects.exists()


def test_last_time_is_filled_in_and_confirmed(client: Client, link: str) -> None:
    client.post(link, answer("Example Pharma"))
    text = client.get(f"{link}?again=1").content.decode()
    assert 'value="Example Pharma"' in text and "Your last disclosure is filled in" in text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (answer("Example Pharma", attested=""), "confirm that your disclosure is complete"),
        (answer("Example Pharma", **{"c0-nature": ""}), "what kind of relationship"),
        (answer("Example Pharma", **{"c0-nature": "ownership"}), "privately held or traded"),
        (answer("Example Pharma", answer="nothing"), "list a company"),
        (answer(answer="companies"), "No company is listed"),
        (answer("Example Pharma", lines="x"), "No company is listed"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    client: Client, link: str, sent: dict[str, Any], words: str
) -> None:
    response = client.post(link, sent)
    assert response.status_code == 422 and words in response.content.decode()
    assert not Disclosure.objects.exists()


def test_hostile_names_are_shown_as_text(cast: Cast, client: Client, link: str, role: PlanningRole) -> None:
    client.post(link, answer(HOSTILE))
    for text in (
        client.get(link).content.decode(),
        client.get(f"{link}?again=1").content.decode(),
        signed_in(cast, "reviewer").get(page(cast, "reviewer", role)).content.decode(),
        signed_in(cast, "reviewer").get(f"/office/home/independence/person/{role.person_id}/").content.decode(),
    ):
        assert HOSTILE not in text and "&lt;script&gt;" in text


def test_the_mail_carries_the_link_and_reminders_the_same_one(cast: Cast, role: PlanningRole, link: str) -> None:
    disclosure_mail.send_disclosure_request(role.pk)
    actions.remind_disclosure(cast.actor("coordinator"), role)
    disclosure_mail.send_disclosure_request(role.pk)
    first, second = mail.outbox
    assert link in first.body and link in second.body and second.subject.startswith("Reminder: ")
    assert first.to == ["speaker@example.org"] and "<" not in first.body


def test_no_mail_goes_out_once_answered(client: Client, role: PlanningRole, link: str) -> None:
    client.post(link, answer())
    disclosure_mail.send_disclosure_request(role.pk)
    assert mail.outbox == []


def test_the_worklist_names_who_blocks_and_reminds(cast: Cast, role: PlanningRole, link: str) -> None:
    client = signed_in(cast, "coordinator")
    text = client.get("/office/home/independence/").content.decode()
    assert "1 person has not disclosed" in text and "Speaker Example" in text and "Remind" in text
    client.post(page(cast, "coordinator", role, "ask/"))
    assert DisclosureRequest.objects.get().reminders == 1


@pytest.mark.parametrize("who", ["other_director", "other_reviewer", "learner", "leader", "finance", "evaluator"])
def test_strangers_find_no_independence_page(cast: Cast, role: PlanningRole, who: str) -> None:
    client = signed_in(cast, who)
    for address in (
        "/office/home/independence/",
        page(cast, who, role),
        f"/office/home/independence/person/{role.person_id}/",
    ):
        assert client.get(address).status_code == 404
    for rest in ("ask/", "start/", "none-relevant/"):
        assert client.post(page(cast, who, role, rest)).status_code == 404
    role.refresh_from_db()
    assert role.started_at is None and not DisclosureRequest.objects.exists()


def test_a_role_of_another_program_is_not_found_through_ones_own(cast: Cast, role: PlanningRole) -> None:
    assert signed_in(cast, "other_reviewer").get(f"/office/elsewhere/independence/role/{role.pk}/").status_code == 404


def test_accreditors_read_and_cannot_decide(cast: Cast, client: Client, role: PlanningRole, link: str) -> None:
    client.post(link, answer("Example Pharma"))
    reader = signed_in(cast, "accreditor")
    text = reader.get(page(cast, "accreditor", role)).content.decode()
    assert "Example Pharma" in text and "Keep the decision" not in text
    assert reader.post(page(cast, "accreditor", role, "start/")).status_code == 404


@pytest.mark.requirement("TUFTS-10")
def test_two_clicks_when_none_is_relevant(cast: Cast, client: Client, role: PlanningRole, link: str) -> None:
    client.post(link, answer("Example Pharma", "Example Devices"))
    reviewer = signed_in(cast, "reviewer")
    reviewer.post(page(cast, "reviewer", role, "none-relevant/"))
    reviewer.post(page(cast, "reviewer", role, "start/"))
    role.refresh_from_db()
    assert role.started_at is not None


def test_a_decision_is_made_on_the_page_and_refusals_stand_beside_the_field(
    cast: Cast, client: Client, role: PlanningRole, link: str
) -> None:
    client.post(link, answer("Example Pharma"))
    relationship = reads.role_state(role).relationships[0].relationship
    reviewer, where = signed_in(cast, "reviewer"), page(cast, "reviewer", role, f"decide/{relationship.pk}/")
    name = f"r{relationship.pk}"
    sent = {f"{name}-is_relevant": "yes", f"{name}-reason": "Same drug class.", f"{name}-mitigation": "other"}
    refused = reviewer.post(where, sent)
    assert refused.status_code == 422 and "not described" in refused.content.decode()
    assert reviewer.post(where, sent | {f"{name}-mitigation_note": "Slides reviewed by Dr. B."}).status_code == 302
    assert reads.role_state(role).step is reads.Step.START


@pytest.mark.requirement("A17")
def test_a_change_after_clearance_reopens_the_gate_and_tells_the_office(
    cast: Cast, client: Client, role: PlanningRole, link: str
) -> None:
    client.post(link, answer("Example Pharma"))
    relationship = reads.role_state(role).relationships[0].relationship
    actions.decide_relevance(
        cast.actor("reviewer"), role, relationship=relationship, is_relevant=False, reason="Another field."
    )
    actions.start_role(cast.actor("reviewer"), role)
    with writes_open("test"):
        GatePassed.objects.create(activity=role.activity, gate="G4", at=clock.now(), rule_book_version="test")
    client.post(link, answer())
    newest = Disclosure.objects.get(version=2)
    for effect in (
        effects.start_clear_roles,
        effects.reopen_after_disclosure,
        disclosure_mail.tell_office_of_disclosure,
    ):
        with writes_open("test"):
            effect(newest.pk)
    with writes_open("test"):
        effects.reopen_after_disclosure(newest.pk)  # again without harm
    assert list(GatePassed.objects.order_by("id").values_list("gate", "reopened")) == [("G4", False), ("G4", True)]
    assert mail.outbox[0].to == ["ce@home.example.org"] and f"/independence/role/{role.pk}/" in mail.outbox[0].body
    assert "No longer disclosed" in signed_in(cast, "reviewer").get(page(cast, "reviewer", role)).content.decode()


def test_a_clean_disclosure_starts_the_role_by_itself(client: Client, role: PlanningRole, link: str) -> None:
    client.post(link, answer())
    with writes_open("test"):
        effects.start_clear_roles(Disclosure.objects.get().pk)
    role.refresh_from_db()
    assert role.started_at is not None
    disclosure_mail.tell_role_started(role.pk)
    assert "confirmed" in mail.outbox[0].subject
