"""Arrange the mission pages at the size of a nation, SHARE of it, in one program: rows are copies of a few true ones. Prints JSON."""

import datetime as dt
import json
import sys
import time

from bench.arrange import room
from django.db import connection, models

import lifelong.entrypoints.jobs.effects  # noqa: F401 -- names every effect
from lifelong.kernel import action, clock, effects
from lifelong.kernel import turn as turn_of
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.models import Effect
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import Barrier, Commitment, EvaluationDone, FollowUp
from lifelong.loop.improvement import counting, kept
from lifelong.loop.improvement.actions import measure_year
from lifelong.loop.people.models import LearnerProfile, Person, RoleGrant
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult

SHARE = float(sys.argv[1])
ACTIVITIES, SESSIONS, LEARNERS = (int(n * SHARE) for n in (231_000, 1_140_000, 3_000_000))
CLAIMS, EVALUATED, PLANS = (int(n * SHARE) for n in (60_000_000, 2_800_000, 920_000))
now = clock.now()


def copies(of: models.Model, count: int, **changed: str) -> int:
    """`count` copies of a row, numbered onwards from it; `changed`: column -> SQL of `i` (0 ...). Returns the first number."""
    meta, quote = of._meta, connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max({meta.pk.column}) FROM {meta.db_table}")
        first = cursor.fetchone()[0] + 1
        columns = [field.column for field in meta.concrete_fields]
        values = {"id": f"{first} + i", **changed}
        shown = ", ".join(values.get(name, f"t.{quote(name)}") for name in columns)
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1) "
            f"INSERT INTO {meta.db_table} ({', '.join(map(quote, columns))}) SELECT {shown} FROM n, {meta.db_table} AS t WHERE t.id = {of.pk}"
        )
    return int(first)


with room.writes_open("bench"):
    provider = AccreditedProvider.objects.get(slug="tufts")
    (one,) = room.people_of(provider, 1)
    RoleGrant.objects.create(person=one, role="director", provider=provider, granted_at=now)
    designation, (mark,) = room.claimable(provider, [one])
    activity, session = designation.activity, mark.session
    learners = copies(one, LEARNERS, email="'q' || i || '@bench.example.org'", family_name="'N' || i")
    copies(LearnerProfile.objects.get(person=one), LEARNERS, person_id=f"{learners} + i")
    activities = copies(
        activity,
        ACTIVITIES,
        number="100 + i",
        title="'Activity ' || i",
        sort_title="'activity ' || i",
        starts_on=f"date('{now:%Y}-01-01', '+' || (i % 300) || ' days')",
    )
    sessions = copies(session, SESSIONS, activity_id=f"{activities} + i % {ACTIVITIES}", number="1000 + i", code="''")
    marks = copies(
        mark,
        CLAIMS,
        session_id=f"{sessions} + i % {SESSIONS}",
        person_id=f"{learners} + (i / {SESSIONS} + i * 7) % {LEARNERS}",
    )
    done = EvaluationDone.objects.create(attendance=mark, done_on=now.date())
    copies(done, EVALUATED, attendance_id=f"{marks} + i")
    plan = Commitment.objects.create(
        activity=activity,
        session=session,
        person=one,
        text="Ask earlier.",
        committed_on=now.date() - dt.timedelta(days=100),
    )
    plans = copies(
        plan,
        PLANS,
        activity_id=f"{activities} + i % {ACTIVITIES}",
        session_id=f"{sessions} + i % {SESSIONS}",
        person_id=f"{learners} + (i / {SESSIONS} + i * 7) % {LEARNERS}",
    )
    barrier = Barrier.objects.create(commitment=plan, code="time")
    copies(barrier, PLANS, commitment_id=f"{plans} + i")
    asked = FollowUp.objects.create(
        commitment=plan,
        wave=90,
        due_on=now.date() - dt.timedelta(days=10),
        asked_at=now,
        answered_at=now,
        answer="fully",
        token_digest="x",
    )
    copies(
        asked,
        PLANS,
        commitment_id=f"{plans} + i",
        answer="CASE i % 3 WHEN 0 THEN 'fully' WHEN 1 THEN 'partly' ELSE 'not_yet' END",
        token_digest="'d' || i",
    )
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")

# the hourly job, as the worker does it; how long its writes hold the database is what other writers feel
turns: list[float] = []


class Clocked:
    """A writer's turn, with its length noted."""

    def __enter__(self) -> None:
        self.turn = true_turn()
        self.turn.__enter__()
        self.began = time.perf_counter()

    def __exit__(self, *fault: object) -> None:
        turns.append(time.perf_counter() - self.began)
        self.turn.__exit__(*fault)


true_turn = turn_of.turn
for module in (action, kept, effects):
    module.turn = Clocked
began = time.perf_counter()
measure_year(SYSTEM, provider, now.year)
measured_s = time.perf_counter() - began
began = time.perf_counter()
counting.ask_for_due()
for row in Effect.objects.filter(name="count_figures", state="waiting"):
    effects.perform(row.pk)
counted_s = time.perf_counter() - began
results = ExpectedResult.objects.filter(provider=provider, retired_on=None)
result = results.filter(indicator="competence_planned_change").first() or results.first()  # one that rests on many rows
again = results.filter(indicator="returning_learners").first() or results.last()
office, year = "/office/tufts", now.year
print(
    json.dumps(
        {
            "staff": room.signed_in(one),
            "measured_s": measured_s,
            "counted_s": counted_s,
            "longest_write_s": max(turns),
            "rows": {
                model.__name__: model.objects.count()
                for model in (Activity, Session, Person, Attendance, EvaluationDone, Commitment, FollowUp)
            },
            "pages": {
                "the mission, for leaders": "/lead/tufts/",
                "what is behind a number, for leaders": f"/lead/tufts/result/{result.pk}/",
                "dashboard": "/lead/tufts/dashboard/",
                "the annual report, for leaders": "/lead/tufts/report/",
                "distinction": f"{office}/improvement/distinction/",
                "the year in the office": f"{office}/improvement/",
                "what is behind a number": f"{office}/improvement/result/{result.pk}/",
                "behind a number: learners who return": f"{office}/improvement/result/{again.pk}/",
                "year-end": f"{office}/improvement/synthesis/{year}/",
                "year-end figures": f"{office}/improvement/synthesis/{year}/figures/",
                "findings of the year-end": f"{office}/improvement/synthesis/{year}/improvements/",
                "coverage": f"{office}/improvement/coverage/",
                "coverage, what activities say": f"{office}/improvement/coverage/?part=told",
                "who came": f"{office}/improvement/reach/",
                "outcomes": f"{office}/outcomes/",
                "evaluation": f"{office}/evaluation/",
                "today": f"{office}/",
                "the program, public": "/p/tufts/",
            },
        }
    )
)
