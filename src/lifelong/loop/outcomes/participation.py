"""Who came and how far they went. Small groups are hidden, also from subtraction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from lifelong.formats.outcome_report import Step
from lifelong.loop.credit.models import Award
from lifelong.loop.delivery.models import Attendance, Registration
from lifelong.loop.evaluation.models import Commitment, EvaluationDone, FollowUp
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden

MADE = (FollowUp.Answer.FULLY, FollowUp.Answer.PARTLY)
Groups = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Participation:
    """`people` and `response` (share of attendances evaluated) are None for too few people."""

    people: int | None
    response: float | None
    steps: tuple[Step, ...]
    professions: Groups
    places: Groups
    words: tuple[str, ...]


def participation(of: Activity) -> Participation:
    """Nine queries whatever the number of people."""
    least = minimum_group()
    marks = Attendance.objects.filter(session__activity=of, voided_at=None)
    came = {
        person: (profession, f"{state}, {country}" if state else country)
        for person, profession, state, country in marks.order_by().values_list(
            "person_id", "profession", "person__profile__state", "person__profile__country"
        )
    }
    done = EvaluationDone.objects.filter(attendance__in=marks)
    answered = set(done.values_list("attendance__person_id", flat=True))
    professions = {person: (facts[0] or "not stated").replace("_", " ") for person, facts in came.items()}
    places = {person: facts[1] or "not stated" for person, facts in came.items()}
    attended, evaluated = marks.count(), done.count()
    enough = len(came) >= least
    return Participation(
        people=shown(len(came), least),
        response=evaluated / attended if attended and enough else None,
        steps=_steps(of, len(came), len(answered & came.keys()), least),
        professions=groups(Counter(professions.values()), least),
        places=groups(Counter(places.values()), least),
        words=_words(of, attended, evaluated, least),
    )


def shown(n: int, least: int) -> int | None:
    """Zero tells of nobody; one to four would tell of somebody."""
    return None if 0 < n < least else n


def groups(counts: Counter[str], least: int) -> Groups:
    """Largest first. A single hidden group could be had by subtraction, so the next smallest is hidden with it."""
    told = told_apart(counts, least)
    return tuple((name, told[name]) for name, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def told_apart(counts: Mapping[str, int], least: int) -> dict[str, int | None]:
    """Parts of one known total: None for those that are small, and for those from which the small could be had by subtraction."""
    few = hidden(counts, least)
    return {name: None if name in few else n for name, n in counts.items()}


def _steps(of: Activity, came: int, evaluated: int, least: int) -> tuple[Step, ...]:
    registered = Registration.objects.filter(activity=of, state=Registration.State.REGISTERED).count()
    entries = Award.objects.filter(activity=of).order_by().values("person")  # with their corrections
    claimed = entries.annotate(left=Sum("amount")).filter(left__gt=0).count()
    planned = Commitment.objects.filter(activity=of).values("person").distinct().count()
    later = FollowUp.objects.filter(commitment__activity=of, answered_at__isnull=False)
    heard = later.values("commitment__person").distinct().count()
    changed = later.filter(answer__in=MADE).values("commitment__person").distinct().count()
    told_changed = told_apart({"changed": changed, "not": heard - changed}, least)["changed"]
    rows = [
        ("Attended", came, "people"), ("Claimed credit", claimed, "credit"), ("Evaluated", evaluated, "people"),
        ("Planned a change", planned, "people"),
    ]  # fmt: skip
    if registered:
        rows.insert(0, ("Registered", registered, "people"))
    steps = tuple(Step(name, shown(n, least), what) for name, n, what in rows)
    if not FollowUp.objects.filter(commitment__activity=of, asked_at__isnull=False).exists():
        return steps  # nobody asked is not nobody changed
    return (
        *steps,
        Step("Answered later", shown(heard, least), "people"),
        Step("Changed practice", told_changed, "people"),
    )


def _words(of: Activity, attended: int, evaluated: int, least: int) -> tuple[str, ...]:
    if not attended or 0 < evaluated < least:
        return ("Too few evaluated to say who did.",) if attended else ()
    found = [
        f"{evaluated:,} of {attended:,} attendances were evaluated ({100 * evaluated / attended:.0f} %); everybody who came was asked."
    ]
    begun_on = TruncDate("attendance__session__starts_at", tzinfo=ZoneInfo(of.time_zone))
    done = EvaluationDone.objects.filter(attendance__session__activity=of, attendance__voided_at=None)
    late = done.annotate(begun_on=begun_on).exclude(done_on=F("begun_on")).count()
    if evaluated and (late == 0 or late >= least):
        found.append(f"{late:,} evaluated on a later day than the session.")
    return tuple(found)
