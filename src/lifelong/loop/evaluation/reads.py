"""What we know of evaluations: the form to show, figures with their denominators, barriers, plans. Small groups stay hidden."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope, reach
from lifelong.kernel.composed import Composed
from lifelong.kernel.problems import NotFound, problem
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.barriers import WHO, barrier_kinds
from lifelong.loop.evaluation.models import (
    ActivityEvaluation,
    ActivityForm,
    Barrier,
    Commitment,
    FollowUp,
)
from lifelong.loop.evaluation.waves import LINK_DAYS, waves
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, Objective, PlanningRole
from lifelong.loop.planning.reads import latest_first
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.forms import Row, SurveyForm
from lifelong.loop.surveys.models import Answer, Instrument, SurveyInvitation, Tally
from lifelong.loop.surveys.quotes import Names, shuffled, without_names, words_of
from lifelong.loop.surveys.tokens import digest_of
from lifelong.methods.result import Estimate

P = Permission
MOST_COMMENTS = 200  # of one question: more are not read
MOST_QUOTES = 60  # of one theme or barrier: more are not read
MOST_WORDS = 10_000  # asked for in one query
TEACHING = (PlanningRole.Kind.FACULTY, PlanningRole.Kind.MODERATOR)
FOLLOW_UP_ANSWERS: list[tuple[str, str]] = list(FollowUp.Answer.choices)


def form_of(activity: Activity, session_id: int | None = None) -> SurveyForm:
    """The evaluation form of an activity, with its own objectives and speakers (those of one session, where it is given).

    Raises NotFound while none is attached.
    """
    attached = _attached.first(activity.pk)
    if attached is None:
        raise NotFound("evaluation")
    return with_rows(surveys.form(attached.instrument), activity, session_id)


_attached: Composed[ActivityEvaluation] = Composed(
    lambda activity: ActivityEvaluation.objects.select_related("instrument").filter(activity_id=activity)
)
_objectives: Composed[tuple[int, str]] = Composed(
    lambda activity: Objective.objects.filter(activity_id=activity).values_list("pk", "text")
)


def chosen_instrument(activity: Activity) -> Instrument | None:
    """The evaluation form the activity asks."""
    row = _attached.first(activity.pk)
    return row.instrument if row else None


def with_rows(form: SurveyForm, activity: Activity, session_id: int | None = None) -> SurveyForm:
    """A form with the lines that come from the activity; asks the database only for what the form takes."""
    sources = {question.rows[0].key for question in form.questions if question.rows}
    if "from:objectives" in sources:
        form = form.with_rows("objectives", [Row(str(pk), text) for pk, text in _objectives.rows(activity.pk)])
    if "from:speakers" in sources:
        form = form.with_rows("speakers", speakers(activity, session_id))
    return form


def speakers(activity: Activity, session_id: int | None = None) -> list[Row]:
    """Who taught: faculty and moderators in their roles, of a session (or of the activity as a whole), once a person."""
    roles = PlanningRole.objects.filter(activity=activity, kind__in=TEACHING, ended_at=None).select_related("person")
    if session_id is not None:
        roles = roles.filter(Q(session_id=session_id) | Q(session=None))
    people = {role.person_id: role.person.full_name for role in roles.order_by("session__starts_at", "pk")}
    return [Row(str(pk), name) for pk, name in people.items()]


def own_attendance(viewer: Actor, attendance_id: int) -> Attendance:
    """An attendance of the viewer's own; anybody else's does not exist for them."""
    found = _own.first(attendance_id, viewer.person_id) if viewer.person_id else None
    if found is None:
        raise NotFound("session")
    return found


_own: Composed[Attendance] = Composed(
    lambda attendance, person: Attendance.objects.select_related(
        "session__activity__provider", "evaluation_done", "person"
    ).filter(pk=attendance, person_id=person, voided_at=None)
)


def own_to_evaluate(viewer: Actor, attendance_id: int) -> Attendance:
    """The same with what the evaluation needs, and no more. A room full asks for it at once."""
    found = _to_evaluate.first(attendance_id, viewer.person_id) if viewer.person_id else None
    if found is None:
        raise NotFound("session")
    return found


_to_evaluate: Composed[Attendance] = Composed(
    lambda attendance, person: Attendance.objects.select_related("session__activity", "evaluation_done")
    .filter(pk=attendance, person_id=person, voided_at=None)
    .only(
        "session_id", "person_id", "profession", "voided_at", "session__activity_id", "session__title", "session__starts_at",
        "session__ends_at", "session__activity__provider_id", "session__activity__organisation_id", "session__activity__title",
        "session__activity__time_zone", "evaluation_done__attendance_id", "evaluation_done__done_on",
    )
)  # fmt: skip


def attendance_by_token(token: str) -> Attendance:
    """The attendance that an invitation's link speaks of; the link stays open for sixty days, and then says so."""
    row = surveys.invitation_by_digest(digest_of(token))
    attendance_id = _attendance_id(row)
    if clock.now() > row.invited_at + dt.timedelta(days=LINK_DAYS):
        raise problem(
            "evaluation.closed", "The time to evaluate this session has ended.", "Sign in to see your credit; you need not do anything else.", ""
        )  # fmt: skip
    return own_attendance(Actor(person_id=row.person_id, channel="link"), attendance_id)


