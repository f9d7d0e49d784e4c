"""What we know of self-assessments, reflections, cases and polls: a learner's own in full, for the office sums and what was shared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotFound
from lifelong.loop.evaluation.further_reads import USE, form_for, is_published, people_of
from lifelong.loop.evaluation.models import FormDone
from lifelong.loop.evaluation.reads import see_evaluation
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.forms import FormQuestion, SurveyForm, shown
from lifelong.loop.surveys.models import Answer, CasePlay, Instrument, Poll, PollVoter, Reflection
from lifelong.loop.surveys.reads import Bar, Stat
from lifelong.loop.surveys.tokens import pseudonym

SELF = "self"


def form_or_none(activity: Activity, use: str) -> SurveyForm:
    """The form of this use; raises NotFound where the activity asks none."""
    form = form_for(activity, use)
    if form is None:
        raise NotFound("form")
    return form


# --- self-assessment


@dataclass(frozen=True, slots=True)
class SelfItem:
    """An item as it is explained: what was chosen, what is right, and why. `chosen` is "" for an item left out."""

    text: str
    chosen: str
    right: str
    is_right: bool
    rationale: str


def explained(form: SurveyForm, answers: Mapping[str, Any]) -> tuple[SelfItem, ...]:
    """Every scored item with its reason; nothing is added up."""
    found = []
    for one in form.scored:
        labels = {option.value: option.label for option in one.options}
        value = str(answers.get(one.key) or "")
        right = labels.get(one.correct_value, "")
        found.append(SelfItem(one.text, labels.get(value, ""), right, value == one.correct_value, one.rationale))
    return tuple(found)


def own_self_assessment(viewer: Actor, activity: Activity) -> tuple[SelfItem, ...] | None:
    """The viewer's first answers, explained; None where there are none yet. Found through the learner's own code."""
    form = form_or_none(activity, USE.SELF)
    done = FormDone.objects.filter(activity=activity, person_id=viewer.person_id or 0, part=SELF, session=None)
    if viewer.person_id is None or not done.exists():
        return None
    code = pseudonym(form.key, activity.pk, viewer.person_id)
    rows = Answer.objects.filter(
        response__pseudonym=code, response__subject_type=SELF, response__subject_id=activity.pk
    )
    return explained(form, dict(rows.values_list("question__key", "choice")))


def self_assessment_stats(
    viewer: Actor, provider: AccreditedProvider, activity: Activity
) -> tuple[int, tuple[Stat, ...]]:
    """How many have answered, and the sums of each item from five answers on."""
    see_evaluation(viewer, provider, activity)
    form = form_for(activity, USE.SELF)
    if form is None:
        return 0, ()
    done = FormDone.objects.filter(activity=activity, part=SELF).count()
    return done, tuple(one for one in surveys.stats(form, [activity.pk]) if one.kind != "text")


# --- reflections


def own_reflection(viewer: Actor, activity: Activity) -> dict[str, Reflection]:
    """What the viewer wrote in this activity, by key of the question."""
    rows = Reflection.objects.filter(activity_id=activity.pk, person_id=viewer.person_id or 0).select_related(
        "question"
    )
    return {row.question.key: row for row in rows}


def own_reflections(viewer: Actor) -> list[tuple[str, list[Reflection]]]:
    """All that the viewer wrote: (title of the activity, texts), newest first."""
    if viewer.person_id is None:
        return []
    rows = Reflection.objects.filter(person_id=viewer.person_id).select_related("question")
    by_activity: dict[int, list[Reflection]] = defaultdict(list)
    for row in rows.order_by("-written_on", "question__position"):
        by_activity[row.activity_id].append(row)
    titles = dict(Activity.objects.filter(pk__in=by_activity).values_list("pk", "title"))
    return [(titles.get(pk, ""), found) for pk, found in by_activity.items()]


@dataclass(frozen=True, slots=True)
class Reflected:
    """How many wrote, how many of them share it, and the shared texts by question."""

    people: int
    sharing: int
    shared: tuple[tuple[str, tuple[str, ...]], ...]


def reflections(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> Reflected:
    """For the office: the count, and only what was shared."""
    see_evaluation(viewer, provider, activity)
    rows = Reflection.objects.filter(activity_id=activity.pk, provider=provider)
    people = rows.values("person").distinct().count()
    shared = rows.filter(shared_on__isnull=False).select_related("question", "person")
    texts: dict[str, list[str]] = defaultdict(list)
    for row in shared.order_by("question__position", "pk"):
        texts[row.question.text].append(f"{row.text} ({row.person.full_name})")
    sharing = len({row.person_id for row in shared})
    return Reflected(people, sharing, tuple((text, tuple(said)) for text, said in texts.items()))


# --- cases


def next_step(form: SurveyForm, steps: Sequence[Mapping[str, str]]) -> FormQuestion | None:
    """The decision that waits; None at the end of the case."""
    chosen = {step["key"]: step["value"] for step in steps}
    return next((one for one in shown(form, chosen) if one.key not in chosen), None)


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    chosen: str
    feedback: str


def own_case(viewer: Actor, activity: Activity) -> tuple[SurveyForm, tuple[Step, ...], FormQuestion | None]:
    """The case, the way so far and the decision that waits."""
    form = form_or_none(activity, USE.CASE)
    play = CasePlay.objects.filter(
        activity_id=activity.pk, person_id=viewer.person_id or 0, instrument_id=form.instrument_id
    ).first()
    steps = play.steps if play else []
    told = []
    for step in steps:
        question = form.question(step["key"])
        label = next((one.label for one in question.options if one.value == step["value"]), "") if question else ""
        told.append(Step(question.text if question else "", label, step["feedback"]))
    return form, tuple(told), next_step(form, steps)


@dataclass(frozen=True, slots=True)
class Played:
    """How many began and finished a case, and what they decided at each step that enough have reached."""

    begun: int
    finished: int
    steps: tuple[Stat, ...]


def case_stats(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> Played | None:
    see_evaluation(viewer, provider, activity)
    form = form_for(activity, USE.CASE)
    if form is None:
        return None
    plays = list(CasePlay.objects.filter(activity_id=activity.pk, instrument_id=form.instrument_id))
    counts: Counter[tuple[str, str]] = Counter()
    for play in plays:
        counts.update((step["key"], step["value"]) for step in play.steps)
    return Played(
        len(plays), sum(play.finished_on is not None for play in plays),
        tuple(_counted(one, {value: n for (key, value), n in counts.items() if key == one.key}) for one in form.questions),
    )  # fmt: skip


def _counted(question: FormQuestion, counts: Mapping[str, int], n: int | None = None) -> Stat:
    total = sum(counts.values()) if n is None else n
    if total < surveys.minimum_group():
        return Stat(question.key, question.kind, question.text, "", 0, (), None, True)
    bars = tuple(Bar(one.value, one.label, counts.get(one.value, 0), counts.get(one.value, 0) / total) for one in question.scale)  # fmt: skip
    return Stat(question.key, question.kind, question.text, "", total, bars, None, False)


# --- polls


def poll_forms(provider: AccreditedProvider) -> list[Instrument]:
    return surveys.published_forms(provider, Instrument.Kind.POLL)


def session_of(activity: Activity, session_id: int) -> Session:
    found = activity.sessions.select_related("activity").filter(pk=session_id).first()
    if found is None:
        raise NotFound("session")
    return found  # type: ignore[no-any-return]


def recent_sessions(activity: Activity, limit: int = 20) -> list[Session]:
    """Sessions that were not called off, newest first."""
    return list(activity.sessions.filter(cancelled_at=None).order_by("-starts_at")[:limit])


@dataclass(frozen=True, slots=True)
class PollLine:
    """A poll as the room sees it. `results` are empty while it is open, and small where fewer than five answered."""

    id: int
    title: str
    session_id: int
    session_title: str
    is_open: bool
    answered: int
    results: tuple[Stat, ...]


def polls(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> list[PollLine]:
    """Polls of an activity, newest first."""
    see_evaluation(viewer, provider, activity)
    asked = Poll.objects.filter(activity_id=activity.pk).select_related("instrument").annotate(n=Count("voters"))
    rows = list(asked[:50])
    titles = dict(activity.sessions.values_list("pk", "title"))
    told = _results([row for row in rows if row.closed_at is not None])
    return [
        PollLine(
            row.pk, row.instrument.title, row.session_id, titles.get(row.session_id, ""), row.closed_at is None, row.n, told.get(row.pk, ())
        )
        for row in rows
    ]  # fmt: skip


def poll_results(row: Poll) -> tuple[Stat, ...]:
    """What the room said, each question from five answers on."""
    return _results([row])[row.pk]


def _results(rows: Sequence[Poll]) -> dict[int, tuple[Stat, ...]]:
    """What was said to each poll. Two queries, and two for each form that was asked."""
    ids = [row.pk for row in rows]
    answers = Answer.objects.filter(response__subject_type="poll", response__subject_id__in=ids).order_by()
    line = answers.values_list("response__subject_id", "question_id")
    chosen: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for poll, question, choice, n in line.values_list("response__subject_id", "question_id", "choice").annotate(n=Count("pk")):  # fmt: skip
        chosen[poll, question][choice] = n
    people = {(poll, question): n for poll, question, n in line.annotate(n=Count("response", distinct=True))}
    forms = {row.instrument_id: row.instrument for row in rows}
    questions = {pk: surveys.form(instrument).questions for pk, instrument in forms.items()}
    return {
        row.pk: tuple(
            _counted(one, chosen[row.pk, one.id], people.get((row.pk, one.id), 0))
            for one in questions[row.instrument_id]
        )
        for row in rows
    }


def own_poll(viewer: Actor, poll_id: int) -> tuple[Poll, Activity, bool]:
    """A poll of an activity in which the viewer takes part, and whether the viewer has answered."""
    row = Poll.objects.select_related("instrument").filter(pk=poll_id).first()
    activity = Activity.objects.select_related("provider").filter(pk=row.activity_id).first() if row else None
    if row is None or activity is None or not people_of(activity).filter(pk=viewer.person_id or 0).exists():
        raise NotFound("poll")
    return row, activity, PollVoter.objects.filter(poll=row, person_id=viewer.person_id or 0).exists()


def poll_of(activity: Activity, poll_id: int) -> Poll:
    found = Poll.objects.filter(activity_id=activity.pk, pk=poll_id).select_related("instrument").first()
    if found is None:
        raise NotFound("poll")
    return found  # type: ignore[no-any-return]


def is_known(activity_id: int = 0, poll_id: int = 0) -> bool:
    """Whether everybody may know of the activity, or of the activity of the poll."""
    if poll_id:
        activity_id = Poll.objects.filter(pk=poll_id).values_list("activity_id", flat=True).first() or 0
    return is_published(activity_id)
