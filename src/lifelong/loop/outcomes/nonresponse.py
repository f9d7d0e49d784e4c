"""Who answered and who was silent: the standard block of every outcome report. Counts here, comparisons by the product's methods."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Sum

from lifelong.formats.outcome_report import Asked, NonResponse
from lifelong.loop.credit.models import Award
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.evaluation.further_reads import people_of
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.outcomes.scores import Taken, taken
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden

Given = ParamSpec("Given")
Found = TypeVar("Found")
FIELDS = ("profession", "specialty", "state", "credit")
RATED = "relevance"  # the answer that every usual form asks and that is kept with the profession

COUNTS_FEW = ("weighting.small_cell", "weighting.nobody")  # their sentences name how few, and of which group


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who came: what is known of everybody, whether they evaluated, and whether on the day itself."""

    person_id: int
    profession: str
    specialty: str
    state: str
    credit: float
    evaluated: bool
    same_day: bool | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A plan that was asked about: by whom, whether it was answered, before any reminder, and carried out."""

    person_id: int
    answered: bool
    early: bool
    fully: bool


def nonresponse(of: Activity) -> NonResponse:
    """Funnels always; comparisons, weights and tipping points where enough people answered and the packages are installed."""
    comers = _comers(of)
    wave, plans = _plans(of)
    test = taken(of)
    asked = tuple(_asked(of, wave, plans, test))
    if len(comers) < minimum_group():
        return NonResponse(asked)
    if find_spec("statsmodels") is None:
        return NonResponse(
            asked, notes=("Comparisons and weights need the statistics packages, which are not installed here.",)
        )
    from lifelong.loop.outcomes import nonresponse_methods as methods  # noqa: PLC0415 -- an extra, and a second to load

    refused: list[str] = []
    evaluated = {one.person_id for one in comers if one.evaluated}
    answered = {one.person_id for one in plans if one.answered}
    later = f"answered after {wave} days"
    contrasts = [
        *(_run(refused, "Evaluated beside all", methods.compared, comers, evaluated, "evaluated", FIELDS[:3]) or ()),
        *(_run(refused, "Answered later beside all", methods.compared, comers, answered, later, FIELDS) or ()),
        *(_run(refused, "Scores before, by who came again", methods.scores_compared, test) or ()),
        *(_run(refused, "Early beside late", methods.early_late, comers, plans, _ratings(of), wave) or ()),
    ]
    weighted = [
        _run(refused, "Plans, weighted", methods.plans_weighted, comers, plans, wave),
        _run(refused, "Relevance, weighted", methods.rating_weighted, *_rated_rows(of)),
    ]
    return NonResponse(
        asked, tuple(contrasts), tuple(one for one in weighted if one is not None),
        _run(refused, "Tipping point of the score", methods.tipping, test) or (), (*_notes(test), *refused),
    )  # fmt: skip


def _run(
    refused: list[str], name: str, method: Callable[Given, Found], *on: Given.args, **by: Given.kwargs
) -> Found | None:
    """What the method found. A refusal becomes a sentence of the block: one comparison that cannot be made is no reason to lose the report."""
    from lifelong.methods.result import RefusedError  # noqa: PLC0415 -- an extra

    try:
        return method(*on, **by)
    except RefusedError as why:
        reason = "too few answered in one of the groups." if why.reason.rule in COUNTS_FEW else why.reason.sentence
        refused.append(f"{name}: not computed, because {_small_first(reason)}")
        return None


def _small_first(sentence: str) -> str:
    """As the end of another sentence; names of columns and abbreviations keep their capitals."""
    second = sentence[1:2]
    return sentence if second.isupper() else f"{sentence[:1].lower()}{sentence[1:]}"


def _notes(test: Taken | None) -> tuple[str, ...]:
    found = ["Credit is not compared for the evaluation, because it is claimed after evaluating."]
    if test is not None:
        found.append(
            "Scores are kept under a code and without a name: they are compared among those who took the test, not with the roster."
        )
    return tuple(found)


def _comers(of: Activity) -> list[Comer]:
    """Two queries."""
    zone = ZoneInfo(of.time_zone)
    amounts: dict[int, Decimal] = dict(
        Award.objects.filter(activity=of)
        .order_by()
        .values("person")
        .annotate(n=Sum("amount"))
        .values_list("person", "n")
    )
    rows = Attendance.objects.filter(session__activity=of, voided_at=None).order_by("session__starts_at").values_list(
        "person_id", "profession", "person__profile__specialty", "person__profile__state", "session__starts_at", "evaluation_done__done_on"
    )  # fmt: skip
    found: dict[int, Comer] = {}
    for person, profession, specialty, state, starts_at, done_on in rows:
        known = found.get(person)
        same = None if done_on is None else done_on == starts_at.astimezone(zone).date()
        if known is None or (done_on is not None and not known.evaluated):
            found[person] = Comer(
                person, (profession or "not stated").replace("_", " "), specialty or "not stated", state or "not stated",
                float(amounts.get(person, 0)), done_on is not None, same,
            )  # fmt: skip
    return list(found.values())


def _plans(of: Activity) -> tuple[int, list[Followed]]:
    """The last wave that anybody answered, and its plans."""
    rows = FollowUp.objects.filter(commitment__activity=of, asked_at__isnull=False).order_by("-wave", "pk").values_list(
        "wave", "commitment__person_id", "answer", "reminders"
    )  # fmt: skip
    by_wave: dict[int, list[Followed]] = defaultdict(list)
    for wave, person, answer, reminders in rows:
        by_wave[wave].append(Followed(person, bool(answer), not reminders, answer == FollowUp.Answer.FULLY))
    for wave, plans in by_wave.items():
        if any(one.answered for one in plans):
            return wave, plans
    return 0, []


def _asked(of: Activity, wave: int, plans: list[Followed], test: Taken | None) -> list[Asked]:
    least = minimum_group()

    def told(n: int) -> int | None:
        return None if 0 < n < least else n

    figures = evaluation.response_figures(of)
    found = []
    if figures.invited:
        begun, done = told(figures.started), told(figures.answered)
        found.append(Asked("Evaluation", told(figures.invited), told(figures.delivered), begun, done))
    if test is not None:
        taken_once, again, both = (told(len(one)) for one in (test.before, test.after, test.matched))
        found.append(Asked("Test before and after", told(people_of(of).count()), None, taken_once, again, both))
    if plans:
        people = told(len({one.person_id for one in plans}))
        answered = told(len({one.person_id for one in plans if one.answered}))
        found.append(Asked(f"Question about plans, {wave} days", people, None, None, answered, answered))
    return found


def _ratings(of: Activity) -> list[tuple[float, bool]]:
    """(rating, given on the day of the session) of the relevance question. Anonymous answers keep no day of their own: there are none of them."""
    days = {
        pk: starts_at.astimezone(ZoneInfo(of.time_zone)).date() for pk, starts_at in of.sessions.values_list("pk", "starts_at")
    }  # fmt: skip
    rows = Answer.objects.filter(
        response__activity_id=of.pk, response__subject_type="session", question__key=RATED, number__isnull=False,
        response__instrument__is_anonymous=False,
    )  # fmt: skip
    return [
        (number, days.get(session) == on)
        for number, session, on in rows.values_list("number", "response__subject_id", "response__answered_on")
    ]


def _rated_rows(of: Activity) -> tuple[list[tuple[float, str]], Counter[str]]:
    """(1 for agreement, profession) of each rating, and the attendances by profession, joined where a session had too few of one."""
    least = minimum_group()
    marks = list(
        Attendance.objects.filter(session__activity=of, voided_at=None).values_list("session_id", "profession")
    )
    rooms: dict[int, Counter[str]] = defaultdict(Counter)
    for session, profession in marks:
        rooms[session][profession] += 1
    untold = {session: hidden(counts, least) for session, counts in rooms.items()}  # as when the answers were kept
    margin = Counter("" if profession in untold[session] else profession for session, profession in marks)
    rows: Any = Answer.objects.filter(
        response__activity_id=of.pk, response__subject_type="session", question__key=RATED, number__isnull=False
    )
    return [
        (float(number >= 4), profession) for number, profession in rows.values_list("number", "response__profession")
    ], margin