def _attendance_id(row: SurveyInvitation) -> int:
    found = (
        Attendance.objects.filter(session_id=row.subject_id, person_id=row.person_id, voided_at=None)
        .values_list("pk", flat=True)
        .first()
    )
    if found is None:
        raise NotFound("invitation")
    return found  # type: ignore[no-any-return]


def is_small_room(session_id: int) -> bool:
    """Fewer took part than the smallest group that is shown: there no promise can hide whose words they are."""
    least = surveys.minimum_group()
    return len(_few_of_room(least).rows(session_id)) < least


@cache
def _few_of_room(most: int) -> Composed[tuple[int]]:
    return Composed(
        lambda session: (
            Attendance.objects.filter(session_id=session, voided_at=None).order_by().values_list("pk")[:most]
        )
    )


def follow_ups_by_token(token: str) -> list[FollowUp]:
    """The questions behind a link, with the learner's own words; empty links do not exist, old ones say that they have ended."""
    rows = FollowUp.objects.filter(token_digest=digest_of(token))
    found = list(
        rows.select_related("commitment__activity__provider", "commitment__session", "commitment__person").order_by(
            "commitment__position"
        )
    )
    if not token or not found:
        raise NotFound("question")
    since = clock.now() - dt.timedelta(days=LINK_DAYS)
    if all(row.asked_at is None or row.asked_at <= since for row in found):
        raise problem(
            "follow_up.closed", "The time to answer these questions has ended.", "You need not do anything.", ""
        )
    return found


def open_follow_ups(person_id: int) -> list[FollowUp]:
    """What a learner has been asked and not yet answered."""
    rows = FollowUp.objects.filter(
        commitment__person_id=person_id, asked_at__gt=clock.now() - dt.timedelta(days=LINK_DAYS), answered_at=None
    )
    return list(rows.select_related("commitment__activity").order_by("due_on", "commitment__position"))


def own_follow_ups(viewer: Actor, follow_up_id: int) -> list[FollowUp]:
    """The questions asked together with this one, for the learner who is signed in."""
    person_id = viewer.person_id
    one = FollowUp.objects.filter(pk=follow_up_id).exclude(token_digest="").select_related("commitment").first()
    if one is None or person_id is None or one.commitment.person_id != person_id:
        raise NotFound("question")
    rows = FollowUp.objects.filter(
        token_digest=one.token_digest, asked_at__gt=clock.now() - dt.timedelta(days=LINK_DAYS)
    )
    return list(
        rows.select_related("commitment__activity__provider", "commitment__session").order_by("commitment__position")
    )


