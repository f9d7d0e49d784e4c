"""What learners said of a speaker's own sessions, for that speaker: after evaluation has closed, from enough answers, day precise."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from lifelong.formats.outcome_report import Rated
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.planning.models import PlanningRole, Session
from lifelong.loop.surveys.models import Answer, Question, Response
from lifelong.loop.surveys.quotes import shuffled, without_names
from lifelong.loop.surveys.reads import minimum_group

TAUGHT = (PlanningRole.Kind.FACULTY, PlanningRole.Kind.MODERATOR)
MOST_SESSIONS, MOST_COMMENTS = 40, 40


@dataclass(frozen=True, slots=True)
class TaughtSession:
    """A session the viewer taught. `opens_on`: the day from which answers may be read (None: already); `few`: too few answered.

    `own` are ratings of the viewer by name; `of_session` of the session as a whole. Comments are without names and in no order.
    """

    session_id: int
    activity: str
    title: str
    provider: str
    on: dt.date
    came: int
    answered: int
    opens_on: dt.date | None
    few: bool
    own: tuple[Rated, ...]
    of_session: tuple[Rated, ...]
    comments: tuple[str, ...]


def taught_sessions(viewer: Actor) -> tuple[TaughtSession, ...]:
    """The viewer's own sessions, newest first; nobody else's exist here (WASHU-35). Six queries whatever their number."""
    person_id = viewer.person_id
    if person_id is None:
        return ()
    roles = PlanningRole.objects.filter(person_id=person_id, kind__in=TAUGHT, ended_at=None)
    of_sessions = roles.filter(session__isnull=False).values("session_id")
    of_activities = roles.filter(session=None).values("activity_id")
    rows = Session.objects.filter(
        Q(pk__in=of_sessions) | Q(activity__in=of_activities), cancelled_at=None, ends_at__lte=clock.now()
    ).select_related("activity__provider")  # fmt: skip
    sessions = list(rows.order_by("-starts_at")[:MOST_SESSIONS])
    ids = [one.pk for one in sessions]
    marks = Attendance.objects.filter(session__in=ids, voided_at=None).order_by()
    came = dict(marks.values("session").annotate(n=Count("pk")).values_list("session", "n"))
    forms = Response.objects.filter(subject_type="session", subject_id__in=ids, person=None).order_by()
    answered = dict(forms.values("subject_id").annotate(n=Count("pk")).values_list("subject_id", "n"))
    ready = [one.pk for one in sessions if answered.get(one.pk, 0) >= minimum_group() and _opens_on(one) is None]
    own, whole, comments = _said(ready, person_id)
    return tuple(
        TaughtSession(
            one.pk, one.activity.title, one.title, one.activity.provider.short_name, _day(one.starts_at, one), came.get(one.pk, 0),
            answered.get(one.pk, 0) if one.pk in ready else 0, _opens_on(one), one.pk not in ready, own[one.pk], whole[one.pk], comments[one.pk],
        )
        for one in sessions
    )  # fmt: skip


def _opens_on(one: Session) -> dt.date | None:
    """Evaluation closes with the claim window of the session, or with the activity; before that nobody could be told apart later."""
    closes = one.ends_at + dt.timedelta(days=one.activity.claim_days)
    if one.activity.closed_at is not None or closes <= clock.now():
        return None
    return _day(closes, one)


def _day(at: dt.datetime, one: Session) -> dt.date:
    return at.astimezone(ZoneInfo(one.activity.time_zone)).date()


Grouped = dict[int, tuple[Rated, ...]]


def _said(ids: list[int], person_id: int) -> tuple[Grouped, Grouped, dict[int, tuple[str, ...]]]:
    """By session: ratings of this person, ratings of the session, comments."""
    answers = Answer.objects.filter(
        response__subject_type="session", response__subject_id__in=ids, response__person=None
    )
    counted: dict[tuple[int, int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    scaled = answers.filter(
        Q(question__kind=Question.Kind.LIKERT) | Q(question__kind=Question.Kind.MATRIX, row=str(person_id))
    )
    tallied = (
        scaled.order_by().values_list("response__subject_id", "question_id", "row", "choice").annotate(n=Count("pk"))
    )
    for session, question, row, choice, n in tallied:
        counted[session, question, row][choice] += n
    questions = Question.objects.in_bulk({question for _, question, _ in counted})
    own: dict[int, list[Rated]] = defaultdict(list)
    whole: dict[int, list[Rated]] = defaultdict(list)
    for (session, question, row), counts in sorted(counted.items()):
        rated = _rated(questions[question], counts)
        if rated is not None:
            (own if row else whole)[session].append(rated)
    return (
        defaultdict(tuple, {pk: tuple(rows) for pk, rows in own.items()}),
        defaultdict(tuple, {pk: tuple(rows) for pk, rows in whole.items()}),
        _comments(ids),
    )


def _rated(question: Question, counts: dict[str, int]) -> Rated | None:
    options = sorted(
        (one for one in question.options if str(one["value"]).isdigit()), key=lambda one: int(one["value"])
    )
    if not 2 <= len(options) <= 5 or sum(counts.values()) < minimum_group():
        return None
    labels = tuple(one["label"] for one in options)
    return Rated(question.text.rstrip("."), labels, tuple(counts.get(str(one["value"]), 0) for one in options))


def _comments(ids: list[int]) -> dict[int, tuple[str, ...]]:
    """Own words, fit to be read by the one they speak of: no names of learners, shuffled; none from fewer than the smallest group."""
    names: dict[int, set[str]] = defaultdict(set)
    people = Attendance.objects.filter(session__in=ids).values_list(
        "session_id", "person__given_name", "person__family_name"
    )
    for session, given, family in people:
        names[session].add(f"{given} {family}")
    texts: dict[int, list[str]] = defaultdict(list)
    rows = Answer.objects.filter(
        response__subject_type="session", response__subject_id__in=ids, response__person=None, question__key__in=("reflection", "comment"),
    ).exclude(text="")  # fmt: skip
    for session, text in rows.values_list("response__subject_id", "text"):
        texts[session].append(text)
    least = minimum_group()
    return defaultdict(
        tuple,
        {
            pk: tuple(shuffled(without_names(text, names[pk]) for text in said)[:MOST_COMMENTS])
            for pk, said in texts.items()
            if len(said) >= least
        },
    )
