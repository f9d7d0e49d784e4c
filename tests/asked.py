"""Arranged for tests: people of a profession, a campaign that asks them, and their answers."""

from __future__ import annotations

import datetime as dt

from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import writes_open
from lifelong.loop.people.models import Affiliation, LearnerProfile, Person
from lifelong.loop.surveys.actions import ensure_default
from lifelong.loop.surveys.campaigns import answer_campaign, create_campaign, launch_campaign
from lifelong.loop.surveys.models import Campaign, SurveyInvitation

SAID = {"topic": "When to stop antibiotics", "cause": ["knowledge"], "need": "4", "format": "online"}


def people(cast: Cast, number: int, profession: str, *, specialty: str = "", inside: bool = True) -> list[Person]:
    found = []
    with writes_open("test"):
        for index in range(number):
            person = make_person(f"{profession}{specialty}{'in' if inside else 'out'}_{index}", profession, cast.home)
            Affiliation.objects.filter(person=person).update(is_affiliated=inside)
            LearnerProfile.objects.filter(person=person).update(specialty=specialty)
            found.append(person)
    return found


def planned(cast: Cast, title: str = "Autumn needs", **more: object) -> Campaign:
    with writes_open("test"):
        form = ensure_default(cast.home, "needs")
    fields = {"professions": ["dentist", "midwife"], "closes_on": clock.today() + dt.timedelta(days=30), **more}
    return create_campaign(cast.actor("evaluator"), cast.home, instrument=form, title=title, **fields)  # type: ignore[arg-type, return-value]


def launched(cast: Cast, title: str = "Autumn needs", **more: object) -> Campaign:
    return launch_campaign(cast.actor("evaluator"), planned(cast, title, **more))  # type: ignore[return-value]


def answer(campaign: Campaign, person: Person, **changed: object) -> None:
    row = SurveyInvitation.objects.select_related("instrument__provider").get(subject_type="campaign", subject_id=campaign.pk, person=person)  # fmt: skip
    answer_campaign(Actor(person_id=person.pk, channel="link"), row, answers=SAID | changed)
