"""The office builds forms, asks about needs and codes words; people answer on a phone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import Registration
from lifelong.loop.evaluation.actions import ask_due_follow_ups, link_token, submit
from lifelong.loop.evaluation.effects import invite_to_evaluate
from lifelong.loop.evaluation.models import ActivityForm, Coding, FollowUp, FormDone
from lifelong.loop.needs.actions import register_gap
from lifelong.loop.needs.models import NeedsSource
from lifelong.loop.people.models import LearnerProfile, Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.program.models import Term
from lifelong.loop.surveys.models import Campaign, Instrument, LearningGoal, Poll, Response, SurveyInvitation
from lifelong.loop.surveys.tokens import token_for
from taught import PLAN, Taught, answers, attend, teach

OFFICE = "/office/home/evaluation"
HOSTILE = '<script>alert("x")</script>'


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    with writes_open("test"):
        client.force_login(cast.person(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def begun(client: Client, template: str, title: str = "") -> Instrument:
    done = client.post(f"{OFFICE}/forms/new/", {"template": template, "title": title})
    assert done.status_code == 302, text_of(done)
    return Instrument.objects.order_by("-pk")[0]


def published(client: Client, template: str, title: str = "") -> Instrument:
    form = begun(client, template, title)
    client.post(f"{OFFICE}/forms/{form.pk}/publish/")
    return form


def crowd(cast: Cast, number: int, profession: str = "dentist") -> list[Person]:
    with writes_open("test"):
        found = [make_person(f"{profession}_{index}", profession, cast.home) for index in range(number)]
        LearnerProfile.objects.filter(person__in=found).update(specialty="Surgery")
    return found


QUESTIONS = {
    "text": {},
    "likert": {"options": "Every day\nSometimes\nNever"},
    "choice": {"options": "Yes\nNo"},
    "multi": {"options": "Ward\nClinic\nHome"},
    "number": {},
    "matrix": {"scale": "agree", "rows": "Clear\nUseful", "rows_from": ""},
    "retro": {"scale": "level"},
}


@pytest.mark.requirement("TUFTS-17", "WASHU-37")
def test_a_form_is_built_of_every_kind_of_question_and_looks_on_the_phone_as_it_will_be(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = begun(client, "series", f"Our rounds {HOSTILE}")
    at = f"{OFFICE}/forms/{form.pk}"
    for kind, fields in QUESTIONS.items():
        data = {"text": f"Asked as {kind}", "help": "", **fields}
        assert client.get(f"{at}/questions/new/?kind={kind}").status_code == 200
        done = client.post(f"{at}/questions/new/?kind={kind}", data)
        assert done.status_code == 302, text_of(done)
    assert [one.kind for one in form.questions.all()][5:] == list(QUESTIONS)
    scale = form.questions.get(text="Asked as likert").options
    assert scale == [
        {"value": "3", "label": "Every day"}, {"value": "2", "label": "Sometimes"}, {"value": "1", "label": "Never"},
    ]  # fmt: skip
    page = text_of(client.get(f"{at}/"))
    assert HOSTILE not in page
    preview = text_of(client.get(f"{at}/preview/"))
    assert HOSTILE not in preview
    assert "nobody can tell who gave them" in preview
    assert all(f"Asked as {kind}" in preview for kind in QUESTIONS)


@pytest.mark.requirement("WASHU-37")
def test_a_form_begins_with_nothing_or_with_one_of_our_own(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    unnamed = client.post(f"{OFFICE}/forms/new/", {"template": "empty", "kind": "evaluation"})
    assert "An empty form has no title yet" in text_of(unnamed)
    done = client.post(
        f"{OFFICE}/forms/new/", {"template": "empty", "kind": "evaluation", "title": "Ours"}, follow=True
    )
    assert "No question yet" in text_of(done)
    form = Instrument.objects.get(title="Ours")
    at = f"{OFFICE}/forms/{form.pk}"
    assert "at least one question" in text_of(client.post(f"{at}/publish/", follow=True))
    scale = {"text": "It fits my patients.", "scale": "agree", "offers_na": "on", "moore_level": "2", "kirkpatrick": "1", "evidence": "self"}  # fmt: skip
    client.post(f"{at}/questions/new/?kind=likert", scale)
    row = form.questions.get()
    assert [one["value"] for one in row.options] == ["5", "4", "3", "2", "1", "na"]
    assert (row.moore_level, row.kirkpatrick, row.is_objective_measure) == ("2", "1", False)
    client.post(f"{at}/publish/")
    client.post(f"{OFFICE}/forms/new/", {"template": f"own-{form.pk}", "title": "Ours again"})
    copy = Instrument.objects.get(title="Ours again")
    assert (copy.key, copy.version, copy.published_at) == ("ours_again", 1, None)
    assert [one.text for one in copy.questions.all()] == ["It fits my patients."]


def test_the_office_decides_on_a_page_how_often_it_asks(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    page = text_of(client.get(f"{OFFICE}/asking/"))
    assert 'value="45"' in page
    assert 'value="90"' in page
    said = {"first": 60, "second": "", "third": "", "reminders": 1, "most_per_quarter": 1}
    assert client.post(f"{OFFICE}/asking/", said).status_code == 302
    assert 'value="60"' in text_of(client.get(f"{OFFICE}/asking/"))
    assert client.post(f"{OFFICE}/asking/", said | {"first": 20}).status_code == 422


def test_a_question_is_changed_moved_branched_and_taken_out(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = begun(client, "series")
    at = f"{OFFICE}/forms/{form.pk}/questions"
    client.post(f"{at}/new/?kind=text", {"text": "Why not?", "show_if": "intended_change=no"})
    branched = form.questions.get(text="Why not?")
    assert (branched.show_if_key, branched.show_if_value) == ("intended_change", "no")
    keys = [one.key for one in form.questions.all()]
    client.post(f"{at}/relevance/arrange/", {"do": "up"})
    assert [one.key for one in form.questions.all()][:2] == ["relevance", "reflection"]
    refused = client.post(f"{at}/why_not/arrange/", {"do": "up"}, follow=True)
    assert "Move it behind that question" in text_of(refused)
    client.post(f"{at}/relevance/arrange/", {"do": "delete"})
    assert "relevance" not in [one.key for one in form.questions.all()]
    client.post(f"{at}/reflection/", {"text": "What stays with you?", "help": "", "is_required": "on"})
    assert form.questions.get(key="reflection").text == "What stays with you?"
    assert len(keys) == 6


def test_a_published_form_stays_and_its_change_is_the_next_version(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = published(client, "series")
    at = f"{OFFICE}/forms/{form.pk}"
    assert client.get(f"{at}/questions/reflection/").status_code == 302
    client.post(f"{at}/next/")
    second = Instrument.objects.get(key=form.key, version=2)
    assert second.published_at is None
    assert second.questions.count() == form.questions.count()


def test_a_test_marks_its_right_answer_and_ties_the_item_to_an_objective(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    taught = teach(cast.home)
    form = begun(client, "test")
    at = f"{OFFICE}/forms/{form.pk}"
    said = {
        "title": "Sepsis test",
        "promise": "matched",
        "passing_percent": "80",
        "activity_id": taught.activity.number,
    }
    assert client.post(f"{at}/settings/", said).status_code == 302
    objective = taught.activity.objectives.all()[1]
    item = {
        "text": "Which first?",
        "options": "Wait\n* Antibiotics\nScan",
        "rationale": "The trial.",
        "objective_id": objective.pk,
        "moore_level": "3b",
        "kirkpatrick": "2b",
        "evidence": "objective",
    }
    assert client.post(f"{at}/questions/new/?kind=choice", item).status_code == 302
    row = form.questions.get(text="Which first?")
    assert (row.correct_value, row.objective_id) == ("antibiotics", objective.pk)
    assert (row.moore_level, row.kirkpatrick, row.is_objective_measure) == ("3b", "2b", True)
    form.refresh_from_db()
    assert (form.passing_percent, form.is_matched, form.activity_id) == (80, True, taught.activity.pk)
    refused = client.post(f"{at}/settings/", {**said, "promise": "anonymous"})
    assert refused.status_code == 422
    assert "Promise a code that pairs the answers" in text_of(refused)


@pytest.mark.requirement("TUFTS-17", "UMASS-26", "UCONN-12")
def test_a_survey_goes_out_is_answered_on_a_phone_and_supports_a_gap(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    with writes_open("test"):
        Term.objects.create(
            provider=cast.home, taxonomy="needs_source", key="learner_survey", label="Surveys", position=9
        )
    form = published(client, "needs", "Needs of surgeons")
    people = crowd(cast, 6)
    said = {"title": "What shall we teach?", "instrument": form.pk, "audience": "inside", "specialties": "surgery", "closes_on": clock.today() + dt.timedelta(days=20)}  # fmt: skip
    assert client.post(f"{OFFICE}/campaigns/new/", said).status_code == 302
    campaign = Campaign.objects.get()
    at = f"{OFFICE}/campaigns/{campaign.pk}/"
    assert "6 people would be asked today" in text_of(client.get(at))
    client.post(f"{at}launch/")
    perform_all()
    assert len(mail.outbox) == 6
    phone = Client()
    for message in mail.outbox:
        found = re.search(r"https?://[^/]+(/i/survey/\S+/)", message.body)
        assert found is not None
        page = phone.get(found[1])
        assert SurveyInvitation.objects.filter(started_on__isnull=False).count() == Response.objects.count()
        assert len(page.content) < 10_000
        assert page.headers["Referrer-Policy"] == "no-referrer"
        answer = {"topic": "Stopping antibiotics", "cause": "knowledge", "need": "4", "format": "online"}
        assert phone.post(found[1], answer).status_code == 302
        assert "Your answer is in" in text_of(phone.get(found[1]))
    waits = text_of(client.get(at))
    assert "6 of 6 have answered" in waits
    assert "Stopping antibiotics" not in waits
    client.post(f"{at}close/")
    shown = text_of(client.get(f"{at}?by=specialty"))
    assert "Great need" in shown
    assert "Surgery" in shown
    assert "Stopping antibiotics" in shown
    gap = register_gap(
        cast.actor("coordinator"), cast.home, title="Stopping late", description="Antibiotics run too long.", kind="knowledge",
        needs=[("knowledge", "When to stop")], sources=[_source(cast)], priority_reason="Common",
    )  # fmt: skip
    client.post(f"{at}cite/", {"gap": gap.pk})
    source = NeedsSource.objects.get(kind="learner_survey")
    assert gap.gap_sources.filter(source=source).exists()
    assert "6 of 6 asked have answered" in source.finding
    assert {person.pk for person in people} == set(SurveyInvitation.objects.values_list("person_id", flat=True))


def _source(cast: Cast) -> int:
    from lifelong.loop.needs.actions import add_source

    return int(
        add_source(cast.actor("coordinator"), cast.home, kind="guideline", title="Guide", citation="Guide 2026").pk
    )


def test_touching_a_survey_says_that_it_was_begun_and_a_refusal_keeps_what_was_typed(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = published(client, "needs")
    crowd(cast, 1)
    client.post(f"{OFFICE}/campaigns/new/", {"title": "Q", "instrument": form.pk, "audience": "all", "specialties": "Surgery", "closes_on": clock.today() + dt.timedelta(days=20)})  # fmt: skip
    client.post(f"{OFFICE}/campaigns/{Campaign.objects.get().pk}/launch/")
    perform_all()
    link = re.search(r"/i/survey/\S+/", mail.outbox[0].body)
    assert link is not None
    phone = Client()
    refused = phone.post(link[0], {"topic": "Half"})
    assert refused.status_code == 422
    assert "Half" in text_of(refused)
    assert SurveyInvitation.objects.get().started_on is None
    assert phone.post(f"{link[0]}begun/").status_code == 204
    assert SurveyInvitation.objects.get().started_on is not None
    assert phone.get("/i/survey/" + "x" * 43 + "/").status_code == 404


@pytest.mark.requirement("HMS-46", "HMS-39")
def test_a_learner_takes_the_test_before_and_the_office_reads_a_table(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    taught = teach(cast.home, ended_hours_ago=-30)
    test = published(client, "test")
    evaluation = Instrument.objects.get(kind="evaluation")
    client.post(f"{OFFICE}/activity/{taught.activity.pk}/forms/", {"evaluation": evaluation.pk, "test": test.pk})
    assert ActivityForm.objects.get().instrument == test
    with writes_open("test"):
        Registration.objects.create(activity=taught.activity, person=cast.person("learner"), state="registered", registered_at=clock.now())  # fmt: skip
    learner = signed_in(cast, "learner")
    at = f"/me/test/{taught.activity.pk}/"
    assert "A code pairs them" in text_of(learner.get(at))
    assert learner.post(at, {"item_1": "a"}).status_code == 302
    told = text_of(learner.get(at))
    assert "100 % right" in told
    assert "shown after the activity" in told
    assert FormDone.objects.get().part == "before"
    assert signed_in(cast, "nurse").get(at).headers["Location"] == "/me/"
    page = text_of(client.get(f"{OFFICE}/activity/{taught.activity.pk}/"))
    assert "1 only before and 0 only after could not be paired" in page
    assert "too few" in page


@pytest.fixture
def ten_comments(cast: Cast) -> Taught:
    taught = teach(cast.home)
    for index, person in enumerate(crowd(cast, 10)):
        said = "Antibiotics early" if index < 5 else "Ask the nurse"
        submit(
            actor_of(person),
            attend(taught.session, person),
            answers=answers(taught.activity, reflection=said),
            commitments=[PLAN],
        )
    return taught


@pytest.mark.requirement("HMS-45")
def test_two_people_code_ten_comments_into_a_theme_table(cast: Cast, ten_comments: Taught) -> None:
    first, second = signed_in(cast, "evaluator"), signed_in(cast, "coordinator")
    lines = "Timing | when treatment begins | antibiotics early\nTeam | who does it | nurse team"
    assert first.post(f"{OFFICE}/coding/codebooks/new/", {"title": "Changes", "codes": lines}).status_code == 302
    page = text_of(first.get(f"{OFFICE}/coding/"))
    book = re.search(r"codebooks/(\d+)/publish/", page)
    assert book is not None
    first.post(f"{OFFICE}/coding/codebooks/{book[1]}/publish/")
    opened = first.post(
        f"{OFFICE}/coding/new/",
        {"codebook": book[1], "subject": f"a{ten_comments.activity.pk}", "question": "reflection"},
    )
    assert opened.status_code == 302, text_of(opened)
    at = opened.headers["Location"]
    for client in (first, second):
        for _ in range(10):
            page = text_of(client.get(at))
            text = re.search(r"coding/texts/(\d+)/", page)
            codes = re.findall(r'name="codes" value="(\d+)"', page)
            assert text is not None
            client.post(
                f"{OFFICE}/coding/texts/{text[1]}/", {"codes": codes[0] if "Antibiotics early" in page else codes[1]}
            )
            assert client is second or "Agreement" not in page.split("<main")[1]
    page = text_of(first.get(at))
    assert "Timing: 5 texts" in page
    assert "1.00" in page
    assert Coding.objects.filter(kind="machine").count() == 10


@pytest.mark.requirement("TUFTS-49", "TUFTS-50")
def test_barriers_of_the_year_name_their_domain_and_who_can_address_them(cast: Cast) -> None:
    taught = teach(cast.home)
    for person in crowd(cast, 5):
        plan = PLAN | {"barriers": [{"code": "staff", "how_overcome": "A float nurse"}]}
        submit(actor_of(person), attend(taught.session, person), answers=answers(taught.activity), commitments=[plan])
    page = text_of(signed_in(cast, "evaluator").get(f"{OFFICE}/barriers/"))
    assert "Environmental Context and Resources" in page
    assert "Leaders of the hospital or practice" in page
    assert "A float nurse" in page


@pytest.mark.parametrize("who", ["learner", "stranger", "other_director", "finance"])
@pytest.mark.parametrize(
    "address", ["forms/", "campaigns/", "coding/", "barriers/", "pairing/", "asking/", "forms/new/", "campaigns/new/"]
)
def test_strangers_find_none_of_these_pages(cast: Cast, who: str, address: str) -> None:
    assert signed_in(cast, who).get(f"{OFFICE}/{address}").status_code == 404


# --- on a phone that loses its connection, presses twice and comes back late


def form_on(page: str) -> str:
    found = re.search(r'data-draft="([^"]+)"', page)
    assert found is not None, "nothing would stay on the device"
    return found[1]


def test_a_survey_stays_on_the_device_until_it_is_in_and_counts_once(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = published(client, "needs")
    crowd(cast, 1)
    client.post(f"{OFFICE}/campaigns/new/", {"title": "Q", "instrument": form.pk, "audience": "all", "specialties": "Surgery", "closes_on": clock.today() + dt.timedelta(days=20)})  # fmt: skip
    at = f"{OFFICE}/campaigns/{Campaign.objects.get().pk}/"
    client.post(f"{at}launch/")
    perform_all()
    found = re.search(r"/i/survey/\S+/", mail.outbox[0].body)
    assert found is not None
    phone, link = Client(), found[0]
    draft = form_on(text_of(phone.get(link)))
    for _ in range(2):
        phone.post(link, {"topic": "Stopping antibiotics", "cause": "knowledge", "need": "4", "format": "online"})
    assert Response.objects.count() == 1
    assert f'name="draft-done" content="{draft}"' in text_of(phone.get(link))


def test_in_a_small_room_the_form_says_that_words_may_be_recognised(cast: Cast) -> None:
    taught = teach(cast.home)
    mark = attend(taught.session, cast.person("learner"))
    learner = signed_in(cast, "learner")
    assert "you may be known by your words" in text_of(learner.get(f"/me/evaluate/{mark.pk}/"))
    for person in crowd(cast, 4):
        attend(taught.session, person)
    assert "you may be known by your words" not in text_of(learner.get(f"/me/evaluate/{mark.pk}/"))


def test_links_of_long_ago_say_that_their_time_is_over(cast: Cast) -> None:
    taught = teach(cast.home)
    person = crowd(cast, 1)[0]
    mark = attend(taught.session, person)
    with writes_open("test"):
        invite_to_evaluate(mark.pk)
    row = SurveyInvitation.objects.get()
    evaluate = token_for("evaluate", row.instrument_id, row.person_id, row.subject_type, row.subject_id)
    submit(actor_of(person), mark, answers=answers(taught.activity), commitments=[PLAN])
    perform_all()
    with time_machine.travel(clock.now() + dt.timedelta(days=46), tick=False):
        ask_due_follow_ups(SYSTEM)
    asked = FollowUp.objects.select_related("commitment").get(wave=45)
    phone = Client()
    with time_machine.travel(clock.now() + dt.timedelta(days=50), tick=False):
        assert PLAN["text"] in text_of(phone.get(f"/i/follow-up/{link_token(asked)}/")), "the learner's own words"
    with time_machine.travel(clock.now() + dt.timedelta(days=120), tick=False):
        for link, says in (
            (f"/me/evaluate/link/{evaluate}/", "The time to evaluate this session has ended."),
            (f"/i/follow-up/{link_token(asked)}/", "The time to answer these questions has ended."),
        ):
            page = phone.get(link)
            assert page.status_code == 200
            assert says in text_of(page)
            assert "<form" not in text_of(page).split("<main")[1]
            assert page.headers["Referrer-Policy"] == "no-referrer"


def test_forms_from_elsewhere_are_paired_by_own_codes_and_nothing_is_kept(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    said = {"before": "a,03,m,oslo,2;4\nb,17,k,rome,1;5", "after": "a,03,m,oslo,4;8\nc,09,t,bern,3;2", "tolerance": "1"}  # fmt: skip
    page = text_of(client.post(f"{OFFICE}/pairing/", said))
    assert "0 of the pairs match in every element" in page
    assert "n 1, mean 4.00 before, 8.00 after, difference 4.00" in page
    file = client.post(f"{OFFICE}/pairing/", said | {"csv": "1"})
    assert text_of(file).split() == ["id,pre,post,differ", "pair0001,4.0,8.0,1"]
    refused = client.post(f"{OFFICE}/pairing/", said | {"after": "a,b"})
    assert refused.status_code == 422
    assert "Line 1 has 2 elements" in text_of(refused)
    assert not Response.objects.exists()


# --- learning with questions


def offers(cast: Cast, *uses: str) -> tuple[Client, Taught]:
    """An activity that was taught and asks these usual forms; a signed-in learner who was there."""
    client = signed_in(cast, "evaluator")
    taught = teach(cast.home)
    attend(taught.session, cast.person("learner"))
    chosen = {use: published(client, use).pk for use in uses}
    evaluation = Instrument.objects.get(kind="evaluation").pk
    done = client.post(f"{OFFICE}/activity/{taught.activity.pk}/forms/", {"evaluation": evaluation, **chosen})
    assert done.status_code == 302
    return signed_in(cast, "learner"), taught


@pytest.mark.requirement("TUFTS-43")
def test_a_learner_tests_oneself_and_reads_why_without_a_mark(cast: Cast) -> None:
    learner, taught = offers(cast, "self")
    at = f"/me/self/{taught.activity.pk}/"
    assert f"{taught.activity.title}: test yourself; nothing to pass" in text_of(learner.get("/me/forms/")), (
        "one activity may ask several forms; each line says which it is"
    )
    assert "nothing is passed or failed" in text_of(learner.get(at))
    told = text_of(learner.post(at, {"item_1": "b"}, follow=True))
    assert "Say why this answer is right" in told
    assert "You chose “Second answer”" in told
    assert "%" not in told.split("<main")[1]
    practice = text_of(learner.post(at, {"item_1": "a"}))
    assert "these answers are not kept" in practice
    assert Response.objects.count() == 1
    assert signed_in(cast, "nurse").get(at).headers["Location"] == "/me/"


@pytest.mark.requirement("TUFTS-42")
def test_what_a_learner_writes_is_in_confidence_until_shared(cast: Cast) -> None:
    learner, taught = offers(cast, "reflect")
    at, office = f"/me/reflect/{taught.activity.pk}/", f"{OFFICE}/activity/{taught.activity.pk}/learning/"
    form_on(text_of(learner.get(at)))
    learner.post(at, {"patient": "", "otherwise": f"Ask sooner {HOSTILE}", "next": ""})
    assert "In confidence; only you read it." in text_of(learner.get(at))
    assert "Ask sooner" in text_of(learner.get("/me/reflections/"))
    evaluator = signed_in(cast, "evaluator")
    seen = text_of(evaluator.get(office))
    assert "1 learner wrote for themselves; 0 share it" in seen
    assert "Ask sooner" not in seen
    learner.post(at, {"share": "yes"})
    seen = text_of(evaluator.get(office))
    assert "Ask sooner" in seen
    assert HOSTILE not in seen
    assert "Ask sooner" not in text_of(signed_in(cast, "nurse").get("/me/reflections/"))


@pytest.mark.requirement("TUFTS-41")
def test_a_case_is_decided_step_by_step_and_a_second_press_changes_nothing(cast: Cast) -> None:
    learner, taught = offers(cast, "case")
    at = f"/me/case/{taught.activity.pk}/"
    assert "Write what is found first" in text_of(learner.get(at))
    assert learner.post(at, {"step": "first"}).status_code == 422
    for value in ("wait", "act"):
        learner.post(at, {"step": "first", "choice": value})
    page = text_of(learner.get(at))
    assert "Say what this leads to" in page
    assert "how things stand after the second choice" in page
    learner.post(at, {"step": "after_wait", "choice": "act"})
    assert "The case is closed." in text_of(learner.get(at))


@pytest.mark.requirement("TUFTS-40")
def test_a_poll_is_opened_in_the_room_answered_on_phones_and_drawn_when_closed(cast: Cast) -> None:
    staff = signed_in(cast, "coordinator")
    taught = teach(cast.home)
    poll_form = published(signed_in(cast, "evaluator"), "poll")
    people = crowd(cast, 6)
    for person in people:
        attend(taught.session, person)
    office = f"{OFFICE}/activity/{taught.activity.pk}/learning/"
    staff.post(office, {"session": taught.session.pk, "instrument": poll_form.pk})
    poll = Poll.objects.get()
    for number, person in enumerate(people):
        phone = Client()
        with writes_open("test"):
            phone.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert len(phone.get(f"/me/poll/{poll.pk}/").content) < 10_000
        for _ in range(2):
            phone.post(f"/me/poll/{poll.pk}/", {"question": "a" if number < 4 else "b"})
        assert "shown here when the poll is closed" in text_of(phone.get(f"/me/poll/{poll.pk}/"))
    assert "6 answered so far" in text_of(staff.get(office))
    assert "First answer" not in text_of(staff.get(office))
    staff.post(f"{office}{poll.pk}/close/")
    for page in (text_of(staff.get(office)), text_of(phone.get(f"/me/poll/{poll.pk}/"))):
        assert "Share of 6 who answered" in page
        assert "First answer" in page
        assert "67" in page
    assert Response.objects.filter(subject_type="poll", person=None).count() == 6


def test_a_draft_that_still_asks_the_sample_says_so_and_leads_to_the_activity_of_its_objectives(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    form = begun(client, "test")
    at = f"{OFFICE}/forms/{form.pk}"
    assert "is the sample of the usual form" in text_of(client.get(f"{at}/"))
    item = form.questions.get()
    asked = client.get(f"{at}/questions/{item.key}/").content.decode()
    assert "Name the activity" in asked and f"{at}/settings/" in asked
    client.post(f"{at}/questions/{item.key}/", {"text": "Which first?", "options": "Wait\n* Antibiotics"})
    assert "is the sample of the usual form" not in text_of(client.get(f"{at}/"))


def test_a_poll_is_offered_for_the_session_at_hand_not_for_one_weeks_away(cast: Cast) -> None:
    staff = signed_in(cast, "coordinator")
    published(signed_in(cast, "evaluator"), "poll")
    taught = teach(cast.home, ended_hours_ago=-24 * 7, sessions=3)  # a week ahead is the last; the second ends now
    shown = staff.get(f"{OFFICE}/activity/{taught.activity.pk}/learning/").content.decode()
    assert re.search(rf'<option value="{taught.sessions[1].pk}" selected', shown)


def test_no_survey_is_planned_without_a_form_and_the_page_says_where_one_begins(cast: Cast) -> None:
    shown = signed_in(cast, "evaluator").get(f"{OFFICE}/campaigns/new/").content.decode()
    assert "There is no needs form in use" in shown and f"{OFFICE}/forms/new/" in shown
    assert "Plan this survey" not in shown


@pytest.mark.requirement("UCONN-13")
def test_after_a_needs_survey_a_learner_writes_a_plan_and_takes_an_activity_into_it(cast: Cast) -> None:
    client = signed_in(cast, "evaluator")
    offered = teach(cast.home, "Stopping antibiotics in time", ended_hours_ago=-48)
    form = published(client, "needs")
    crowd(cast, 1)
    client.post(f"{OFFICE}/campaigns/new/", {"title": "Q", "instrument": form.pk, "audience": "all", "specialties": "Surgery", "closes_on": clock.today() + dt.timedelta(days=20)})  # fmt: skip
    client.post(f"{OFFICE}/campaigns/{Campaign.objects.get().pk}/launch/")
    perform_all()
    link = re.search(r"/i/survey/\S+/", mail.outbox[0].body)
    assert link is not None
    phone = Client()
    thanks = text_of(phone.post(link[0], {"topic": "Antibiotics", "cause": "knowledge", "need": "4", "format": "online"}, follow=True))  # fmt: skip
    assert 'href="/me/plan/"' in thanks
    assert "On this we offer: Stopping antibiotics in time." in thanks
    assert "On this we offer" not in text_of(phone.get(link[0])), "nothing is kept of who wrote what"
    learner = signed_in(cast, "learner")
    page = text_of(learner.post("/me/plan/", {"text": f"When to stop antibiotics {HOSTILE}"}, follow=True))
    assert HOSTILE not in page
    assert "Stopping antibiotics in time" in page
    goal = LearningGoal.objects.get()
    page = text_of(learner.post(f"/me/plan/{goal.pk}/", {"activity": offered.activity.pk}, follow=True))
    assert "You plan to learn it at" in page
    assert signed_in(cast, "nurse").post(f"/me/plan/{goal.pk}/", {"do": "remove"}).status_code == 404
    learner.post(f"/me/plan/{goal.pk}/", {"do": "reached"})
    assert "Learned" in text_of(learner.get("/me/plan/"))
