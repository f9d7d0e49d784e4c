"""Arrange J13: ROWS learners attended one session and all evaluated it; half of them planned a change. Prints JSON."""

import datetime as dt
import json
import random
import sys
import time
import uuid

from bench.arrange import room
from django.db import connection
from django.db.models import Avg, Count

from lifelong.kernel import clock
from lifelong.loop.evaluation.actions import attach_default
from lifelong.loop.evaluation.models import Barrier, Commitment, EvaluationDone, FollowUp
from lifelong.loop.evaluation.reads import form_of, question_stats
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning.models import Objective
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Answer, Response, Tally

ROWS, PART = int(sys.argv[1]), 5_000
chance = random.Random(13)
today = clock.today()


def filled(form: object) -> list[Given]:
    """One learner's answers: every closed question, and own words from one in ten."""
    given = []
    for question in form.questions:  # type: ignore[attr-defined]
        if question.show_if or question.kind == "text" and chance.random() > 0.1:
            continue
        for row in [row.key for row in question.rows] or [""]:
            if question.kind == "text":
                given.append(Given(question.id, row, text="The second case was the best."))
                continue
            value = chance.choice(question.options).value
            given.append(Given(question.id, row, value, float(value) if value.isdigit() else None))
    return given


def keep(form: object, activity_id: int, session_id: int) -> None:
    """One part of the responses with their answers; the sums are added as `keep_response` adds them."""
    answers, responses, sums = [], [], {}
    for _ in range(PART):
        response = Response(
            id=uuid.uuid4(), instrument_id=form.instrument_id, subject_type="session", subject_id=session_id, activity_id=activity_id,  # type: ignore[attr-defined]
            answered_on=today, profession="physician",
        )  # fmt: skip
        responses.append(response)
        for one in filled(form):
            answers.append(
                Answer(
                    response=response,
                    question_id=one.question_id,
                    row=one.row,
                    number=one.number,
                    choice=one.choice,
                    text=one.text,
                )
            )
            for choice in {"", one.choice}:
                n, total, squares = sums.get((one.question_id, one.row, choice), (0, 0.0, 0.0))
                number = one.number or 0.0
                sums[one.question_id, one.row, choice] = (n + 1, total + number, squares + number * number)
    Response.objects.bulk_create(responses, batch_size=500)
    Answer.objects.bulk_create(answers, batch_size=500)
    for (question_id, row, choice), (n, total, squares) in sums.items():
        line, _ = Tally.objects.get_or_create(question_id=question_id, activity_id=activity_id, row=row, choice=choice)
        line.count, line.total, line.squares = line.count + n, line.total + total, line.squares + squares
        line.save()


with room.writes_open("bench"):
    provider = room.program()
    people = room.people_of(provider, ROWS)
    RoleGrant.objects.create(person=people[0], role="director", provider=provider, granted_at=clock.now())
    designation, marks = room.claimable(provider, people)
    activity, session_id = designation.activity, marks[0].session_id
    for position in (1, 2, 3):
        Objective.objects.create(activity=activity, position=position, text=f"Objective {position}", kind="skill")
    attach_default(room.SYSTEM, activity)
    form = form_of(activity, session_id)
    EvaluationDone.objects.bulk_create(
        [EvaluationDone(attendance=mark, done_on=today) for mark in marks], batch_size=500
    )
    plans = Commitment.objects.bulk_create(
        [Commitment(activity=activity, session_id=session_id, person=person, text="Ask earlier.", committed_on=today, theme="timing") for person in people[: ROWS // 2]],
        batch_size=500,
    )  # fmt: skip
    Barrier.objects.bulk_create(
        [Barrier(commitment=plan, code="time", how_overcome="A list.") for plan in plans], batch_size=500
    )
    FollowUp.objects.bulk_create(
        [
            FollowUp(commitment=plan, wave=90, due_on=today + dt.timedelta(days=90), asked_at=clock.now(), answered_at=clock.now(), answer=chance.choice(FollowUp.Answer.values))
            for plan in plans
        ],
        batch_size=500,
    )  # fmt: skip
    for _ in range(ROWS // PART):
        keep(form, activity.pk, session_id)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
began = time.perf_counter()
counted = list(
    Answer.objects.filter(response__activity_id=activity.pk)
    .values("question_id", "row", "choice")
    .annotate(n=Count("pk"), mean=Avg("number"))
)
counted_ms = (time.perf_counter() - began) * 1000
question_stats(activity)  # the form is read once a process
began, used = time.perf_counter(), time.process_time()
for _ in range(50):
    question_stats(activity)
print(
    json.dumps(
        {
            "staff": room.signed_in(people[0]),
            "page": f"/office/bench/evaluation/activity/{activity.pk}/",
            "list": "/office/bench/evaluation/",
            "answers": sum(one["n"] for one in counted),
            "counted_ms": counted_ms,
            "stats_ms": (time.perf_counter() - began) * 20,
            "stats_cpu_ms": (time.process_time() - used) * 20,
            "exact": sorted((one["question_id"], one["row"], one["n"]) for one in counted if one["choice"])
            == sorted((one.question_id, one.row, one.count) for one in Tally.objects.exclude(choice="")),
        }
    )
)
