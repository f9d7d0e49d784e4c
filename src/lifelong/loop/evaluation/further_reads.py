"""What we know from the further forms: which is open to whom, tests before and after by objective, teams, checklists."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

from django.db.models import Q, QuerySet

from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.composed import Composed
from lifelong.kernel.problems import NotFound
from lifelong.loop.delivery.models import Attendance, Registration
from lifelong.loop.evaluation.models import ActivityForm, FollowUp, FormDone, Observation, Team, TeamMember
from lifelong.loop.evaluation.reads import see_evaluation, with_rows
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, Objective
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.forms import FormQuestion, SurveyForm
from lifelong.loop.surveys.models import Answer, Instrument
from lifelong.loop.surveys.quotes import shuffled, without_names
from lifelong.loop.surveys.tokens import pseudonym

USE = ActivityForm.Use
BEFORE, AFTER, LATER = "before", "after", "later"  # waves of a test
PAIRS_FOR_AN_INTERVAL = 10


def form_for(activity: Activity, use: str, session_id: int | None = None) -> SurveyForm | None:
    """The form an activity asks for this use, with its own objectives and speakers; None where it asks none."""
    chosen = ActivityForm.objects.filter(activity=activity, use=use).select_related("instrument").first()
    return with_rows(surveys.form(chosen.instrument), activity, session_id) if chosen else None


def chosen_forms(activity: Activity) -> dict[str, Instrument]:
    """By use."""
    rows = ActivityForm.objects.filter(activity=activity).select_related("instrument")
    return {row.use: row.instrument for row in rows}


def people_of(activity: Activity) -> QuerySet[Person]:
    """Whoever is registered for the activity or has attended it."""
    registered = Registration.objects.filter(activity=activity, state=Registration.State.REGISTERED).values("person")
    attended = Attendance.objects.filter(session__activity=activity, voided_at=None).values("person")
    return Person.objects.filter(Q(pk__in=registered) | Q(pk__in=attended)).order_by("family_name", "given_name", "pk")  # type: ignore[no-any-return]


# --- for a learner


def open_activity(viewer: Actor, activity_id: int) -> Activity:
    """An activity in which the viewer takes part; for anybody else it does not exist here."""
    found: Activity | None = Activity.objects.select_related("provider").filter(pk=activity_id).first()
    if found is None:
        raise NotFound("activity")
    must_take_part(viewer.person_id, found)
    return found


def must_take_part(person_id: int | None, activity: Activity) -> None:
    """Raises NotFound for whoever is neither registered for the activity nor has attended it."""
    if person_id is None or not people_of(activity).filter(pk=person_id).exists():
        raise NotFound("activity")


def is_published(activity_id: int) -> bool:
    """Whether everybody may know of the activity."""
    return Activity.objects.filter(pk=activity_id, published_at__isnull=False).exists()


def open_test(person_id: int, activity: Activity) -> tuple[SurveyForm, str]:
    """The test as it is open now and its part: before the first session begins, after the last one has begun, and, where the
    office asks it once more, later for whoever took it after."""
    form = form_for(activity, USE.TEST)
    if form is None:
        raise NotFound("test")
    starts = sorted(activity.sessions.filter(cancelled_at=None).values_list("starts_at", flat=True))
    now = clock.now()
    taken = dict(
        FormDone.objects.filter(activity=activity, person_id=person_id, part__in=(BEFORE, AFTER)).values_list(
            "part", "done_on"
        )
    )
    if starts and now < starts[0]:
        return form, BEFORE
    if starts and now < starts[-1]:
        raise NotFound("test")
    if not starts and BEFORE not in taken:
        return form, BEFORE
    days = later_days(activity)
    unpassed = (
        form.passing_percent is not None
        and not FormDone.objects.filter(
            activity=activity, person_id=person_id, part=AFTER, passed_on__isnull=False
        ).exists()
    )
    if days is not None and AFTER in taken and not unpassed:
        due_on = (starts[-1].date() if starts else taken[AFTER]) + dt.timedelta(days=days)
        if clock.today(activity.time_zone) >= due_on:
            return form, LATER
    return form, AFTER


def later_days(activity: Activity) -> int | None:
    """How long after the activity its test is asked once more; None where it is not."""
    return ActivityForm.objects.filter(activity=activity, use=USE.TEST).values_list("later_days", flat=True).first()


@dataclass(frozen=True, slots=True)
class OwnItem:
    """An item of a test, with its right answer and why: shown when nothing is left to pass."""

    text: str
    right: str
    rationale: str


@dataclass(frozen=True, slots=True)
class OwnTest:
    """What a learner may know of their own test. `percent` is that of the first attempt; items only when nothing is left to pass
    and the same items are not asked once more later (`later_days`)."""

    percent: int
    attempts: int
    passing_percent: int | None
    passed: bool
    items: tuple[OwnItem, ...]
    later_days: int | None = None


def own_test(viewer: Actor, activity: Activity, part: str) -> OwnTest | None:
    """None where the viewer has not taken this part. Found through the learner's own code."""
    if viewer.person_id is None:
        return None
    form = form_for(activity, USE.TEST)
    done = FormDone.objects.filter(activity=activity, person_id=viewer.person_id, part=part, session=None).first()
    if form is None or done is None:
        return None
    code = pseudonym(form.key, activity.pk, viewer.person_id)
    first = Answer.objects.filter(
        response__pseudonym=code, response__subject_type=part, response__activity_id=activity.pk
    )
    chosen = dict(first.values_list("question_id", "choice"))
    scored = form.scored
    right = sum(chosen.get(question.id) == question.correct_value for question in scored)
    passed = done.passed_on is not None
    days = later_days(activity)
    tells = part == LATER or (part == AFTER and days is None and (passed or form.passing_percent is None))
    items = tuple(OwnItem(one.text, _label(one), one.rationale) for one in scored) if tells else ()
    percent = 100 * right // len(scored) if scored else 0
    return OwnTest(percent, done.attempts, form.passing_percent, passed, items, days if part == AFTER else None)


