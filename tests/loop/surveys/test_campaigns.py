"""Needs campaigns: whom to ask and whom to leave in peace, who answered, and what groups large enough said."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail

from asked import SAID, answer, launched, people, planned
from cast import Cast
from lifelong.entrypoints.jobs import effects as _page_of_effects  # noqa: F401 -- the mails of campaigns
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Actor
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.surveys import campaign_reads as reads
from lifelong.loop.surveys.actions import ensure_default
from lifelong.loop.surveys.campaigns import (
    answer_campaign,
    begin_survey,
    close_campaign,
    launch_campaign,
    remind_campaigns,
    token_of,
)
from lifelong.loop.surveys.models import Response, SurveyInvitation
from lifelong.loop.surveys.suppression import hidden, in_company

MONDAY = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)


@pytest.mark.requirement("TUFTS-17", "UMASS-26")
def test_only_the_chosen_audience_is_asked_by_mail_with_a_link_each(cast: Cast) -> None:
    asked = people(cast, 3, "dentist")
    people(cast, 2, "dentist", inside=False)
    campaign = launched(cast, audience="inside")
    perform_all()
    assert sorted(one for message in mail.outbox for one in message.to) == sorted(one.email for one in asked)
    links = {re.search(r"/i/survey/\S+/", message.body).group() for message in mail.outbox}  # type: ignore[union-attr]
    assert len(links) == 3
    assert all("nobody can tell who gave them" in message.body for message in mail.outbox)
    again = launch_campaign(cast.actor("evaluator"), campaign)
    perform_all()
    assert (again.matching, len(mail.outbox)) == (3, 3)  # type: ignore[union-attr]


@pytest.mark.requirement("UCONN-12")
def test_nobody_is_asked_more_often_than_the_book_allows_and_the_skipped_are_counted(cast: Cast) -> None:
    people(cast, 4, "dentist")
    with time_machine.travel(MONDAY, tick=False):
        launched(cast, "First")
        launched(cast, "Second")
        people(cast, 1, "midwife")
        third = launched(cast, "Third")
        assert (third.matching, third.at_cap) == (5, 4)
        with pytest.raises(Problem, match="asked often enough"):
            launch_campaign(cast.actor("evaluator"), planned(cast, "Fourth", professions=["dentist"]))
    with time_machine.travel(MONDAY + dt.timedelta(days=91), tick=False):
        assert launched(cast, "Next quarter").at_cap == 0


def test_the_evaluation_of_ones_own_session_does_not_use_up_the_cap(cast: Cast) -> None:
    (person,) = people(cast, 1, "dentist")
    with writes_open("test"):
        form = ensure_default(cast.home, "needs")
        for number in range(5):
            SurveyInvitation.objects.create(
                instrument=form, person=person, subject_type="session", subject_id=number, token_digest=str(number), invited_at=clock.now()
            )  # fmt: skip
    assert launched(cast).at_cap == 0


def test_a_sample_has_its_size_and_can_be_drawn_again(cast: Cast) -> None:
    people(cast, 20, "dentist")
    campaign = planned(cast, sample_size=6)
    first, second = reads.choice(campaign), reads.choice(campaign)
    assert first == second
    assert (len(first.people), first.not_sampled, first.matching) == (6, 14, 20)
    assert launch_campaign(cast.actor("evaluator"), campaign).not_sampled == 14  # type: ignore[union-attr]


@pytest.mark.requirement("UCONN-12", "UMASS-26")
def test_response_and_silence_are_told_inside_and_outside(cast: Cast) -> None:
    inside, outside = people(cast, 6, "dentist"), people(cast, 5, "dentist", inside=False)
    campaign = launched(cast)
    perform_all()
    for person in inside[:4] + outside[:1]:
        answer(campaign, person)
    row = SurveyInvitation.objects.select_related("instrument__provider").get(person=outside[1])
    begin_survey(Actor(person_id=outside[1].pk, channel="link"), row)
    total, (ours, others), _ = reads.response(campaign)
    assert (total.invited, total.delivered, total.started, total.completed, total.silent) == (11, 11, 6, 5, 6)
    assert (ours.group, ours.invited, ours.completed) == ("Inside", 6, 4)
    assert (others.group, others.invited, others.started, others.completed) == ("Outside", 5, 2, 1)


def test_the_silent_are_reminded_twice_a_week_apart(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False):
        talks, _ = people(cast, 2, "dentist")
        campaign = launched(cast)
        perform_all()
        answer(campaign, talks)
    for days in (3, 8, 9, 15, 22, 29):
        with time_machine.travel(MONDAY + dt.timedelta(days=days), tick=False):
            while remind_campaigns(SYSTEM):
                perform_all()
    assert len(mail.outbox) == 2 + 2
    assert {message.to[0] for message in mail.outbox[2:]} != {talks.email}
    assert all(message.subject.startswith("Reminder: ") for message in mail.outbox[2:])


def test_an_anonymous_answer_carries_no_person_no_code_and_not_even_its_day(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False):
        crowd = people(cast, 6, "dentist")
        campaign = launched(cast)
    with time_machine.travel(MONDAY + dt.timedelta(days=4), tick=False):
        answer(campaign, crowd[0])
    kept = Response.objects.get()
    assert (kept.person_id, kept.pseudonym, kept.answered_on, kept.profession) == (None, "", MONDAY.date(), "dentist")


def test_a_lone_specialty_is_not_kept_with_its_answer(cast: Cast) -> None:
    crowd = people(cast, 6, "dentist", specialty="Surgery")
    (lone,) = people(cast, 1, "dentist", specialty="Children")
    campaign = launched(cast)
    answer(campaign, lone)
    assert Response.objects.get().specialty == ""
    answer(campaign, crowd[0])
    assert set(Response.objects.values_list("specialty", flat=True)) == {""}, "six beside one would name the one"


def test_the_first_answer_counts_and_only_the_invited_answers(cast: Cast) -> None:
    (person,) = people(cast, 1, "dentist")
    campaign = launched(cast)
    answer(campaign, person)
    answer(campaign, person, need="1")
    assert Response.objects.count() == 1
    row = SurveyInvitation.objects.select_related("instrument__provider").get(person=person)
    with pytest.raises(NotAllowed):
        answer_campaign(cast.actor("nurse"), row, answers=SAID)


def test_an_ended_campaign_takes_no_answer(cast: Cast) -> None:
    (person,) = people(cast, 1, "dentist")
    campaign = launched(cast)
    close_campaign(cast.actor("evaluator"), campaign)
    with pytest.raises(Problem, match="has ended"):
        answer(campaign, person)


@pytest.mark.requirement("UMASS-26", "UCONN-12")
def test_results_by_profession_wait_for_the_end_and_hide_small_groups_with_a_companion(cast: Cast) -> None:
    dentists, midwives, others = people(cast, 8, "dentist"), people(cast, 6, "midwife"), people(cast, 9, "optometrist")
    campaign = launched(cast, professions=["dentist", "midwife", "optometrist"])
    for person in dentists[:7] + midwives[:3] + others[:6]:
        answer(campaign, person, need="4" if person in dentists else "2")
    evaluator = cast.actor("evaluator")
    assert reads.results(evaluator, campaign) == ()
    assert reads.texts(evaluator, campaign) == {}
    campaign = close_campaign(evaluator, campaign)  # type: ignore[assignment]
    need = next(one for one in reads.results(evaluator, campaign) if one.key == "need")
    assert (need.overall.n, need.overall.mean) == (16, pytest.approx((7 * 4 + 9 * 2) / 16))
    shown = {line.group: line.n for line in need.groups}
    assert shown == {reads.NOT_SAID: 9, "Dentist": 7}, "three midwives would be the total less the rest"
    assert len(reads.texts(evaluator, campaign)["topic"]) == 16
    assert "16 of" in reads.finding(evaluator, campaign)


@pytest.mark.parametrize("who", ["learner", "stranger", "other_director", "series_coordinator", "finance"])
def test_strangers_see_no_campaign(cast: Cast, who: str) -> None:
    people(cast, 1, "dentist")
    campaign = launched(cast)
    for look in (lambda: reads.campaigns(cast.actor(who), cast.home), lambda: reads.campaign(cast.actor(who), cast.home, campaign.pk), lambda: reads.results(cast.actor(who), campaign)):  # fmt: skip
        with pytest.raises(NotFound):
            look()
    with pytest.raises(NotAllowed):
        launch_campaign(cast.actor(who), campaign)


@pytest.mark.parametrize(
    ("counts", "secret"),
    [
        ({"a": 9, "b": 8}, set()),
        ({"a": 9, "b": 8, "c": 2}, {"b", "c"}),
        ({"a": 9, "b": 3, "c": 3}, {"b", "c"}),
        ({"a": 9, "b": 0}, set()),
        ({"a": 2}, {"a"}),
    ],
)
def test_a_small_group_is_hidden_with_enough_others(counts: dict[str, int], secret: set[str]) -> None:
    assert hidden(counts, 5) == secret


def test_every_kept_group_is_shared_by_at_least_five_of_those_asked() -> None:
    asked = (
        [("physician", "cardiology", True)] * 7 + [("physician", "", True)] * 2 + [("nurse", "", True)] * 5
        + [("pa", "", True)] * 1 + [("physician", "surgery", False)] * 6
    )  # fmt: skip
    kept = in_company(asked, 5)
    sizes: dict[object, int] = {}
    for group in asked:
        sizes[kept[group]] = sizes.get(kept[group], 0) + 1
    assert min(sizes.values()) >= 5
    assert kept["physician", "surgery", False] == ("physician", "surgery", False)


def test_a_link_is_as_long_as_a_secret_should_be(cast: Cast) -> None:
    people(cast, 1, "dentist")
    launched(cast)
    assert len(token_of(SurveyInvitation.objects.get())) == 43
