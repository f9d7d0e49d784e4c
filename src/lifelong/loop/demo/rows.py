"""The fictional year as rows, written in bulk. What the actions would write for the same acts, which a test holds it to."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from lifelong.loop.credit.models import Award, CreditTotal
from lifelong.loop.credit.systems import books_of
from lifelong.loop.delivery.models import Attendance, SessionCount
from lifelong.loop.demo import corpus
from lifelong.loop.demo.year import ActivityPlan, SessionPlan, Visit, YearPlan
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation.models import Barrier, Commitment, EvaluationDone, FollowUp
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, Objective, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response, SurveyInvitation, Tally
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden
from lifelong.loop.surveys.tokens import digest_of, token_for
from lifelong.rules.attendance import Channel, evidence_level
from lifelong.rules.books import book_version

SERIAL = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WAVES = (45, 90)
TELL_OF_SYSTEM = 0.15  # of those who made the change
Tell = Callable[[int], None]


@dataclass(slots=True)
class Written:
    """What later rows need of earlier ones."""

    provider: AccreditedProvider
    plan: YearPlan
    people: list[Person]
    instrument: Instrument
    questions: dict[str, Question]
    rng: random.Random
    now: dt.datetime
    tell: Tell
    profession_of: dict[int, str]  # by person number
    tallies: dict[tuple[int, int, str, str], list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0.0, 0.0])
    )
    totals: dict[tuple[int, int, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def in_bulk(model: type[models.Model], rows: Sequence[Any], tell: Tell | None = None) -> list[Any]:
    """Insert rows in large statements; returns them with their numbers."""
    done: list[Any] = []
    for begin in range(0, len(rows), 2_000):
        done += model._default_manager.bulk_create(rows[begin : begin + 2_000], batch_size=1_000)
        if tell is not None:
            tell(min(2_000, len(rows) - begin))
    return done


def write_delivery(
    w: Written,
    pairs: list[tuple[ActivityPlan, Activity, list[Objective], list[Designation], list[tuple[SessionPlan, Session]]]],
) -> None:
    """Attendance, evaluation, plans, follow-ups and awards of every session held."""
    visits = [
        (plan, activity, objectives, designations, s_plan, session, visit)
        for plan, activity, objectives, designations, sessions in pairs
        for s_plan, session in sessions
        for visit in s_plan.visits
    ]
    marks = in_bulk(
        Attendance, [_attendance(w, s_plan, session, visit) for *_, s_plan, session, visit in visits], w.tell
    )
    counts = Counter(mark.session_id for mark in marks)
    in_bulk(
        SessionCount,
        [SessionCount(session_id=number, provider=w.provider, attended=count) for number, count in counts.items()],
    )
    together: dict[int, Counter[str]] = defaultdict(Counter)  # session -> profession -> people
    for mark in marks:
        together[mark.session_id][mark.profession] += 1
    unsaid = {session: hidden(counts, minimum_group()) for session, counts in together.items()}
    evaluated = [
        (row, mark) for row, mark in zip(visits, marks, strict=True) if row[-1].evaluated_after_days is not None
    ]
    in_bulk(EvaluationDone, [EvaluationDone(attendance=mark, done_on=_done_on(w, row)) for row, mark in evaluated])
    in_bulk(SurveyInvitation, [_invitation(w, row, mark) for row, mark in zip(visits, marks, strict=True)], w.tell)
    responses, answers = [], []
    for row, mark in evaluated:
        shown = "" if mark.profession in unsaid[mark.session_id] else mark.profession
        response, given = _response(w, row, shown)
        responses.append(response)
        answers += given
    in_bulk(Response, responses, w.tell)
    in_bulk(Answer, answers, w.tell)
    _commitments(w, evaluated)
    _awards(w, evaluated)
    rows = [
        Tally(question_id=q, activity_id=a, row=r, choice=c, count=int(n), total=t, squares=s)
        for (q, a, r, c), (n, t, s) in w.tallies.items()
    ]
    in_bulk(Tally, rows)
    in_bulk(
        CreditTotal,
        [CreditTotal(person_id=p, year=y, credit_system=s, amount=amount) for (p, y, s), amount in w.totals.items()],
    )


def _attendance(w: Written, s_plan: SessionPlan, session: Session, visit: Visit) -> Attendance:
    channel = Channel(visit.channel)
    return Attendance(
        session=session, person=w.people[visit.person], recorded_at=s_plan.starts_at + dt.timedelta(minutes=visit.minute), channel=channel.value,
        evidence=evidence_level(channel, rotating=channel is Channel.SCREEN_CODE).value, profession=w.plan.people[visit.person].profession,
    )  # fmt: skip


def _held_on(w: Written, s_plan: SessionPlan) -> dt.date:
    return s_plan.starts_at.astimezone(ZoneInfo(w.provider.time_zone)).date()


def _done_on(w: Written, row: tuple[Any, ...]) -> dt.date:
    visit: Visit = row[6]
    return _held_on(w, row[4]) + dt.timedelta(days=visit.evaluated_after_days or 0)


def _invitation(w: Written, row: tuple[Any, ...], mark: Attendance) -> SurveyInvitation:
    answered = _done_on(w, row) if row[6].evaluated_after_days is not None else None
    return SurveyInvitation(
        instrument=w.instrument, person_id=mark.person_id, subject_type="session", subject_id=mark.session_id,
        token_digest=digest_of(token_for("evaluate", w.instrument.pk, mark.person_id, "session", mark.session_id)), invited_at=mark.recorded_at, delivered_at=mark.recorded_at,
        answered_on=answered,
    )  # fmt: skip


def _response(w: Written, row: tuple[Any, ...], profession: str) -> tuple[Response, list[Answer]]:
    """Without a name: the day that stays is the session's, as `evaluation.actions.day_kept` says."""
    _, activity, objectives, _, s_plan, session, visit = row
    response = Response(
        id=uuid.UUID(int=w.rng.getrandbits(128), version=4), instrument=w.instrument, subject_type="session", subject_id=session.pk,
        activity_id=activity.pk, answered_on=_held_on(w, s_plan), profession=profession,
    )  # fmt: skip
    met, relevance, before, now = visit.ratings
    given: list[tuple[str, str, str, str]] = [("objectives_met", str(o.pk), str(min(4, met)), "") for o in objectives]
    given += [
        ("relevance", "", str(relevance), ""),
        ("knowledge", "before", str(max(1, before - 1)), ""),
        ("knowledge", "now", str(now), ""),
    ]
    given += [
        ("bias", "", "no", ""),
        ("intended_change", "", visit.intent, ""),
        ("reflection", "", "", w.rng.choice(corpus.REFLECTIONS)),
    ]
    if visit.patients is not None:
        given.append(("patients_per_week", "", str(visit.patients), ""))
    answers = []
    for key, row_key, choice, text in given:
        question = w.questions[key]
        number = float(choice) if choice.isdigit() else None
        if question.kind == Question.Kind.NUMBER:
            choice = ""
        answers.append(
            Answer(
                id=w.rng.getrandbits(62),
                response=response,
                question=question,
                row=row_key,
                number=number,
                choice=choice,
                text=text,
            )
        )
        for line in {"", choice}:
            sums = w.tallies[question.pk, activity.pk, row_key, line]
            sums[0] += 1
            sums[1] += number or 0.0
            sums[2] += (number or 0.0) ** 2
    return response, answers