def _label(question: FormQuestion) -> str:
    return next((one.label for one in question.options if one.value == question.correct_value), "")


def asks_speakers(attendance: Attendance) -> bool:
    """Whether a rating of the speakers waits for this learner. One query where the activity asks none."""
    return bool(_speaker_form.rows(attendance.session.activity_id)) and not is_rated(attendance)


_speaker_form: Composed[tuple[int]] = Composed(
    lambda activity: ActivityForm.objects.filter(activity_id=activity, use=USE.SPEAKER).values_list("pk")
)


def is_rated(attendance: Attendance) -> bool:
    return FormDone.objects.filter(
        session_id=attendance.session_id, person_id=attendance.person_id, part="speaker"
    ).exists()


def own_member(viewer: Actor, team_id: int) -> TeamMember:
    """The viewer's place in a team; other teams do not exist for them."""
    rows = TeamMember.objects.select_related("team__activity__provider")
    found = rows.filter(team_id=team_id, person_id=viewer.person_id).first() if viewer.person_id else None
    if found is None:
        raise NotFound("team")
    return found  # type: ignore[no-any-return]


def own_observations(viewer: Actor) -> list[Observation]:
    """Checklists about the viewer, newest first."""
    rows = Observation.objects.filter(person_id=viewer.person_id) if viewer.person_id else Observation.objects.none()
    return list(rows.select_related("activity__provider", "observer", "instrument").order_by("-observed_on", "-pk"))


def observed(observation: Observation) -> list[tuple[str, str, str]]:
    """The ticks of a checklist: question, line, answer."""
    form = surveys.form(observation.instrument)
    answers = Answer.objects.filter(response__subject_type="observation", response__subject_id=observation.pk)
    said = {(question, row): (choice, text) for question, row, choice, text in answers.values_list("question_id", "row", "choice", "text")}  # fmt: skip
    found = []
    for question in form.questions:
        labels = {option.value: option.label for option in question.options}
        for key, label in [(row.key, row.label) for row in question.rows] or [("", "")]:
            if (question.id, key) in said:
                choice, text = said[question.id, key]
                found.append((question.text, label, labels.get(choice, choice) or text))
    return found


