"""What learners said on closed questions, for the report: ratings, before and now, perceived bias. Without names by construction."""

from __future__ import annotations

from collections import defaultdict

from lifelong.formats.outcome_report import BeforeNow, Rated, Share, Teams
from lifelong.kernel.problems import NotFound
from lifelong.loop.evaluation import further_reads
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.evaluation.models import Team
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer, Question
from lifelong.loop.surveys.reads import Stat, minimum_group, stats
from lifelong.methods.proportions import wilson

PRIVATE = ("speakers",)  # ratings of persons are for those persons


def stats_of(of: Activity) -> tuple[Stat, ...]:
    """The sums of the activity's form; nothing while no form is attached."""
    try:
        return evaluation.question_stats(of)
    except NotFound:
        return ()


def rated(of: Activity) -> tuple[Rated, ...]:
    """Questions and matrix lines on an ordered scale of 2 to 5 steps."""
    return tuple(
        one
        for stat in stats_of(of)
        if stat.kind in ("likert", "matrix") and stat.key not in PRIVATE and (one := as_rated(stat)) is not None
    )


def as_rated(stat: Stat) -> Rated | None:
    """A closed question from its low to its high end; None where few answered or the options have no order."""
    ordered = sorted((bar for bar in stat.bars if bar.value.isdigit()), key=lambda bar: int(bar.value))
    if stat.is_small or len(ordered) != len(stat.bars) or not 2 <= len(ordered) <= 5:
        return None
    return Rated(
        (stat.row or stat.text).rstrip("."), tuple(bar.label for bar in ordered), tuple(bar.count for bar in ordered)
    )


def bias(of: Activity) -> Share | None:
    """The share who noticed commercial bias."""
    stat = next((one for one in stats_of(of) if one.key == "bias" and not one.is_small), None)
    yes = next((bar for bar in stat.bars if bar.value == "yes"), None) if stat else None
    if stat is None or yes is None or not stat.n:
        return None
    low, high = wilson(yes.count, stat.n)
    return Share("noticed commercial bias", 100 * yes.count / stat.n, 100 * low, 100 * high, stat.n, "evaluations")


def retrospective(of: Activity, *, teams: bool = False) -> tuple[BeforeNow, ...]:
    """Pairs given at one time: means, and the share that rose with its Wilson interval. `teams`: what teams said, else what learners said."""
    answers = Answer.objects.filter(
        response__activity_id=of.pk, question__kind=Question.Kind.RETRO, number__isnull=False, row__in=("before", "now")
    )
    answers = answers.filter(response__subject_type="team") if teams else answers.exclude(response__subject_type="team")
    pairs: dict[int, dict[object, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for question, response, row, number in answers.values_list("question_id", "response_id", "row", "number"):
        pairs[question][response][row] = number
    questions = Question.objects.in_bulk(pairs)
    found = [_pair(questions[pk], list(given.values())) for pk, given in sorted(pairs.items())]
    return tuple(one for one in found if one is not None)


def _pair(question: Question, given: list[dict[str, float]]) -> BeforeNow | None:
    both = [(one["before"], one["now"]) for one in given if len(one) == 2]
    n = len(both)
    if n < minimum_group():
        return None
    rose = sum(now > before for before, now in both)
    low, high = wilson(rose, n)
    top = max((int(option["value"]) for option in question.options if str(option["value"]).isdigit()), default=5)
    return BeforeNow(
        question.text, top, n, sum(before for before, _ in both) / n, sum(now for _, now in both) / n,
        Share("put themselves higher now", 100 * rose / n, 100 * low, 100 * high, n, "pairs"),
    )  # fmt: skip


def teams(of: Activity) -> Teams | None:
    """What teams said of what they can do together (HMS-41): one form a team. None where the activity has no team."""
    rows = Team.objects.filter(activity=of)
    count, answered = rows.count(), rows.filter(answered_on__isnull=False).count()
    if not count:
        return None
    form = further_reads.form_for(of, further_reads.USE.TEAM)
    least = minimum_group()
    if form is None or answered < least:
        return Teams(count, None if 0 < answered < least else answered)
    told = (as_rated(stat) for stat in stats(form, [of.pk]) if stat.kind in ("likert", "matrix"))
    return Teams(count, answered, retrospective(of, teams=True), tuple(one for one in told if one is not None))
