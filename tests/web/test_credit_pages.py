"""The office's pages of credit and evaluation: who may open them, what they tell, what they hide."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cast import Cast, make_person
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit.actions import claim_credit
from lifelong.loop.credit.models import Award, RepeatedSession
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.evaluation.models import Barrier, Commitment
from lifelong.loop.people.reads import actor_of
from lifelong.loop.program.models import AccreditedProvider
from taught import PLAN, Taught, answers, attend, teach

pytestmark = pytest.mark.urls("web.credit_addresses")
CREDIT, EVALUATION = "/office/home/credit/", "/office/home/evaluation/"


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = settings.STORED_FILES = tmp_path


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("test"):
        client.force_login(cast.person(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text_of(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def taught(cast: Cast) -> Taught:
    return teach(cast.home, organisation=cast.department)


@pytest.fixture
def award(cast: Cast, taught: Taught) -> Award:
    attendance = attend(taught.session, cast.person("learner"))
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity))
    return claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=Decimal("1.00"))


def evaluated_by(cast: Cast, taught: Taught, number: int) -> None:
    with writes_open("test"):
        people = [make_person(f"doctor_{index}", "physician", cast.home) for index in range(number)]
    for index, person in enumerate(people):
        plan = PLAN | {"barriers": [{"code": "time", "how_overcome": f"Ask {person.full_name}"}]}
        given = answers(taught.activity, reflection=f"Said {index}, write to me@example.org")
        submit(actor_of(person), attend(taught.session, person), answers=given, commitments=[plan])


@pytest.mark.parametrize(
    ("path", "allowed", "denied"),
    [
        ("", ("director", "credit_officer", "coordinator", "accreditor"), ("learner", "evaluator", "leader", "finance", "other_credit_officer", "stranger")),
        ("award/{award}/", ("director", "credit_officer"), ("learner", "leader", "other_director", "stranger")),
        ("late/", ("director", "credit_officer"), ("coordinator", "learner", "accreditor", "other_credit_officer")),
        ("repeat/", ("director", "coordinator"), ("learner", "series_coordinator", "other_coordinator", "stranger")),
        ("check/", ("director", "accreditor"), ("learner", "coordinator", "stranger")),
    ],
)  # fmt: skip
def test_credit_pages_exist_for_those_with_the_role_and_for_nobody_else(
    cast: Cast, award: Award, path: str, allowed: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    address = CREDIT + path.format(award=award.pk)
    for who in allowed:
        assert signed_in(cast, who).get(address).status_code == 200, who
    for who in denied:
        assert signed_in(cast, who).get(address).status_code == 404, who
    assert Client().get(address).status_code == 302


def test_an_award_is_corrected_with_a_reason_and_only_by_those_who_may(cast: Cast, award: Award) -> None:
    address = f"{CREDIT}award/{award.pk}/"
    data = {"amount": "0.5", "reason": "Left at half time"}
    assert signed_in(cast, "coordinator").post(address, data).status_code in (403, 422)
    assert Award.objects.count() == 1
    officer = signed_in(cast, "credit_officer")
    for bad in (
        {"amount": "0.5", "reason": ""},
        {"amount": "0.3", "reason": "Because"},
        {"amount": "0,5", "reason": "Because"},
    ):
        assert officer.post(address, bad).status_code == 422
    assert officer.post(address, data).status_code == 302
    assert [entry.amount for entry in Award.objects.order_by("id")] == [Decimal("1.00"), Decimal("-0.50")]
    assert "Left at half time" in text_of(officer.get(address))
    assert officer.post(address, {"amount": "0", "reason": "Was never there"}).status_code == 302
    assert sum(Award.objects.values_list("amount", flat=True)) == 0


def test_a_late_claim_is_entered_by_a_second_person(cast: Cast) -> None:
    taught = teach(cast.home, ended_hours_ago=24 * 40)
    attendance = attend(taught.session, cast.person("learner"))
    submit(cast.actor("learner"), attendance, answers=answers(taught.activity))
    data = {
        "session_id": taught.session.pk, "email": "learner@example.org", "designation_id": taught.ama.pk, "amount": "1",
        "reason": "Was on leave; the roster shows it",
    }  # fmt: skip
    client = signed_in(cast, "credit_officer")
    assert client.post(f"{CREDIT}late/", data | {"email": "nobody@example.org"}).status_code == 422
    assert client.post(f"{CREDIT}late/", data).status_code == 302
    assert Award.objects.get().is_late


def test_a_repeat_is_declared_once_and_in_order(cast: Cast) -> None:
    taught, elsewhere = teach(cast.home, sessions=2), teach(cast.elsewhere)
    client = signed_in(cast, "coordinator")
    first, second = taught.sessions
    assert client.post(f"{CREDIT}repeat/", {"session_id": first.pk, "first": second.pk}).status_code == 422
    assert client.post(f"{CREDIT}repeat/", {"session_id": second.pk, "first": elsewhere.session.pk}).status_code == 422
    for _ in range(2):
        assert client.post(f"{CREDIT}repeat/", {"session_id": second.pk, "first": first.pk}).status_code == 302
    assert list(RepeatedSession.objects.values_list("session_id", "first_id")) == [(second.pk, first.pk)]


def test_the_stop_switch_is_one_button(cast: Cast) -> None:
    client = signed_in(cast, "credit_officer")
    assert "Stop awards" in text_of(client.get(CREDIT))
    client.get(f"{CREDIT}pause/")
    assert AccreditedProvider.objects.get(slug="home").credit_paused_at is None, "opening an address changes nothing"
    client.post(f"{CREDIT}pause/")
    assert AccreditedProvider.objects.get(slug="home").credit_paused_at is not None
    assert "Awards are stopped" in text_of(client.get(CREDIT))
    assert signed_in(cast, "coordinator").post(f"{CREDIT}resume/").status_code == 404
    client.post(f"{CREDIT}resume/")
    assert AccreditedProvider.objects.get(slug="home").credit_paused_at is None


@pytest.mark.requirement("TUFTS-46", "TUFTS-49", "TUFTS-50", "TUFTS-51")
def test_an_activity_shows_figures_from_five_answers_on_and_no_names(cast: Cast, taught: Taught) -> None:
    client = signed_in(cast, "evaluator")
    address = f"{EVALUATION}activity/{taught.activity.pk}/"
    evaluated_by(cast, taught, 4)
    page = text_of(client.get(address))
    assert "4 of 4 who attended have evaluated it" in page
    assert "Figures appear when five have answered" in page
    assert "Said 1" not in page
    assert PLAN["text"] not in page.split("Plans without a theme")[0]


def test_from_five_on_charts_quotes_and_barriers_appear_without_names(cast: Cast, taught: Taught) -> None:
    evaluated_by(cast, taught, 6)
    page = text_of(signed_in(cast, "evaluator").get(f"{EVALUATION}activity/{taught.activity.pk}/"))
    assert "<svg" in page
    assert "No time in the visit: 6" in page
    assert "6 plans of 6 learners; nobody was asked yet" in page
    quoted = page + opened(signed_in(cast, "evaluator"), page)
    assert "Ask [name]" in quoted
    assert "Said 1, write to [address]" in quoted
    assert "Doctor 1" not in quoted


def opened(browser: Client, page: str) -> str:
    """What the lines of the page show when each is opened: fetched into the page, or read as a page of its own."""
    found = ""
    for url in re.findall(r'hx-get="([^"]+)"', page):
        assert f'<a href="{url}">Read them</a>' in page
        part, whole = (text_of(browser.get(unescape(url), **how)) for how in ({"HTTP_HX_REQUEST": "true"}, {}))
        assert "<html" not in part
        assert part.strip() in whole
        found += part
    return found


@pytest.mark.parametrize("who", ["learner", "finance", "neighbour_series_coordinator", "other_evaluator"])
def test_own_words_are_read_only_by_whoever_may_see_the_evaluation(cast: Cast, taught: Taught, who: str) -> None:
    evaluated_by(cast, taught, 6)
    assert signed_in(cast, who).get(f"{EVALUATION}activity/{taught.activity.pk}/words/").status_code == 404


def test_below_five_learners_no_own_words_are_handed_out_to_whoever_types_the_address(
    cast: Cast, taught: Taught
) -> None:
    evaluated_by(cast, taught, 4)
    theme, code = (
        Commitment.objects.values_list("theme", flat=True)[0],
        Barrier.objects.values_list("code", flat=True)[0],
    )
    for about, name in (("reflection", ""), ("theme", theme), ("barrier", code)):
        address = f"{EVALUATION}activity/{taught.activity.pk}/words/?about={about}&name={name}"
        page = text_of(signed_in(cast, "evaluator").get(address))
        assert PLAN["text"] not in page
        assert "Said 1" not in page
        assert "fewer than five" in page, about


def test_a_plan_is_put_under_a_theme(cast: Cast, taught: Taught) -> None:
    evaluated_by(cast, taught, 1)
    plan = Commitment.objects.get()
    data = {"theme": "Early antibiotics", "matches_objective": "yes"}
    assert signed_in(cast, "coordinator").post(f"{EVALUATION}plan/{plan.pk}/", data).status_code == 302
    plan.refresh_from_db()
    assert (plan.theme, plan.matches_objective) == ("Early antibiotics", "yes")
    for who in ("learner", "accreditor", "other_evaluator"):
        assert signed_in(cast, who).post(f"{EVALUATION}plan/{plan.pk}/", data).status_code in (403, 404)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("director", 200), ("evaluator", 200), ("series_coordinator", 200), ("neighbour_series_coordinator", 404), ("learner", 404),
        ("finance", 404), ("other_evaluator", 404), ("stranger", 404),
    ],
)  # fmt: skip
def test_an_evaluation_is_seen_by_its_program_and_its_department(
    cast: Cast, taught: Taught, who: str, status: int
) -> None:
    evaluated_by(cast, taught, 1)
    assert signed_in(cast, who).get(f"{EVALUATION}activity/{taught.activity.pk}/").status_code == status
    titles = text_of(signed_in(cast, who).get(EVALUATION))
    assert ("Sepsis rounds" in titles) == (status == 200)