def waves_of(of: Activity) -> tuple[int, ...]:
    """Days after which plans of this activity are, or were, asked about: the office's of today and those planned before."""
    planned = FollowUp.objects.filter(commitment__activity=of).order_by().values_list("wave", flat=True).distinct()
    return tuple(sorted({*waves(of.provider_id), *planned}))


# --- for the office -------------------------------------------------------------------------------------------------


def _activities(viewer: Actor, provider: AccreditedProvider) -> QuerySet[Activity]:
    everything, organisations, activities = reach(viewer, P.SEE_EVALUATION, provider.pk)
    rows = Activity.objects.filter(provider=provider)
    if not everything:
        rows = rows.filter(Q(organisation_id__in=organisations) | Q(pk__in=activities))
    return rows


def activity(viewer: Actor, provider: AccreditedProvider, activity_id: int) -> Activity:
    found = _activities(viewer, provider).filter(pk=activity_id).first()
    if found is None:
        raise NotFound("activity")
    return found


def activity_by_number(viewer: Actor, provider: AccreditedProvider, number: int) -> Activity | None:
    return _activities(viewer, provider).filter(number=number).first()


def uses_of_forms(provider: AccreditedProvider) -> dict[int, int]:
    """How many activities ask each form: instrument id -> number."""
    found: dict[int, int] = defaultdict(int)
    for model in (ActivityEvaluation, ActivityForm):
        rows = model.objects.filter(activity__provider=provider).values("instrument_id").annotate(n=Count("pk"))
        for instrument_id, n in rows.values_list("instrument_id", "n"):
            found[instrument_id] += n
    return found


def objectives_of(activity: Activity) -> list[tuple[int, str]]:
    """(id, text) in order."""
    return list(Objective.objects.filter(activity=activity).values_list("pk", "text"))


@dataclass(frozen=True, slots=True)
class EvaluatedActivity:
    """One line of the office's list."""

    id: int
    title: str
    starts_on: dt.date | None
    attended: int
    evaluated: int
    commitments: int


def evaluated_activities(
    viewer: Actor, provider: AccreditedProvider, *, search: str = "", before: int | None = None, limit: int = 25
) -> list[EvaluatedActivity]:
    """Activities with attendance, the latest first; `before` is the id of the last line seen."""
    attended_at_all = Attendance.objects.filter(session__activity_id=OuterRef("pk"), voided_at=None)
    rows = _activities(viewer, provider).filter(Exists(attended_at_all))
    if search:
        rows = rows.filter(title__icontains=search)
    page = list(latest_first(rows, before).values_list("pk", "title", "starts_on")[:limit])
    ids = [pk for pk, _, _ in page]
    present = Attendance.objects.filter(session__activity_id__in=ids, voided_at=None).values("session__activity_id")
    attended = dict(present.annotate(n=Count("pk")).values_list("session__activity_id", "n"))
    evaluated = dict(present.annotate(n=Count("evaluation_done")).values_list("session__activity_id", "n"))
    planned = Commitment.objects.filter(activity_id__in=ids).values("activity_id").annotate(n=Count("pk"))
    commitments = dict(planned.values_list("activity_id", "n"))
    return [
        EvaluatedActivity(pk, title, starts_on, attended.get(pk, 0), evaluated.get(pk, 0), commitments.get(pk, 0))
        for pk, title, starts_on in page
    ]


def response_figures(activity: Activity) -> surveys.ResponseFigures:
    """Invited is everybody who attended: each is asked, by mail or on the spot."""
    present = Attendance.objects.filter(session__activity=activity, voided_at=None)
    attended, answered = present.aggregate(n=Count("pk"), done=Count("evaluation_done")).values()
    mails = SurveyInvitation.objects.filter(subject_type="session", subject_id__in=activity.sessions.values("pk"))
    counts = mails.aggregate(
        delivered=Count("delivered_at"), begun=Count("pk", filter=Q(started_on__isnull=False, answered_on=None))
    )
    return surveys.ResponseFigures(attended, counts["delivered"], answered, answered + counts["begun"])


