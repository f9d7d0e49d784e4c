"""A learner on a phone: what waits, evaluate, claim, the paper, the later question."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from cast import Cast
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS, perform_all
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.loop.credit import effects as credit_effects
from lifelong.loop.credit.actions import claim_credit, new_serial, reverse_award
from lifelong.loop.credit.models import Award
from lifelong.loop.delivery.actions import register
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation import effects as evaluation_effects
from lifelong.loop.evaluation.actions import ask_due_follow_ups, link_token, submit
from lifelong.loop.evaluation.models import (
    ActivityEvaluation,
    ActivityForm,
    Commitment,
    EvaluationDone,
    FollowUp,
    Team,
    TeamMember,
)
from lifelong.loop.surveys.models import Response, SurveyInvitation
from lifelong.loop.surveys.tokens import token_for
from taught import PLAN, Taught, answers, attend, teach

pytestmark = pytest.mark.urls("web.credit_addresses")
HOSTILE = '<script>alert("x")</script>'
ONE = Decimal("1.00")


@pytest.fixture(autouse=True)
def what_follows(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.HOME = settings.STORED_FILES = tmp_path
    follows = {
        "evaluation.submitted": (evaluation_effects.plan_follow_ups,),
        "credit.awarded": (credit_effects.seal_ledger, credit_effects.keep_total, credit_effects.make_certificate),
        "credit.reversed": (credit_effects.seal_ledger, credit_effects.keep_total, credit_effects.make_certificate),
    }
    for verb, handlers in follows.items():
        monkeypatch.setitem(FOLLOWS, verb, tuple(handler.__name__ for handler in handlers))
        for handler in handlers:
            monkeypatch.setitem(HANDLERS, handler.__name__, handler)
    for handler in (
        evaluation_effects.mail_follow_up,
        evaluation_effects.invite_to_evaluate,
        evaluation_effects.mail_evaluation_invitation,
    ):
        monkeypatch.setitem(HANDLERS, handler.__name__, handler)


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("test"):
        client.force_login(cast.person(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def sent(taught: Taught, **more: Any) -> dict[str, Any]:
    """What a browser sends for a contented evaluation."""
    data: dict[str, Any] = {"plans": "1"}
    for key, value in answers(taught.activity).items():
        data |= {f"{key}__{row}": one for row, one in value.items()} if isinstance(value, dict) else {key: value}
    return data | more


def text_of(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def taught(cast: Cast) -> Taught:
    return teach(cast.home)


@pytest.fixture
def attendance(cast: Cast, taught: Taught) -> Attendance:
    return attend(taught.session, cast.person("learner"))


def test_the_home_says_how_many_things_wait_and_when_claims_close(cast: Cast, attendance: Attendance) -> None:
    page = text_of(signed_in(cast, "learner").get("/me/"))
    assert "1 thing waits for you" in page
    assert "Evaluate, then claim 1.0 AMA PRA Category 1" in page
    assert "closes after" in page
    assert "Nothing waits for you" in text_of(signed_in(cast, "nurse").get("/me/"))


def test_the_home_asks_few_questions_of_the_database(cast: Cast, django_assert_max_num_queries: Any) -> None:
    """J11: beside session, person and grants, six queries and the profile. Forms are asked for by a part of their own."""
    for number in range(6):
        attend(teach(cast.home, f"Rounds {number}").session, cast.person("learner"))
    client = signed_in(cast, "learner")
    client.get("/me/")  # from now on this process knows the names of programs
    with django_assert_max_num_queries(9):
        assert client.get("/me/").status_code == 200


def test_the_home_lists_what_one_is_registered_for_until_it_is_over(cast: Cast) -> None:
    coming, over = (teach(cast.home, name, ended_hours_ago=hours) for name, hours in (("Coming", -48), ("Over", 48)))
    with writes_open("test"):
        coming.activity.capacity = 1
        coming.activity.save()
    for who, taught in (("learner", over), ("learner", coming), ("nurse", coming)):
        register(cast.actor(who), taught.activity, person=cast.person(who))
    page = text_of(signed_in(cast, "learner").get("/me/"))
    assert (
        "You are registered for" in page
        and "Your seat is kept" in page
        and f"/me/register/{coming.activity.pk}/" in page
    )
    assert f"/me/register/{over.activity.pk}/" not in page
    assert "You are on the waiting list" in text_of(signed_in(cast, "nurse").get("/me/"))


def test_forms_that_wait_stand_on_the_home_and_on_a_page_of_their_own(cast: Cast) -> None:
    taught = teach(cast.home)
    with writes_open("test"):
        team = Team.objects.create(activity=taught.activity, name="Ward 3")
        TeamMember.objects.create(team=team, person=cast.person("learner"))
        instrument = ActivityEvaluation.objects.get(activity=taught.activity).instrument
        ActivityForm.objects.create(activity=taught.activity, use="team", instrument=instrument)
    client = signed_in(cast, "learner")
    assert 'hx-get="/me/forms/"' in text_of(client.get("/me/"))
    page, part = client.get("/me/forms/"), client.get("/me/forms/", headers={"HX-Request": "true"})
    for answer in (page, part):
        assert f"/me/team/{team.pk}/" in text_of(answer)
    assert "<html" in text_of(page) and "<html" not in text_of(part)
    assert "No form waits" in text_of(signed_in(cast, "nurse").get("/me/forms/"))


@pytest.mark.requirement("TUFTS-47", "TUFTS-48", "TUFTS-49", "TUFTS-50")
def test_the_form_begins_with_the_reflection_and_is_small_enough_for_a_phone(
    cast: Cast, attendance: Attendance
) -> None:
    response = signed_in(cast, "learner").get(f"/me/evaluate/{attendance.pk}/")
    page = text_of(response)
    names = re.findall(r'name="([\w-]+)"', page.split("<main")[1])
    assert [name for name in names if name not in ("csrfmiddlewaretoken", "plans")][0] == "reflection"
    assert "Begin treatment of sepsis within the hour" in page
    assert "No time in the visit" in page
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    assert main is not None
    assert len(main[0].encode()) < 10_000


def test_evaluating_leads_to_the_claim_and_the_claim_to_a_certificate(
    cast: Cast, taught: Taught, attendance: Attendance
) -> None:
    """Walk 1 of the house, from the evaluation on."""
    client = signed_in(cast, "learner")
    plan = {
        "p0-text": PLAN["text"],
        "p0-level": "4",
        "p0-confidence": "7",
        "p0-barrier1": "No time in the visit",
        "p0-overcome1": "Ask the nurse",
    }
    done = client.post(f"/me/evaluate/{attendance.pk}/", sent(taught, **plan))
    assert (done.status_code, done.headers["Location"]) == (302, f"/me/claim/{attendance.pk}/")
    barrier = Commitment.objects.get().barriers.get()
    assert (barrier.code, barrier.how_overcome) == ("time", "Ask the nurse")
    page = text_of(client.get(f"/me/claim/{attendance.pk}/"))
    assert 'max="1.00"' in page
    assert 'step="0.25"' in page
    claimed = client.post(
        f"/me/claim/{attendance.pk}/", {"designation": taught.ama.pk, f"{taught.ama.pk}-amount": "0.75"}
    )
    assert claimed.status_code == 302
    award = Award.objects.get()
    assert award.amount == Decimal("0.75")
    assert client.get(f"/me/certificate/{award.serial}.pdf").status_code == 202
    perform_all()
    paper = client.get(f"/me/certificate/{award.serial}.pdf")
    assert (paper.headers["Content-Type"], paper.content[:4]) == ("application/pdf", b"%PDF")
    assert "0.75" in text_of(client.get(f"/me/claim/{attendance.pk}/done/"))
    again = client.post(
        f"/me/claim/{attendance.pk}/", {"designation": taught.ama.pk, f"{taught.ama.pk}-amount": "0.75"}
    )
    assert again.status_code == 302
    assert Award.objects.count() == 1


def test_what_is_missing_is_said_beside_its_question_and_nothing_typed_is_lost(
    cast: Cast, taught: Taught, attendance: Attendance
) -> None:
    data = sent(taught, comment=HOSTILE)
    del data["bias"]
    response = signed_in(cast, "learner").post(f"/me/evaluate/{attendance.pk}/", data)
    page = text_of(response)
    assert response.status_code == 422
    assert "This has no answer yet" in page
    assert "Time matters." in page
    assert HOSTILE not in page
    assert not EvaluationDone.objects.exists()


def test_another_plan_can_be_added_without_losing_the_first(cast: Cast, taught: Taught, attendance: Attendance) -> None:
    client = signed_in(cast, "learner")
    page = text_of(client.post(f"/me/evaluate/{attendance.pk}/", sent(taught, **{"p0-text": "First plan", "add": "1"})))
    assert "First plan" in page
    assert 'name="p1-text"' in page
    assert "Time matters." in page
    assert not EvaluationDone.objects.exists()
    two = {"plans": "2", "p0-text": "First plan", "p1-text": "Second plan", "p1-barrier1": "Our own old pumps"}
    assert client.post(f"/me/evaluate/{attendance.pk}/", sent(taught, **two)).status_code == 302
    assert list(Commitment.objects.order_by("position").values_list("text", "barriers__code", "barriers__other")) == [
        ("First plan", None, None), ("Second plan", "other", "Our own old pumps"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "amount", ["1.25", "-0.25", "0.1", "0.333", "1e309", "NaN", "1,25", "１", "true", "[1]", "9" * 400, ""]
)
def test_absurd_amounts_are_refused_beside_the_amount(
    cast: Cast, taught: Taught, attendance: Attendance, amount: str
) -> None:
    """A08, through the page."""
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity))
    data = {"designation": taught.ama.pk, f"{taught.ama.pk}-amount": amount}
    response = signed_in(cast, "learner").post(f"/me/claim/{attendance.pk}/", data)
    assert response.status_code == 422
    assert "field--error" in text_of(response)
    assert not Award.objects.exists()


def test_things_of_others_do_not_exist(cast: Cast, taught: Taught, attendance: Attendance) -> None:
    """A16: the same page for what is another's and for what is nobody's."""
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity), commitments=[PLAN])
    award = claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    perform_all()
    question = FollowUp.objects.get(wave=45).pk
    for who in ("nurse", "director", "stranger"):
        client = signed_in(cast, who)
        for path, none in (
            (f"/me/evaluate/{attendance.pk}/", "/me/evaluate/999999/"),
            (f"/me/claim/{attendance.pk}/", "/me/claim/999999/"),
            (f"/me/certificate/{award.serial}.pdf", f"/me/certificate/{new_serial()}.pdf"),
            (f"/me/follow-up/{question}/", "/me/follow-up/999999/"),
        ):
            one, other = client.get(path), client.get(none)
            assert (one.status_code, other.status_code) == (404, 404)
            assert _bare(one).replace(path, "") == _bare(other).replace(none, "")
        assert award.serial not in text_of(client.get("/me/transcript/"))
    assert Client().get("/me/").status_code == 302


def _bare(response: Any) -> str:
    """A page without its CSRF token, which differs every time."""
    return re.sub(r'(value=|X-CSRFToken": )"\w{64}"', "", text_of(response))


@pytest.mark.requirement("TUFTS-03", "HMS-13", "WASHU-01")
def test_the_transcript_filters_and_leaves_as_pdf_csv_and_json(cast: Cast) -> None:
    for provider in (cast.home, cast.elsewhere):
        made = teach(provider, f"Rounds of {provider.slug}", ended_hours_ago=2 if provider is cast.home else 5)
        present = attend(made.session, cast.person("learner"))
        submit(cast.actor("learner"), present, answers=answers(made.activity))
        claim_credit(cast.actor("learner"), present, designation_id=made.ama.pk, amount=ONE)
    client = signed_in(cast, "learner")
    page = text_of(client.get("/me/transcript/"))
    assert "Rounds of home" in page
    assert "Rounds of elsewhere" in page
    only = text_of(client.get("/me/transcript/?provider=elsewhere"))
    assert "Rounds of home:" not in only
    assert client.get("/me/transcript.pdf").content.startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO(client.get("/me/transcript.csv?provider=home").content.decode("utf-8-sig"))))
    assert [row["Provider"] for row in rows] == ["Home School"]
    told = json.loads(client.get("/me/transcript.json").content)
    assert told["totals"] == [{"system": "AMA PRA Category 1", "amount": "2.00", "awards": 2}]
    assert client.get("/me/transcript.exe").status_code == 404


def test_opening_an_invitation_changes_nothing_and_sending_it_evaluates_once(
    cast: Cast, taught: Taught, attendance: Attendance
) -> None:
    """A37: a scanner that follows links, even one that posts without the form's token, leaves no mark."""
    with writes_open("test"):
        evaluation_effects.invite_to_evaluate(attendance.pk)
    row = SurveyInvitation.objects.get()
    link = f"/me/evaluate/link/{token_for('evaluate', row.instrument_id, row.person_id, row.subject_type, row.subject_id)}/"
    audits = AuditEvent.objects.count()
    client = Client()
    first = client.get(link)
    client.get(link)
    assert (first.status_code, first.headers["X-Robots-Tag"], first.headers["Referrer-Policy"]) == (
        200,
        "noindex",
        "no-referrer",
    )
    assert AuditEvent.objects.count() == audits
    assert Client(enforce_csrf_checks=True).post(link, sent(taught)).status_code == 403
    assert not EvaluationDone.objects.exists()
    assert client.post(link, sent(taught)).status_code == 302
    assert client.post(link, sent(taught)).status_code == 200
    assert Response.objects.count() == 1
    assert "Thank you" in text_of(client.get(link))
    for elsewhere in ("/me/", "/me/transcript/", f"/me/claim/{attendance.pk}/", f"/me/evaluate/{attendance.pk}/"):
        assert client.get(elsewhere).status_code == 302, "the link opens nothing else"
    assert client.get("/me/evaluate/link/guessed/").status_code == 404


