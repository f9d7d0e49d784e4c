"""A department applies in the browser: the explainer, the steps with their help, the office's answer, the shared calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client

from cast import Cast
from lifelong.kernel.access import Role
from lifelong.kernel.guard import writes_open
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning import intake
from lifelong.loop.planning.models import Application, ApplicationCondition
from planned import an_activity, results

HOME = "/office/home/planning/applications/"
NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)
STEPS = {
    "evidence": {"source_kind": "guideline", "citation": "Example Society. Sepsis. 2026."},
    "why": {"need_kind": "competence", "need_text": "Early signs are not acted on."},
    "change": {"intended_change": "performance", "intended_change_text": "Start within the hour."},
    "plan": {"format": "live_course", "planned_on": "2027-03-10"},
}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("login"):
        client.force_login(cast.person(who))
    return client


def first_step(cast: Cast, **said: object) -> dict[str, object]:
    return {
        "title": "Sepsis in the first hour", "gap_now": "Half receive the bundle in time.", "gap_wanted": "The guideline asks for all.",
        "gap_kind": "quality", "organisation_id": cast.department.pk, "request_key": "k1", **said,
    }  # fmt: skip


def written(cast: Cast, client: Client) -> Application:
    client.post(f"{HOME}new/", {"read": "on"})
    client.post(f"{HOME}new/", first_step(cast))
    row = Application.objects.get()
    for key, said in STEPS.items():
        client.post(f"{HOME}{row.pk}/edit/?step={key}", said)
    row.refresh_from_db()
    return row


@pytest.mark.requirement("UCONN-21")
def test_who_applies_for_the_first_time_reads_and_confirms_once(cast: Cast) -> None:
    client = signed_in(cast, "applicant")
    page = client.get(f"{HOME}new/").content.decode()
    assert (
        "Before you apply for the first time" in page
        and "It begins with a gap in care" in page
        and "gap_now" not in page
    )
    assert "Tick it once you have read it." in client.post(f"{HOME}new/", {}).content.decode()
    assert client.post(f"{HOME}new/", {"read": "on"}).status_code == 302
    assert "What is done today?" in client.get(f"{HOME}new/").content.decode()
    row = written(cast, client)
    assert (
        "has read what continuing education is for on Sun 22 Nov 2026"
        in signed_in(cast, "coordinator").get(f"{HOME}{row.pk}/").content.decode()
    )


@pytest.mark.requirement("UCONN-14")
def test_the_gap_is_written_in_steps_with_examples_and_sent_only_whole(cast: Cast) -> None:
    client = signed_in(cast, "applicant")
    client.post(f"{HOME}new/", {"read": "on"})
    for _ in range(2):
        at = client.post(f"{HOME}new/", first_step(cast, gap_wanted=""))
    row = Application.objects.get()
    assert at.url == f"{HOME}{row.pk}/edit/?step=evidence"
    for step in intake.steps():
        page = client.get(f"{HOME}{row.pk}/edit/?step={step['key']}").content.decode().replace("&#x27;", "'")
        assert step["title"] in page and step["help"] in page and step["good"] in page and step["weak"] in page
    for key, said in STEPS.items():
        client.post(f"{HOME}{row.pk}/edit/?step={key}", said)
    page = client.get(f"{HOME}{row.pk}/").content.decode()
    assert "1 thing is missing before it can be sent." in page and f"{HOME}{row.pk}/edit/?step=gap" in page
    refused = client.post(f"{HOME}{row.pk}/submit/", follow=True).content.decode()
    assert "It is not said what should be done." in refused and Application.objects.get().state == "draft"
    client.post(
        f"{HOME}{row.pk}/edit/?step=gap",
        {"title": row.title, "gap_now": row.gap_now, "gap_wanted": "All.", "gap_kind": "quality"},
    )
    assert "The application is sent." in client.post(f"{HOME}{row.pk}/submit/", follow=True).content.decode()
    assert (
        "with the office"
        in client.post(f"{HOME}{row.pk}/edit/?step=why", STEPS["why"] | {"need_text": "x"}).content.decode()
    )


@pytest.mark.requirement("UCONN-15")
def test_the_office_decides_and_the_applicant_reads_it(
    cast: Cast, run_effects: Callable[[], int], mailoutbox: list[EmailMessage]
) -> None:
    client, office = signed_in(cast, "applicant"), signed_in(cast, "coordinator")
    row = written(cast, client)
    client.post(f"{HOME}{row.pk}/submit/")
    assert "Applications: 1 waits" in office.get("/office/home/planning/").content.decode()
    assert "1 waits for the office; 0 conditions are overdue." in office.get(HOME).content.decode()
    assert client.get(f"{HOME}{row.pk}/decide/").status_code == 404
    said = {"decision": "approve", "expected_results": [results(cast)[0].pk], "condition_1": "Name a nurse planner"}
    undated = office.post(f"{HOME}{row.pk}/decide/", said)
    assert undated.status_code == 422 and "a condition without a day is never late" in undated.content.decode()
    office.post(f"{HOME}{row.pk}/decide/", said | {"due_1": "2026-12-01", "note": "A good gap."})
    page = client.get(f"{HOME}{row.pk}/").content.decode()
    for text in ("Approved", "A good gap.", "Name a nurse planner", "Tue 1 Dec 2026", "/office/home/planning/"):
        assert text in page
    run_effects()
    (mail,) = [one for one in mailoutbox if "applicant@example.org" in one.to]
    assert (
        "is approved" in mail.body
        and "Name a nurse planner, by Tue 1 Dec 2026" in mail.body
        and f"{HOME}{row.pk}/" in mail.body
    )
    planned = client.get(f"/office/home/planning/{Application.objects.get().activity_id}/").content.decode()
    assert "Approved on condition" in planned and "Name a nurse planner, by Tue 1 Dec 2026" in planned
    with time_machine.travel(dt.datetime(2026, 12, 3, 15, tzinfo=dt.UTC)):
        office = signed_in(cast, "coordinator")
        for reader in (office, signed_in(cast, "applicant")):
            assert "Overdue conditions" in reader.get(HOME).content.decode()
        office.post(f"{HOME}conditions/{ApplicationCondition.objects.get().pk}/met/")
        assert "Overdue conditions" not in office.get(HOME).content.decode()


@pytest.mark.requirement("UCONN-16")
def test_an_overlap_is_told_on_both_sides_and_the_month_is_shared(cast: Cast) -> None:
    client, neighbour = signed_in(cast, "applicant"), signed_in(cast, "neighbour_series_coordinator")
    row = written(cast, client)
    client.post(f"{HOME}{row.pk}/submit/")
    theirs = an_activity(
        cast, title="Surgical sepsis update", organisation=cast.other_department, starts_on=dt.date(2027, 3, 20)
    )
    page = client.get(f"{HOME}{row.pk}/").content.decode()
    assert "Department of Surgery, March 2027: something on sepsis" in page and "Surgical sepsis update" not in page
    page = neighbour.get(f"/office/home/planning/{theirs.pk}/").content.decode()
    assert "Department of Medicine, March 2027: something on sepsis" in page and "Talk to Series Coordinator or" in page
    month = client.get("/office/home/planning/calendar/?month=2027-03").content.decode()
    assert (
        "2 planned, by 2 departments." in month
        and "On surgical, sepsis" in month
        and "Surgical sepsis update" not in month
    )
    assert client.get("/office/home/planning/calendar/?month=never").status_code == 200


def test_who_plans_one_activity_only_is_told_who_applies(cast: Cast) -> None:
    activity = an_activity(cast)
    with writes_open("test"):
        RoleGrant.objects.create(
            person=cast.person("speaker"),
            role=Role.PLANNER,
            provider=cast.home,
            activity_id=activity.pk,
            granted_at=NOW,
        )
    assert "You plan single activities." in signed_in(cast, "speaker").get(f"{HOME}new/").content.decode()