def question_stats(activity: Activity) -> tuple[surveys.Stat, ...]:
    """Every closed question of the activity's form, summed."""
    return tuple(stat for stat in surveys.stats(form_of(activity), [activity.pk]) if stat.kind != "text")


def comments(activity: Activity, key: str, limit: int = MOST_COMMENTS) -> list[str]:
    """Own words answered to one question, without names and in no telling order; empty below the smallest group."""
    rows = Answer.objects.filter(response__activity_id=activity.pk, question__key=key).exclude(text="")
    texts = list(rows.values_list("text", flat=True)[:limit])
    if len(texts) < surveys.minimum_group():
        return []
    present = Person.objects.filter(pk__in=Attendance.objects.filter(session__activity=activity).values("person"))
    taught = Person.objects.filter(pk__in=activity.planning_roles.values("person"))
    return _quotes(texts, present, taught)


def comments_written(activity: Activity, key: str) -> int:
    """How many answered that question in own words, from the kept sums; 0 below the smallest group."""
    rows = Tally.objects.filter(activity_id=activity.pk, question__key=key, question__kind="text", choice="")
    written = sum(rows.values_list("count", flat=True))
    return written if written >= surveys.minimum_group() else 0


def words(viewer: Actor, provider: AccreditedProvider, of: Activity, about: str, name: str = "") -> list[str]:
    """Own words, without names and in no telling order: `about` "reflection", a "theme" of plans, or a "barrier" and how to overcome it.

    Empty where the sums beside them are hidden. Raises NotFound for anything else.
    """
    see_evaluation(viewer, provider, of)
    if about == "reflection":
        return comments(of, about)
    if about == "theme":
        return next(
            (list(one.quotes) for one in themes(viewer, provider, activity=of, only=name) if one.name == name), []
        )
    if about == "barrier":
        return next(
            (list(one.solutions) for one in barriers(viewer, provider, activity=of, only=name) if one.code == name), []
        )
    raise NotFound("answers")


def _quotes(texts: Iterable[str], *groups: QuerySet[Person]) -> list[str]:
    """Texts fit to be quoted: none of these people's names. Only names that could stand in the texts are read."""
    said = list(texts)
    words = words_of(said)
    found: set[str] = set()
    for people in groups if said else ():
        lower = people.annotate(lower_given=Lower("given_name"), lower_family=Lower("family_name"))
        if len(words) <= MOST_WORDS:
            lower = lower.filter(Q(lower_given__in=words) | Q(lower_family__in=words))
        found.update(f"{given} {family}" for given, family in lower.values_list("given_name", "family_name"))
    known = Names(found)
    return shuffled(without_names(text, known) for text in said)


@dataclass(frozen=True, slots=True)
class BarrierLine:
    """One barrier: who can address it, how many learners met it (None when fewer than the smallest group), how to overcome it."""

    code: str
    label: str
    tdf: str
    addressable: bool
    who: str
    people: int | None
    solutions: tuple[str, ...]


def _commitments(provider: AccreditedProvider, activity: Activity | None, year: int | None) -> QuerySet[Commitment]:
    rows = (
        Commitment.objects.filter(activity__provider=provider)
        if activity is None
        else Commitment.objects.filter(activity=activity)
    )
    if year is not None:
        rows = rows.filter(committed_on__year=year)
    return rows


def see_evaluation(viewer: Actor, provider: AccreditedProvider, of: Activity | None) -> None:
    """Sums over a whole program need the whole program; one activity needs that activity."""
    everything, organisations, activities = reach(viewer, P.SEE_EVALUATION, provider.pk)
    if of is not None and of.provider_id == provider.pk:
        scope: Scope = of.scope
        if everything or scope.organisation_id in organisations or scope.activity_id in activities:
            return
    elif of is None and everything:
        return
    raise NotFound("evaluation")


