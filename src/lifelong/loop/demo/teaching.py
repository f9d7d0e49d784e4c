"""Learning from teaching in the fictional year: the activity of the year, and what two teachers logged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lifelong.kernel.access import Actor
from lifelong.loop.demo import corpus
from lifelong.loop.demo.closing import Office
from lifelong.loop.demo.rows import in_bulk
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.improvement import actions
from lifelong.loop.improvement.teaching import FORMAT
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, Term
from lifelong.rules.books import book_version
from lifelong.rules.designation import StatedCredit, StatementFacts, statements

MOST = Decimal(20)  # credits of one teacher in the year, as the office set it


def write_teaching(provider: AccreditedProvider, today: dt.date, office: Office, teacher: Person) -> None:
    """Where the program offers the format. The log is open for the whole year; its credit was designated before it began."""
    if not Term.objects.filter(provider=provider, taxonomy="format", key=FORMAT).exists():
        return
    activity = _activity(provider, today, office.director)
    officer = actor_of(office.director)
    for days, minutes, taught, about, learned, confirmed in corpus.TEACHING_DAYS:
        on = max(today - dt.timedelta(days=days), dt.date(today.year, 1, 1))
        row = actions.log_teaching(
            Actor(person_id=teacher.pk, name=teacher.full_name), activity, person_id=teacher.pk, taught_on=on, minutes=minutes, taught=taught,
            about=about, learned=learned,
        )  # fmt: skip
        if confirmed:
            actions.decide_teaching(officer, row, confirmed=True)


def _activity(provider: AccreditedProvider, today: dt.date, director: Person) -> Activity:
    number = Activity.objects.filter(provider=provider).order_by("-number").values_list("number", flat=True)[0] + 1
    made = dt.datetime(today.year - 1, 12, 1, 17, tzinfo=dt.UTC)
    activity: Activity = in_bulk(
        Activity,
        [
            Activity(
                provider=provider, number=number, title=f"Learning from teaching {today.year}", sort_title=f"learning from teaching {today.year}",
                summary="What teachers of students and residents learn while they teach.", format=FORMAT,
                format_rationale="Teaching raises questions that the teacher answers first.", intended_change="competence",
                intended_change_text="Teachers find and close their own gaps.", outcome_plan="Each entry says what was learned and what will change.",
                starts_on=dt.date(today.year, 1, 1), ends_on=dt.date(today.year, 12, 31), time_zone=provider.time_zone, place=provider.place,
                created_at=made, created_by=director, published_at=made, evaluation_required=False,
            )
        ],
    )[0]  # fmt: skip
    in_bulk(
        Designation,
        [
            Designation(
                activity=activity, credit_system="ama", profession="physician", maximum=MOST, increment=Decimal("0.25"), is_per_session=False,
                unit="credit", minutes=0, rule_book_version=book_version(["lifelong", "ama"]), designated_at=made, designated_by=director,
            )
        ],
    )  # fmt: skip
    facts = StatementFacts(
        accreditor="accme",
        provider=provider.name,
        credits=(StatedCredit(credit_system="ama", amount=MOST, format=FORMAT),),
    )
    in_bulk(
        RequiredStatement,
        [RequiredStatement(activity=activity, kind=s.kind, text=s.text, status=s.status.value, frozen_at=made) for s in statements(facts)],
    )  # fmt: skip
    return activity