@pytest.mark.requirement("TUFTS-51", "UMASS-36")
def test_the_later_question_quotes_the_learner_and_takes_an_answer_by_link(cast: Cast) -> None:
    began = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)
    with time_machine.travel(began, tick=False):
        taught = teach(cast.home)
        present = attend(taught.session, cast.person("learner"))
        submit(
            cast.actor("learner"),
            present,
            answers=answers(taught.activity),
            commitments=[PLAN | {"text": f"Teach {HOSTILE}"}],
        )
        perform_all()
    with time_machine.travel(began + dt.timedelta(days=46), tick=False):
        ask_due_follow_ups(SYSTEM)
        row = FollowUp.objects.select_related("commitment").get(wave=45)
        link = f"/i/follow-up/{link_token(row)}/"
        client = Client()
        page = text_of(client.get(link))
        assert "Teach &lt;script&gt;" in page
        assert HOSTILE not in page
        assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
        assert FollowUp.objects.get(pk=row.pk).answered_at is None
        assert client.post(link, {}).status_code == 422
        answered = client.post(
            link, {f"q{row.pk}-answer": "partly", f"q{row.pk}-barrier_code": "staff", f"q{row.pk}-text": "Nights"}
        )
        assert answered.status_code == 302
        row.refresh_from_db()
        assert (row.answer, row.barrier_code, row.text) == ("partly", "staff", "Nights")
        assert "Your answer is in" in text_of(client.get(link))
        assert client.get(link[:-2] + "x/").status_code == 404
        assert client.get("/me/transcript/").status_code == 302


