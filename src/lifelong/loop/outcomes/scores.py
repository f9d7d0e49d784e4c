"""The test of an activity before and after: pairs by the learners' own codes, first attempts only, per objective and per item."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from lifelong.formats.outcome_report import ScoreLine, Scores
from lifelong.kernel.problems import Problem
from lifelong.loop.evaluation.further_reads import AFTER, BEFORE, USE, form_for
from lifelong.loop.outcomes.models import AnalysisPlan
from lifelong.loop.planning.models import Activity, Objective
from lifelong.loop.surveys.forms import FormQuestion, SurveyForm
from lifelong.loop.surveys.models import Answer, Response
from lifelong.loop.surveys.reads import minimum_group

BEFORE_AND_AFTER = ("paired_means", "signed_rank", "mcnemar", "gee", "mixed_model")
Chosen = dict[str, dict[str, str]]  # code of a learner -> item -> answer chosen


@dataclass(frozen=True, slots=True)
class Taken:
    """The first attempts at one form: answers before and after, and how many later attempts were left out."""

    form: SurveyForm
    before: Chosen
    after: Chosen
    again: int
    first_after_on: dt.date | None

    @property
    def matched(self) -> list[str]:
        return sorted(set(self.before) & set(self.after))

    def share(self, chosen: Mapping[str, str], items: Sequence[FormQuestion]) -> float:
        """Percent right; an unanswered item is wrong."""
        return 100 * sum(chosen.get(item.key) == item.correct_value for item in items) / len(items)


def taken(of: Activity) -> Taken | None:
    """None where the activity asks no test, or nobody took it. Five queries."""
    form = form_for(of, USE.TEST)
    if form is None or not form.scored:
        return None
    responses = Response.objects.filter(
        activity_id=of.pk, instrument__key=form.key, instrument__provider_id=of.provider_id
    )
    found: dict[str, Chosen] = {BEFORE: defaultdict(dict), AFTER: defaultdict(dict)}
    rows = Answer.objects.filter(response__in=responses.filter(subject_type__in=(BEFORE, AFTER)).exclude(pseudonym=""))
    scored = {item.key for item in form.scored}
    for part, code, key, choice in rows.values_list(
        "response__subject_type", "response__pseudonym", "question__key", "choice"
    ):
        if key in scored:
            found[part][code][key] = choice
    if not found[BEFORE] and not found[AFTER]:
        return None
    first = responses.filter(subject_type=AFTER).order_by("answered_on").values_list("answered_on", flat=True).first()
    again = responses.filter(subject_type="again").count()
    return Taken(form, dict(found[BEFORE]), dict(found[AFTER]), again, first)


def scores(of: Activity) -> Scores | None:
    """The test with everything a reviewer asks for. Without the statistics packages only what can be counted."""
    test = taken(of)
    if test is None:
        return None
    texts = dict(Objective.objects.filter(activity=of).values_list("pk", "text"))
    groups: dict[str, list[FormQuestion]] = {}
    for item in test.form.scored:
        groups.setdefault(texts.get(item.objective_id or 0, "Not tied to an objective"), []).append(item)
    overall = _line(test, "The whole test", test.form.scored)
    objectives = tuple(_line(test, label, items) for label, items in groups.items())
    items = tuple(_line(test, item.text, (item,), label) for label, those in groups.items() for item in those)
    only_before, only_after = len(set(test.before) - set(test.after)), len(set(test.after) - set(test.before))
    plain = Scores(
        overall, objectives, items, only_before, only_after, test.again, _primary(of, test), _family(len(objectives), len(items)),
        change=_change(test),
    )  # fmt: skip
    if overall.n < minimum_group():
        return plain
    if find_spec("statsmodels") is None:
        return replace(
            plain, notes=("Intervals and tests need the statistics packages, which are not installed here.",)
        )
    return _tested(of, test, plain, groups)


def _line(test: Taken, label: str, items: Sequence[FormQuestion], objective: str = "") -> ScoreLine:
    matched = test.matched
    if len(matched) < minimum_group():
        return ScoreLine(label, len(items), len(matched), objective=objective)
    before = sum(test.share(test.before[code], items) for code in matched) / len(matched)
    after = sum(test.share(test.after[code], items) for code in matched) / len(matched)
    return ScoreLine(label, len(items), len(matched), before, after, after - before, objective=objective)


def _tested(of: Activity, test: Taken, plain: Scores, groups: Mapping[str, Sequence[FormQuestion]]) -> Scores:
    from lifelong.loop.outcomes import score_methods as methods  # noqa: PLC0415 -- an extra, and a second to load

    overall, notes = methods.score_tested(plain.overall, _pairs(test, test.form.scored))
    asked_in_order = [item for those in groups.values() for item in those]
    items = [
        methods.item_tested(line, _cells(test, item)) for line, item in zip(plain.items, asked_in_order, strict=True)
    ]
    objectives = []
    for line, asked in zip(plain.objectives, groups.values(), strict=True):
        if len(asked) == 1:
            objectives.append(methods.item_tested(line, _cells(test, asked[0])))
        else:
            objectives.append(methods.score_tested(line, _pairs(test, asked))[0])
    if overall.low is None:  # the method would not test the whole: neither are its parts
        objectives, items = ([_untested(line) for line in lines] for lines in (objectives, items))
    if plain.only_before or plain.only_after:
        notes = (*notes, _unmatched(test), methods.everybody(_pairs(test, test.form.scored)))
    analysis = methods.analysed(
        list(test.after.values()), {item.key: item.correct_value for item in test.form.scored},
        {item.key: item.text for item in test.form.scored},
        {item.key: {option.value: option.label for option in item.options} for item in test.form.scored},
    ) if len(test.after) >= minimum_group() else None  # fmt: skip
    return Scores(
        overall, methods.held_together(objectives), methods.held_together(items), plain.only_before, plain.only_after,
        plain.later_attempts, plain.primary, plain.family, methods.benchmark_words("enduring" in of.format), plain.change, analysis,
        tuple(dict.fromkeys(note for note in notes if note)),
    )  # fmt: skip


def _untested(line: ScoreLine) -> ScoreLine:
    """The interval stays: it is of the matched. A p value would speak for all."""
    return replace(line, p=None, effects=())


def _pairs(test: Taken, items: Sequence[FormQuestion]) -> dict[str, tuple[float | None, float | None]]:
    """Everybody who took either test: the methods judge the matching themselves."""
    return {
        code: (
            test.share(test.before[code], items) if code in test.before else None,
            test.share(test.after[code], items) if code in test.after else None,
        )
        for code in sorted(set(test.before) | set(test.after))
    }


def _cells(test: Taken, item: FormQuestion) -> Counter[tuple[bool, bool]]:
    right = item.correct_value
    return Counter(
        (test.before[code].get(item.key) == right, test.after[code].get(item.key) == right) for code in test.matched
    )


def _unmatched(test: Taken) -> str:
    """How those who took the test only before did then, beside those who took it twice: who stayed away matters."""
    gone = [code for code in test.before if code not in test.after]
    matched = test.matched
    if min(len(gone), len(matched)) < minimum_group():
        return ""
    left, stayed = (
        sum(test.share(test.before[code], test.form.scored) for code in codes) / len(codes) for codes in (gone, matched)
    )
    return f"Before the activity those who took the test only then had {left:.0f} % right, those who took it twice {stayed:.0f} %."


def _change(test: Taken) -> tuple[tuple[str, int], ...]:
    """The distribution of change in items right, from worse to better; bars of few learners are joined with their neighbours."""
    matched, scored = test.matched, test.form.scored
    if len(matched) < minimum_group():
        return ()
    return joined_changes(
        Counter(
            round((test.share(test.after[code], scored) - test.share(test.before[code], scored)) * len(scored) / 100) for code in matched
        ), minimum_group(),
    )  # fmt: skip


def joined_changes(steps: Counter[int], least: int) -> tuple[tuple[str, int], ...]:
    """Bars of `least` learners or more. A whole direction that is small joins those without change; nothing is told where that is small too."""
    fewer, same, more = _bars(steps, -1, least), steps[0], _bars(steps, 1, least)
    worse, better = (sum(n for _, n in bars) for bars in (fewer, more))

    def few(n: int) -> bool:
        return 0 < n < least

    if not any(map(few, (worse, same, better))):
        middle = [("no change", same)] if same or (worse and better) else []
        return (*fewer, *middle, *reversed(more))
    if few(better) and not few(worse) and not few(same + better):
        return (*fewer, ("as many right or more", same + better))
    if not few(better) and not few(worse + same):
        return (("as many right or fewer", worse + same), *reversed(more))
    return ()


def _bars(steps: Counter[int], sign: int, least: int) -> list[tuple[str, int]]:
    """One direction from the largest change inwards: a bar takes in the next ones until enough learners stand in it."""
    bars: list[tuple[int, int, int]] = []  # from, to, learners
    outer = max((sign * step for step in steps if sign * step > 0 and steps[step]), default=0)
    n = 0
    for size in range(outer, 0, -1):
        n += steps[sign * size]
        if n == 0 or n >= least:
            bars.append((size, outer, n))
            outer, n = size - 1, 0
    if n:
        while bars and not bars[-1][2]:
            outer = bars.pop()[1]
        _, outer, joined = bars.pop() if bars else (1, outer, 0)
        bars.append((1, outer, joined + n))
    word = "more" if sign > 0 else "fewer"
    return [(f"{_span(low, high)} item{'' if high == 1 else 's'} {word}", n) for low, high, n in bars]


def _span(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _primary(of: Activity, test: Taken) -> str:
    """What was fixed as the primary outcome before anybody was tested after; said too where nothing was."""
    plans = AnalysisPlan.objects.filter(activity=of).order_by("fixed_at")
    for plan in plans:
        if test.first_after_on is not None and plan.fixed_at.date() > test.first_after_on:
            continue
        name, method = _outcome_of(plan.text)
        if method in BEFORE_AND_AFTER:
            on = plan.fixed_at
            return (
                f"Primary outcome: {name.replace('_', ' ')} by {method.replace('_', ' ')}, fixed in the plan “{plan.title}” on "
                f"{on.day} {on:%B %Y}, before the first test after the activity (hash {plan.plan_hash[:12]})."
            )
    return (
        "No plan fixed a primary outcome before the data: the score over all items stands first by the usage of this office, and every p value "
        "here is exploratory."
    )


def _outcome_of(text: str) -> tuple[str, str]:
    from lifelong.loop.outcomes.actions.analysing import checked_plan  # noqa: PLC0415 -- an extra, and a second to load

    try:
        plan = checked_plan(text)
    except Problem:  # fixed under an older catalogue of methods, or the packages are missing
        return "", ""
    return plan.primary.name, plan.method.name


def _family(objectives: int, items: int) -> str:
    return (
        f"Holm adjusts p within each family: the {objectives} objective{'' if objectives == 1 else 's'}, and the {items} items; the whole test "
        "is one outcome and is not adjusted."
    )