def barriers(
    viewer: Actor,
    provider: AccreditedProvider,
    *,
    activity: Activity | None = None,
    year: int | None = None,
    only: str | None = None,
    quoted: bool = True,
) -> list[BarrierLine]:
    """Barriers by the number of learners who met them, most first. Empty below the smallest group of learners.

    `only`: how to overcome it is read for this barrier alone; `quoted` False: for none, as a page shows them until one is opened.
    """
    see_evaluation(viewer, provider, activity)
    plans = _commitments(provider, activity, year)
    rows = (
        Barrier.objects.filter(commitment__in=plans)
        if activity is None
        else Barrier.objects.filter(commitment__activity=activity)
    )
    rows = rows.exclude(code="none")
    least = surveys.minimum_group()
    met = rows.values("code").annotate(n=Count("commitment__person", distinct=True)).values_list("code", "n")
    counts = dict(met)
    if max(counts.values(), default=0) < least and _fewer_than(least, rows.values("commitment__person")):
        return []
    kinds, who = barrier_kinds(), Person.objects.filter(pk__in=plans.values("person"))
    lines = []
    for code, people in counts.items():
        told = rows.filter(code=code).exclude(how_overcome="", other="").values_list("other", "how_overcome")
        read = told[:MOST_QUOTES] if quoted and only in (None, code) else ()
        solutions = _quotes((": ".join(part for part in pair if part) for pair in read), who)
        kind, shown = kinds[code], people if people >= least else None
        lines.append(BarrierLine(code, kind.label, kind.tdf, kind.addressable, WHO[kind.who], shown, tuple(solutions)))
    return sorted(lines, key=lambda line: (-(line.people or 0), line.label))


def _fewer_than(least: int, people: QuerySet[Any, Any]) -> bool:
    return len(people.order_by().distinct()[:least]) < least


@dataclass(frozen=True, slots=True)
class FollowUpFigures:
    """What became of plans, in plans. Never one share alone: of those who answered, of those asked, of all committed.

    `shares` holds estimates with Wilson intervals, named as in `lifelong.methods.proportions.FollowUp`; of_asked counts silence
    as not implemented (the worst case). `is_small`: fewer than the smallest group of learners committed; nothing else is told.
    """

    wave: int
    people: int
    committed: int
    asked: int
    answered: int
    implemented: int
    partly: int
    shares: tuple[Estimate, ...]
    answers: tuple[tuple[str, str, int], ...]  # value, label, count
    is_small: bool

    def share(self, name: str) -> Estimate | None:
        return next((estimate for estimate in self.shares if estimate.name == name), None)