def test_open_questions_wait_on_the_home_in_the_learners_own_words(cast: Cast) -> None:
    began = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)
    with time_machine.travel(began, tick=False):
        taught = teach(cast.home)
        present = attend(taught.session, cast.person("learner"))
        submit(
            cast.actor("learner"),
            present,
            answers=answers(taught.activity),
            commitments=[PLAN, PLAN | {"text": "Second"}],
        )
        perform_all()
    with time_machine.travel(began + dt.timedelta(days=46), tick=False):
        ask_due_follow_ups(SYSTEM)
        client = signed_in(cast, "learner")
        page = text_of(client.get("/me/"))
        assert "1 thing waits for you" in page
        assert f"“{PLAN['text']}” and 1 more" in page
        rows = FollowUp.objects.filter(wave=45)
        data = {f"q{row.pk}-answer": "fully" for row in rows}
        assert client.post(f"/me/follow-up/{rows[0].pk}/", data).status_code == 302
        assert "Nothing waits for you" in text_of(client.get("/me/"))


def test_anybody_may_check_a_certificate_and_sees_the_ledgers_truth(
    cast: Cast, taught: Taught, attendance: Attendance
) -> None:
    """T06, A14: a forged paper shows another truth here; a credit taken back says so."""
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity))
    award = claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    perform_all()
    response = Client().get(f"/verify/{award.serial}/")
    page = text_of(response)
    assert "This certificate is genuine" in page
    assert "Learner Example" in page
    assert "1.0 AMA PRA Category 1 Credit" in page
    assert "learner@example.org" not in page
    assert "noindex" in response.headers["X-Robots-Tag"]
    reverse_award(cast.actor("credit_officer"), award, reason="The session was cancelled")
    assert "This credit was taken back" in text_of(Client().get(f"/verify/{award.serial}/"))


def test_guessing_serials_gets_one_answer_and_is_slowed_down(
    cast: Cast, taught: Taught, attendance: Attendance
) -> None:
    """A15"""
    from django.core.cache import cache

    cache.clear()
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity))
    award = claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    client = Client()
    tries = [award.serial.lower(), award.serial[:-1], award.serial + "0", "x", *(new_serial() for _ in range(16))]
    bodies = set()
    for serial in tries:
        response = client.get(f"/verify/{serial}/")
        assert response.status_code == 404
        bodies.add(_bare(response).replace(f"/verify/{serial}/", ""))
    assert len(bodies) == 1
    assert client.get(f"/verify/{new_serial()}/").status_code == 429
    cache.clear()
    assert client.get(f"/verify/{award.serial}/").status_code == 200
