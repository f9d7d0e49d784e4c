"""The morning: first what blocks something soon, then what waits for whom; each role sees what it can act on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import SessionCount
from lifelong.loop.designation.models import Designation
from lifelong.loop.improvement.models import Improvement
from lifelong.loop.improvement.worklist import worklist
from lifelong.loop.integrity.models import Disclosure, DisclosureRequest
from lifelong.loop.planning.models import Activity, Application, ApplicationCondition, PlanningRole, Session
from lifelong.loop.reporting import actions
from lifelong.loop.reporting.models import Record
from lifelong.loop.surveys.actions import ensure_default
from lifelong.loop.surveys.models import Tally

MORNING = dt.datetime(2026, 11, 23, 13, 0, tzinfo=dt.UTC)  # Monday 08:00 in Boston
pytestmark = pytest.mark.urls("web.test_leadership_pages")


class Morning:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.number = 0

    def activity(self, title: str, published: bool = True, organisation: object = None) -> Activity:
        self.number += 1
        return Activity.objects.create(
            provider=self.cast.home, organisation=organisation, number=self.number, title=title, sort_title=title.lower(), summary="s",
            format="live_course", time_zone="America/New_York", starts_on=dt.date(2026, 11, 23), ends_on=dt.date(2026, 11, 23),
            published_at=MORNING if published else None, created_at=MORNING,
        )  # fmt: skip

    def session(self, activity: Activity, days: float, hour: int = 17, attended: int = 0) -> Session:
        at = MORNING.replace(hour=hour) + dt.timedelta(days=days)
        row = Session.objects.create(
            activity=activity,
            number=activity.sessions.count() + 1,
            title=f"{activity.title} part",
            starts_at=at,
            ends_at=at + dt.timedelta(hours=1),
        )
        SessionCount.objects.create(session=row, provider=self.cast.home, attended=attended)
        return row

    def speaker(self, activity: Activity, session: Session | None = None, asked: bool = True) -> PlanningRole:
        role = PlanningRole.objects.create(
            activity=activity,
            session=session,
            person=self.cast.person("speaker"),
            kind="faculty",
            asked_at=MORNING - dt.timedelta(days=9),
        )
        if asked:
            DisclosureRequest.objects.create(
                role=role, token_digest=f"{role.pk:064d}", sent_at=MORNING, expires_at=MORNING + dt.timedelta(days=60)
            )
        return role

    def application(self, title: str, state: str = "submitted", organisation: object = None) -> Application:
        return Application.objects.create(
            provider=self.cast.home, organisation=organisation or self.cast.department, applicant=self.cast.person("series_coordinator"),
            title=title, state=state, begun_at=MORNING, submitted_at=MORNING,
        )  # fmt: skip

    def rated(self, activity: Activity, good: int, poor: int) -> None:
        """Answers to the question of relevance: strongly agree or disagree."""
        question = ensure_default(self.cast.home, "evaluation").questions.get(key="relevance")
        for choice, count in (("", good + poor), ("5", good), ("2", poor)):
            Tally.objects.create(
                question=question, activity_id=activity.pk, choice=choice, count=count, total=0, squares=0
            )

    def seen_by(self, who: str, address: str = "/office/home/") -> str:
        client = Client()
        client.force_login(self.cast.person(who))
        response = client.get(address)
        assert response.status_code == 200, response.status_code
        return response.content.decode()


@pytest.fixture
def morning(cast: Cast) -> Iterator[Morning]:
    with writes_open("test"), time_machine.travel(MORNING, tick=False):
        yield Morning(cast)


def test_what_blocks_the_next_five_days_comes_first(morning: Morning) -> None:
    rounds = morning.activity("Cardiology rounds")
    morning.speaker(rounds, morning.session(rounds, 3))
    draft = morning.activity("Sepsis workshop", published=False)
    morning.session(draft, 2)
    far = morning.activity("Far away")
    morning.speaker(far, morning.session(far, 30))
    waits = worklist(morning.cast.actor("coordinator"), morning.cast.home)
    assert [(item.what, item.kind) for item in waits.blocking] == [
        ("Sepsis workshop", "publication"),
        ("Cardiology rounds", "disclosure"),
    ]
    assert [item.what for item in waits.others] == ["Far away"]
    seen = morning.seen_by("coordinator")
    assert "2 things block something in the next 5 days" in seen
    assert "Blocks Thu" in seen and "Speaker Example (faculty) has not disclosed" in seen and "Remind" in seen


def test_what_is_disclosed_waits_for_the_reviewer(morning: Morning) -> None:
    activity = morning.activity("Cardiology rounds")
    morning.speaker(activity)
    Disclosure.objects.create(
        person=morning.cast.person("speaker"),
        version=1,
        covers_from=dt.date(2024, 11, 1),
        submitted_at=MORNING,
        attested=True,
        nothing_to_disclose=True,
    )
    director = worklist(morning.cast.actor("director"), morning.cast.home)
    coordinator = worklist(morning.cast.actor("coordinator"), morning.cast.home)
    assert [item.kind for item in director.mine] == ["decision"]
    assert [item.kind for item in coordinator.others] == ["decision"], (
        "a coordinator cannot decide, so it waits for somebody else"
    )


def test_a_refusal_of_the_body_stands_on_the_worklist_in_its_words(morning: Morning) -> None:
    activity = morning.activity("Sepsis workshop")
    Designation.objects.create(
        activity=activity, credit_system="ama", maximum=Decimal(1), increment=Decimal("0.25"), unit="credit", rule_book_version="x",
        designated_at=MORNING,
    )  # fmt: skip
    officer, home = morning.cast.actor("credit_officer"), morning.cast.home
    home.contact.address = "1 Example Street\nBoston, MA 02111"
    home.contact.save()
    actions.refresh_records(officer, home, year=2026)
    batch = actions.make_batch(officer, home, body="PARS", year=2026)
    actions.take_answer(officer, batch, answer=b'{"code": 3, "message": "Provider unknown to this service"}')
    assert "refused: Provider unknown to this service" in morning.seen_by("credit_officer")
    assert "Provider unknown" not in morning.seen_by("finance"), "finance does not report"
    record = Record.objects.get()
    assert "Provider unknown" in morning.seen_by("credit_officer", f"/office/home/reporting/record/{record.pk}/")


def test_the_reporting_pages_make_send_and_answer_a_batch(morning: Morning, settings: object) -> None:
    settings.DEMO = True
    activity = morning.activity("Sepsis workshop")
    Designation.objects.create(
        activity=activity, credit_system="ama", maximum=Decimal(1), increment=Decimal("0.25"), unit="credit", rule_book_version="x",
        designated_at=MORNING,
    )  # fmt: skip
    morning.cast.home.contact.address = "1 Example Street\nBoston, MA 02111"
    morning.cast.home.contact.save()
    client = Client()
    client.force_login(morning.cast.person("credit_officer"))
    base = "/office/home/reporting/"
    client.post(f"{base}refresh/", {"year": 2026})
    assert "Sepsis workshop" in client.get(f"{base}?year=2026").content.decode()
    batch = client.post(f"{base}batch/new/", {"year": 2026})["Location"]
    assert client.get(batch).status_code == 200
    assert client.get(f"{batch}document/")["Content-Type"] == "application/json"
    client.post(f"{batch}send/", {})
    assert "1 accepted, 0 refused" in client.get(batch).content.decode()
    settings.DEMO = False
    assert client.post(f"{batch}send/", {}).status_code == 422


def test_an_overdue_improvement_waits_for_its_owner(morning: Morning) -> None:
    Improvement.objects.create(
        provider=morning.cast.home, year=2026, title="Ask earlier", owner=morning.cast.person("evaluator"), due_on=dt.date(2026, 11, 1),
        opened_at=MORNING, priority_reason="x",
    )  # fmt: skip
    assert [item.what for item in worklist(morning.cast.actor("evaluator"), morning.cast.home).mine] == ["Ask earlier"]
    assert [item.what for item in worklist(morning.cast.actor("director"), morning.cast.home).others] == ["Ask earlier"]


def test_applications_and_overdue_conditions_wait_for_those_who_act(morning: Morning) -> None:
    waiting = morning.application("Delirium on the ward")
    morning.application("Still being written", state="draft")
    approved = morning.application("Single units", state="approved")
    for text, due, met in (("Name a planner", -3, None), ("Send the figures", -3, MORNING), ("Name a room", 3, None)):
        ApplicationCondition.objects.create(
            application=approved, text=text, due_on=(MORNING + dt.timedelta(days=due)).date(), met_at=met
        )
    director = worklist(morning.cast.actor("director"), morning.cast.home)
    applicant = worklist(morning.cast.actor("series_coordinator"), morning.cast.home)
    assert [(item.kind, item.subject_id) for item in director.mine] == [("application", waiting.pk)]
    assert [(item.kind, item.subject_id) for item in director.others] == [("condition", approved.pk)]
    assert [(item.kind, item.subject_id) for item in applicant.mine] == [("condition", approved.pk)]
    neighbour = worklist(morning.cast.actor("neighbour_series_coordinator"), morning.cast.home)
    assert not neighbour.mine + neighbour.others
    seen = morning.seen_by("director") + morning.seen_by("director", "/office/home/?show=others")
    assert f"applications/{waiting.pk}/" in seen and "Name a planner" in seen and "Name a room" not in seen


def test_what_learners_put_below_a_threshold_waits_for_the_evaluator(morning: Morning) -> None:
    for title, days, good, poor in (
        ("Clearly poor", -9, 40, 60), ("Perhaps by chance", -9, 6, 4), ("Good", -9, 90, 10), ("Long over", -200, 40, 60),
    ):  # fmt: skip
        activity = morning.activity(title)
        morning.session(activity, days)
        morning.rated(activity, good, poor)
    (item,) = worklist(morning.cast.actor("evaluator"), morning.cast.home).mine
    assert (item.what, item.kind) == ("Clearly poor", "quality") and "relevance 40 %, expected 70 %" in item.why
    assert f"/outcomes/activity/{item.subject_id}/" in morning.seen_by("evaluator")


def test_a_department_sees_its_own_activities_only(morning: Morning) -> None:
    for title, organisation in (("Ours", morning.cast.department), ("Theirs", morning.cast.other_department)):
        morning.speaker(morning.activity(title, organisation=organisation))
    waits = worklist(morning.cast.actor("series_coordinator"), morning.cast.home)
    assert {item.what for item in (*waits.mine, *waits.others)} == {"Ours"}


def test_todays_rooms_with_who_is_in_them(morning: Morning) -> None:
    rounds = morning.activity("Cardiology rounds")
    morning.session(rounds, 0, attended=12)
    morning.session(rounds, 0, hour=20, attended=30)
    morning.session(rounds, 1, attended=99)
    seen = morning.seen_by("coordinator")
    assert "2 sessions, 42 checked in so far" in seen


def test_strangers_find_no_office(morning: Morning) -> None:
    for who in ("stranger", "learner", "other_director"):
        client = Client()
        client.force_login(morning.cast.person(who))
        assert client.get("/office/home/").status_code == 404


def test_the_page_asks_at_most_eighteen_questions_however_much_waits(morning: Morning) -> None:
    for n in range(6):
        held = morning.activity(f"Held {n}")
        morning.session(held, -n - 1)
        morning.rated(held, 10, 90)
        morning.application(f"Application {n}")
        approved = morning.application(f"Approved {n}", state="approved")
        ApplicationCondition.objects.create(application=approved, text="x", due_on=dt.date(2026, 11, 1))
        activity = morning.activity(f"Activity {n}", published=n % 2 == 0)
        morning.speaker(activity, morning.session(activity, n / 2), asked=n % 3 == 0)
        Improvement.objects.create(
            provider=morning.cast.home,
            year=2026,
            title=f"I{n}",
            due_on=dt.date(2026, 11, 1),
            opened_at=clock.now(),
            priority_reason="x",
        )
    client = Client()
    client.force_login(morning.cast.person("director"))
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/office/home/").status_code == 200
    assert len(asked) <= 18
