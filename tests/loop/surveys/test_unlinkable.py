"""Whoever reads the whole database, and whoever compares all figures shown, still cannot say who gave an answer."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import time_machine
from django.db import connection

from asked import answer, launched, people
from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent, Effect
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.evaluation.models import EvaluationDone
from lifelong.loop.integrity.models import ComplianceCase
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.surveys import campaign_reads as reads
from lifelong.loop.surveys.campaigns import close_campaign
from lifelong.loop.surveys.forms import FormQuestion, Option, Row
from lifelong.loop.surveys.mixing import mix_answers
from lifelong.loop.surveys.models import Answer, Response
from lifelong.loop.surveys.suppression import Group
from taught import Taught, answers, attend, teach

MARK = "xmin::text::bigint" if connection.vendor == "postgresql" else "rowid"


def crowd(cast: Cast, number: int, profession: str = "physician") -> list[Person]:
    with writes_open("test"):
        return [make_person(f"{profession}_{index}", profession, cast.home) for index in range(number)]


def evaluates(taught: Taught, person: Person, days: float = 0, **said: Any) -> None:
    mark = attend(taught.session, person)
    with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
        submit(actor_of(person), mark, answers=answers(taught.activity, **said))


def marks(model: Any) -> list[int]:
    """What the database itself writes beside each row: in PostgreSQL the transaction, in SQLite the row's number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MARK} FROM {model._meta.db_table}")
        return [row[0] for row in cursor.fetchall()]


def test_whoever_evaluates_alone_on_a_later_day_is_not_known_by_the_day(cast: Cast) -> None:
    taught = teach(cast.home)
    for days, person in enumerate(crowd(cast, 4)):
        evaluates(taught, person, days)
    assert len(set(EvaluationDone.objects.values_list("done_on", flat=True))) == 4
    day = taught.session.starts_at.astimezone(ZoneInfo(cast.home.time_zone)).date()
    assert set(Response.objects.values_list("answered_on", flat=True)) == {day}


def test_one_pharmacist_beside_six_doctors_is_not_the_only_one_without_a_profession(cast: Cast) -> None:
    taught = teach(cast.home)
    doctors, (lone,) = crowd(cast, 6), crowd(cast, 1, "pharmacist")
    marked = [(person, attend(taught.session, person)) for person in [*doctors, lone]]
    for person, mark in marked:
        submit(actor_of(person), mark, answers=answers(taught.activity))
    assert set(Response.objects.values_list("profession", flat=True)) == {""}


def test_a_report_of_bias_opens_one_case_that_does_not_tell_when_it_came(cast: Cast) -> None:
    taught = teach(cast.home)
    for days, person in enumerate(crowd(cast, 3)):
        evaluates(taught, person, days, bias="yes", bias_where="The last slides")
    case = ComplianceCase.objects.get()
    assert (case.kind, case.opened_at) == ("perceived_bias", taught.session.ends_at)


def test_neither_the_log_nor_the_waiting_work_carries_an_answer(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluates(taught, *crowd(cast, 1), bias="yes", reflection="Only I would write marzipan")
    (kept,) = Response.objects.all()
    for row in [*AuditEvent.objects.values(), *Effect.objects.values()]:
        said = str(row)
        assert "marzipan" not in said
        assert str(kept.pk) not in said
        assert kept.pk.hex not in said
        assert "response" not in said
        assert "compliancecase" not in said


@pytest.mark.django_db(transaction=True)
def test_no_mark_of_the_database_leads_from_an_answer_to_the_note_that_its_author_answered() -> None:
    from cast import make_cast

    cast = make_cast()
    taught = teach(cast.home)
    for person in crowd(cast, 12):
        evaluates(taught, person)
    mix_answers()
    for model in (Response, Answer):
        found = marks(model)
        if connection.vendor == "postgresql":
            assert len(set(found)) == 1
            assert not set(found) & set(marks(AuditEvent))
        else:
            assert len(set(found)) == len(found)
            assert min(found) > AuditEvent.objects.count()
    texts = Answer.objects.filter(question__key="reflection").count()
    assert (Response.objects.count(), texts) == (12, 12)


# --- recovering what is hidden


def shown_lines(fine: dict[Group, int], least: int = 5) -> list[tuple[set[Group], int]]:
    """Every line of every comparison that the office sees, as the people in it."""
    question = FormQuestion(1, "q", "likert", "Q?", options=(Option("1", "Yes"), Option("2", "No")))
    people_: reads.Sums = {(group, 1, "", ""): (n, 0.0) for group, n in fine.items()}
    lines = []
    for by in reads.BY:
        marked: reads.Sums = {(group, 1, "", "1"): (1 << place, 0.0) for place, group in enumerate(fine)}
        found = reads._question(question, Row("", ""), people_, marked, least, by)
        if found is None:
            continue
        for line in (found.overall, *found.groups):
            if line.n is not None:
                bits = line.bars[0].count
                lines.append(({group for place, group in enumerate(fine) if bits >> place & 1}, line.n))
    return lines


def recoverable(fine: dict[Group, int], members: set[Group]) -> bool:
    """Whether sums and differences of the lines shown give the sum over these groups: it lies in the span of the lines."""
    order = list(fine)
    lines = [[float(group in line) for group in order] for line, _ in shown_lines(fine)]
    if not lines:
        return False
    matrix = np.array(lines)
    wanted = np.array([float(group in members) for group in order])
    return int(np.linalg.matrix_rank(matrix)) == int(np.linalg.matrix_rank(np.vstack([matrix, wanted])))


def test_three_doctors_without_a_specialty_cannot_be_told_by_comparing_two_tables() -> None:
    fine = {("physician", "cardiology", True): 7, ("physician", "", True): 3, ("nurse", "", True): 6}
    assert not recoverable(fine, {("physician", "", True)})
    assert [n for _, n in shown_lines(fine) if n < 5] == []


@pytest.mark.parametrize("seed", range(40))
def test_no_group_of_fewer_than_five_follows_from_all_the_tables_together(seed: int) -> None:
    drawn = random.Random(seed)
    cells = list(itertools.product(("physician", "nurse", ""), ("cardiology", "surgery", ""), (True, False)))
    fine: dict[Group, int] = {cell: drawn.choice((1, 2, 3, 4, 5, 7, 12)) for cell in drawn.sample(cells, 7)}
    for size in (1, 2, 3):
        for members in itertools.combinations(fine, size):
            if sum(fine[group] for group in members) < 5:
                assert not recoverable(fine, set(members)), members


def test_a_question_few_have_answered_is_hidden_even_where_the_form_is_not(cast: Cast) -> None:
    asked = people(cast, 9, "dentist")
    campaign = launched(cast)
    for number, person in enumerate(asked):
        answer(campaign, person, format="online" if number < 4 else "")
    closed = close_campaign(cast.actor("evaluator"), campaign)
    assert "format" not in {one.key for one in reads.results(cast.actor("evaluator"), closed)}  # type: ignore[arg-type]