def follow_up_figures(
    viewer: Actor,
    provider: AccreditedProvider,
    *,
    activity: Activity | None = None,
    year: int | None = None,
    wave: int = 90,
) -> FollowUpFigures:
    """The figures of one wave, for an activity or for the plans made in a year. Two queries."""
    see_evaluation(viewer, provider, activity)
    plans = _commitments(provider, activity, year)
    totals = plans.aggregate(committed=Count("pk"), people=Count("person_id", distinct=True))
    asked = FollowUp.objects.filter(commitment__in=plans, wave=wave, asked_at__isnull=False)
    by_answer = dict(asked.order_by().values_list("answer").annotate(n=Count("pk")))
    return _wave_figures(wave, totals["people"], totals["committed"], by_answer)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of the plans of an activity: its waves in order, and whether anybody told of a change of team or system."""

    waves: tuple[FollowUpFigures, ...]
    has_system_changes: bool


def aftermath(viewer: Actor, provider: AccreditedProvider, of: Activity) -> Aftermath:
    """The waves of today and those planned before, however many, in two passes over the rows of the activity."""
    see_evaluation(viewer, provider, of)
    totals = _commitments(provider, of, None).aggregate(committed=Count("pk"), people=Count("person_id", distinct=True))
    told = FollowUp.objects.filter(commitment__activity=of).order_by().values("wave", "answer")
    rows = told.annotate(asked=Count("asked_at"), changes=Count("pk", filter=~Q(system_change="")))
    by_wave: dict[int, dict[str, int]] = {days: {} for days in waves(of.provider_id)}
    changes = 0
    for days, answer, asked, changed in rows.values_list("wave", "answer", "asked", "changes"):
        by_answer = by_wave.setdefault(days, {})
        changes += changed
        if asked:
            by_answer[answer] = asked
    figures = (_wave_figures(days, totals["people"], totals["committed"], by_wave[days]) for days in sorted(by_wave))
    return Aftermath(tuple(figures), changes > 0)


def _wave_figures(wave: int, people: int, committed: int, by_answer: Mapping[str, int]) -> FollowUpFigures:
    """`by_answer`: of those asked, how many said what; "" are the silent ones."""
    from lifelong.methods.proportions import FollowUp as Denominators  # noqa: PLC0415 -- scipy takes a second to load; only this needs it

    if people < surveys.minimum_group():
        return FollowUpFigures(wave, 0, 0, 0, 0, 0, 0, (), (), True)
    n_asked = sum(by_answer.values())
    n_answered = n_asked - by_answer.get("", 0)
    fully, partly = by_answer.get(FollowUp.Answer.FULLY, 0), by_answer.get(FollowUp.Answer.PARTLY, 0)
    counted = Denominators(committed, n_asked, n_answered, fully)
    hidden = 0 < n_answered < surveys.minimum_group()
    return FollowUpFigures(
        wave, people, committed, n_asked, n_answered, 0 if hidden else fully, 0 if hidden else partly,
        () if hidden else counted.shares(),
        () if hidden else tuple((value, label, by_answer.get(value, 0)) for value, label in FollowUp.Answer.choices),
        False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theme:
    """Plans under one theme; quotes without names. `people` is None below the smallest group."""

    name: str
    plans: int
    people: int | None
    quotes: tuple[str, ...]


def themes(
    viewer: Actor, provider: AccreditedProvider, *, activity: Activity | None = None, year: int | None = None,
    only: str | None = None, quoted: bool = True,
) -> list[Theme]:  # fmt: skip
    """Planned changes by theme, most first; those not coded yet stand under "". Empty below the smallest group of learners.

    `only`: plans are read for this theme alone; `quoted` False: for none, as a page shows them until one is opened.
    """
    see_evaluation(viewer, provider, activity)
    rows = _commitments(provider, activity, year)
    least = surveys.minimum_group()
    grouped = rows.values("theme").annotate(plans=Count("pk"), people=Count("person", distinct=True))
    counts = list(grouped.values_list("theme", "plans", "people"))
    if max((people for _, _, people in counts), default=0) < least and _fewer_than(least, rows.values("person")):
        return []
    who = Person.objects.filter(pk__in=rows.values("person"))
    found = []
    for name, plans, people in counts:
        reads_it = quoted and only in (None, name)
        said = rows.filter(theme=name).values_list("text", flat=True)[:MOST_QUOTES] if reads_it else ()
        found.append(Theme(name, plans, people if people >= least else None, tuple(_quotes(said, who))))
    return sorted(found, key=lambda theme: (-theme.plans, theme.name))


def plans_to_code(viewer: Actor, provider: AccreditedProvider, of: Activity, limit: int = 50) -> list[tuple[int, str]]:
    """Plans without a theme yet: (id, text without names), in no telling order."""
    see_evaluation(viewer, provider, of)
    rows = Commitment.objects.filter(activity=of, theme="").values_list(
        "pk", "text", "person__given_name", "person__family_name"
    )
    found = [(pk, without_names(text, [f"{given} {family}"])) for pk, text, given, family in rows[:limit]]
    return sorted(found, key=lambda row: row[1])


def commitment(viewer: Actor, provider: AccreditedProvider, commitment_id: int) -> Commitment:
    found = (
        Commitment.objects.select_related("activity")
        .filter(pk=commitment_id, activity__in=_activities(viewer, provider))
        .first()
    )
    if found is None:
        raise NotFound("plan")
    return found  # type: ignore[no-any-return]