def _commitments(w: Written, evaluated: list[tuple[tuple[Any, ...], Attendance]]) -> None:
    planned = [(row, mark) for row, mark in evaluated if row[6].commitment]
    rows = [
        Commitment(
            activity=row[1],
            session=row[5],
            person_id=mark.person_id,
            text=row[6].commitment,
            position=1,
            level=min(5, row[6].ratings[0]),
            confidence=min(10, 2 * row[6].ratings[1]),
            committed_on=_done_on(w, row),
        )  # fmt: skip
        for row, mark in planned
    ]
    kept = in_bulk(Commitment, rows, w.tell)
    pairs = list(zip(kept, planned, strict=True))
    in_bulk(
        Barrier, [Barrier(commitment=c, code=row[6].barrier, how_overcome=row[6].overcome) for c, (row, _) in pairs]
    )
    in_bulk(
        FollowUp, [_follow_up(w, c, row[6], number) for c, (row, _) in pairs for number in range(len(WAVES))], w.tell
    )


def _follow_up(w: Written, commitment: Commitment, visit: Visit, number: int) -> FollowUp:
    wave = WAVES[number]
    due = commitment.committed_on + dt.timedelta(days=wave)
    asked = dt.datetime.combine(due, dt.time(13), dt.UTC) if due <= w.plan.today else None
    answer = visit.follow_ups[number] if asked else ""
    answered = asked + dt.timedelta(days=2) if asked and answer and asked + dt.timedelta(days=2) <= w.now else None
    token = token_for("follow_up", commitment.person_id, commitment.activity_id, commitment.session_id, wave)
    return FollowUp(
        commitment=commitment, wave=wave, due_on=due, asked_at=asked, token_digest=digest_of(token) if asked else "", answered_at=answered,
        answer=answer if answered else "", barrier_code=visit.barrier if answered and answer in ("partly", "not_yet") else "",
        system_change=w.rng.choice(corpus.SYSTEM_CHANGES) if answered and answer in ("fully", "partly") and w.rng.random() < TELL_OF_SYSTEM else "",
    )  # fmt: skip


def _awards(w: Written, evaluated: list[tuple[tuple[Any, ...], Attendance]]) -> None:
    awards, seen = [], set()
    for row, mark in evaluated:
        _, activity, _, designations, s_plan, session, visit = row
        designation = _designation_for(designations, mark.profession)
        if not visit.claimed or designation is None:
            continue
        key = (mark.person_id, designation.pk, session.pk if designation.is_per_session else None)
        if key in seen:
            continue
        seen.add(key)
        local = _held_on(w, s_plan)
        done = dt.datetime.combine(_done_on(w, row), dt.time(20), dt.UTC)
        amount = designation.maximum
        awards.append(
            Award(
                provider=w.provider, person_id=mark.person_id, activity=activity, session=session if designation.is_per_session else None,
                designation=designation, serial="".join(w.rng.choices(SERIAL, k=26)), credit_system=designation.credit_system,
                profession=designation.profession, amount=amount, earned_on=local, awarded_at=min(done, w.now),
                rule_book_version=book_version(books_of(designation.credit_system)), evidence=mark.evidence,
            )
        )  # fmt: skip
        w.totals[mark.person_id, local.year, designation.credit_system] += amount
    awards.sort(key=lambda award: award.awarded_at)
    in_bulk(Award, awards, w.tell)


def _designation_for(designations: list[Designation], profession: str) -> Designation | None:
    """The credit of the profession, else of the team, else participation."""
    own = [d for d in designations if d.profession == profession]
    for_all = [d for system in ("ipce", "participation") for d in designations if d.credit_system == system]
    return next(iter(own + for_all), None)