# --- for the office: before and after


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Share right before and after, in percent, of the same learners; first attempts. `label` is the objective, or all items.

    Below the smallest group `is_small` and all figures but n are empty; the interval needs ten pairs (Student's t).
    """

    label: str
    items: int
    n: int
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    is_small: bool


@dataclass(frozen=True, slots=True)
class TestResult:
    """The table, and how many could not be paired: they are in no figure above."""

    lines: tuple[BeforeAfter, ...]
    paired: int
    only_before: int
    only_after: int
    passed: int
    passing_percent: int | None
    note: str


def test_result(
    viewer: Actor, provider: AccreditedProvider, activity: Activity, after: str = AFTER
) -> TestResult | None:
    """The test of an activity, learners paired by their code: before and `after`, which may be the later wave. None without a test. Two queries."""
    see_evaluation(viewer, provider, activity)
    form = form_for(activity, USE.TEST)
    if form is None:
        return None
    rows = Answer.objects.filter(
        response__activity_id=activity.pk, response__subject_type__in=(BEFORE, after),
        response__instrument__key=form.key, response__instrument__provider=provider,
    ).exclude(response__pseudonym="")  # fmt: skip
    right: dict[str, dict[str, dict[str, bool]]] = {BEFORE: defaultdict(dict), after: defaultdict(dict)}
    for part, code, key, choice, correct in rows.values_list(
        "response__subject_type", "response__pseudonym", "question__key", "choice", "question__correct_value"
    ):
        if correct:
            right[part][code][key] = choice == correct
    pairs = sorted(set(right[BEFORE]) & set(right[after]))
    texts = {pk: text for pk, text in Objective.objects.filter(activity=activity).values_list("pk", "text")}
    groups: dict[str, list[str]] = {"All items": [question.key for question in form.scored]}
    for question in form.scored:
        groups.setdefault(texts.get(question.objective_id or 0, "Not tied to an objective"), []).append(question.key)
    if len(groups) == 2 and "Not tied to an objective" in groups:
        groups.pop("Not tied to an objective")
    first, second = right[BEFORE], right[after]
    lines = tuple(
        _before_after(label, keys, [(_share(first[one], keys), _share(second[one], keys)) for one in pairs])
        for label, keys in groups.items()
    )
    passed = FormDone.objects.filter(activity=activity, part=AFTER, passed_on__isnull=False).count()
    return TestResult(
        lines, len(pairs), len(set(first) - set(second)), len(set(second) - set(first)), passed, form.passing_percent, _note(lines)
    )  # fmt: skip


def _share(right: dict[str, bool], keys: list[str]) -> float:
    return 100 * sum(right.get(key, False) for key in keys) / len(keys)


def _before_after(label: str, keys: list[str], pairs: list[tuple[float, float]]) -> BeforeAfter:
    n = len(pairs)
    if n < surveys.minimum_group():
        return BeforeAfter(label, len(keys), n, None, None, None, None, None, True)
    change = [after - before for before, after in pairs]
    mean = sum(change) / n
    half = _half(change, mean)
    return BeforeAfter(
        label, len(keys), n, sum(one for one, _ in pairs) / n, sum(one for _, one in pairs) / n, mean,
        None if half is None else mean - half, None if half is None else mean + half, False,
    )  # fmt: skip


def _half(change: list[float], mean: float) -> float | None:
    """Half the width of Student's 95 % interval of a mean difference; None below ten pairs or without the statistics extra."""
    n = len(change)
    if n < PAIRS_FOR_AN_INTERVAL or not _has_statistics():
        return None
    from scipy import stats  # noqa: PLC0415 -- an extra; only this needs it

    spread = math.sqrt(sum((one - mean) ** 2 for one in change) / (n - 1))
    return float(stats.t.ppf(0.975, n - 1)) * spread / math.sqrt(n)


def _has_statistics() -> bool:
    return find_spec("scipy") is not None


def _note(lines: Iterable[BeforeAfter]) -> str:
    if any(not line.is_small and line.low is None and line.n >= PAIRS_FOR_AN_INTERVAL for line in lines):
        return "Intervals need the analysis extra, which is not installed here."
    if any(not line.is_small and line.low is None for line in lines):
        return f"Fewer than {PAIRS_FOR_AN_INTERVAL} pairs are described, without an interval."
    return ""


# --- for the office: teams and checklists


def speaker_stats(activity: Activity) -> tuple[surveys.Stat, ...]:
    """Sums of the speaker rating, a line a speaker; small groups are marked and empty."""
    form = form_for(activity, USE.SPEAKER)
    return tuple(one for one in surveys.stats(form, [activity.pk]) if one.kind != "text") if form else ()


@dataclass(frozen=True, slots=True)
class TeamLine:
    id: int
    name: str
    members: int
    answered: bool
    said: tuple[tuple[str, str, str], ...]  # question, line, answer: the team's own, kept with its name


def teams(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> list[TeamLine]:
    """Teams of an activity with what they answered. The answers are of the team, as its form says."""
    see_evaluation(viewer, provider, activity)
    rows = list(Team.objects.filter(activity=activity).prefetch_related("members").order_by("name"))
    answers = Answer.objects.filter(response__subject_type="team", response__subject_id__in=[row.pk for row in rows])
    said: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for answer in answers.select_related("question", "response").order_by("question__position", "row"):
        labels = {option["value"]: option["label"] for option in answer.question.options}
        value = labels.get(answer.choice, answer.choice) or answer.text
        said[answer.response.subject_id].append((answer.question.text, answer.row.capitalize(), value))
    return [
        TeamLine(row.pk, row.name, len(row.members.all()), row.answered_on is not None, tuple(said[row.pk]))
        for row in rows
    ]


def observations(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> list[Observation]:
    """Checklists of an activity, newest first."""
    see_evaluation(viewer, provider, activity)
    rows = Observation.objects.filter(activity=activity).select_related("person", "observer", "instrument")
    return list(rows.order_by("-observed_on", "-pk")[:200])


def system_changes(viewer: Actor, provider: AccreditedProvider, activity: Activity) -> tuple[int, list[str]]:
    """What teams and systems changed besides (later questions): how many learners said so, and their words without names.

    Nothing below the smallest group of learners who answered.
    """
    see_evaluation(viewer, provider, activity)
    rows = FollowUp.objects.filter(commitment__activity=activity, answered_at__isnull=False)
    answered = rows.values("commitment__person").distinct().count()
    if answered < surveys.minimum_group():
        return 0, []
    said = rows.exclude(system_change="").select_related("commitment__person")
    people = {row.commitment.person_id for row in said}
    names = [f"{row.commitment.person.given_name} {row.commitment.person.family_name}" for row in said]
    return len(people), shuffled(without_names(row.system_change, names) for row in said)
