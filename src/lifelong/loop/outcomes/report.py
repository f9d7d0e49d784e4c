"""The facts of an activity's outcome report, gathered from every stage. Small groups are hidden here, once, for every format."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Q

from lifelong.formats import outcome_report as paper
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.integrity.models import CommercialSupport
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.outcomes.levels import NAMES
from lifelong.loop.outcomes.models import AnalysisResult, ImpactSummary, ReachCount
from lifelong.loop.outcomes.nonresponse import nonresponse
from lifelong.loop.outcomes.participation import Participation, participation, told_apart
from lifelong.loop.outcomes.patients import patients
from lifelong.loop.outcomes.reads import level_tested, levels
from lifelong.loop.outcomes.remeasured import remeasured
from lifelong.loop.outcomes.said import bias, rated, retrospective, teams
from lifelong.loop.outcomes.scores import scores
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import Term
from lifelong.loop.surveys.reads import minimum_group

SHARE_NAMES = {
    "implemented_of_answered": "of those who answered",
    "implemented_of_asked": "of all asked about",
    "implemented_of_committed": "of all plans",
}


def outcome_report(of: Activity, *, with_words: bool) -> paper.OutcomeReport:
    """Everything the report says, as of now. Callers have asked whether the reader may see the activity's outcomes.

    `with_words`: learners' own words too; those who plan and evaluate read them, leaders read numbers.
    """
    came = participation(of)
    reached = levels([of.pk])[of.pk]
    follow_up = _waves(of)
    measured = remeasured(of)
    pairs = retrospective(of)
    analyses = _analyses(of)
    test, counted = scores(of), patients(of)
    written = ImpactSummary.objects.filter(activity=of).first()
    told = integrity.shown_disclosure(of)
    barriers = evaluation.barriers(SYSTEM, of.provider, activity=of)
    return paper.OutcomeReport(
        provider=of.provider.name, title=of.title, number=of.number, generated_at=clock.now(), level_any=reached.any,
        level_objective=reached.objective, level_words=reached.words, dates=_dates(of), starts_on=of.starts_on, ends_on=of.ends_on,
        format=_label(of, "format", of.format), place=of.place, credit=_credit(of), audience=_audience(of),
        objectives=tuple(of.objectives.values_list("text", flat=True)), gaps=_gaps(of), supporters=_supporters(of),
        disclosure=told.text if told else "", people=came.people, target=of.capacity, reached_elsewhere=_elsewhere(of),
        results=_results(of, measured, test, follow_up, pairs, analyses), summary=written.text if written else "",
        limits=_limits(reached.any != reached.objective, measured, came, written), next_gap=written.next_gap if written else "",
        closed_on=of.closed_at.astimezone(ZoneInfo(of.time_zone)).date() if of.closed_at else None, funnel=came.steps, professions=came.professions, places=came.places,
        rated=rated(of), before_now=pairs, bias=bias(of), themes=_themes(of, with_words),
        barriers=tuple(paper.Barrier(line.label, line.tdf, line.people, line.addressable, line.who) for line in barriers),
        waves=follow_up, measures=measured, analyses=analyses, scores=test, team=teams(of), patients=counted,
        nonresponse=nonresponse(of), response_words=(*came.words, *_tipping(follow_up)),
        standard_of_care=written.standard_of_care if written else "",
        methods=_methods(follow_up, pairs, measured, analyses, test), smallest_group=minimum_group(), accent=of.provider.accent,
    )  # fmt: skip


def _credit(of: Activity) -> tuple[str, ...]:
    return tuple(of.required_statements.filter(kind__startswith="credit").values_list("text", flat=True))


def _audience(of: Activity) -> tuple[str, ...]:
    terms = of.activity_terms.filter(term__taxonomy="audience").order_by("term__position")
    return tuple(terms.values_list("term__label", flat=True))


def _supporters(of: Activity) -> tuple[str, ...]:
    rows = CommercialSupport.objects.filter(activity=of).order_by("company__name")
    return tuple(rows.values_list("company__name", flat=True))


def _elsewhere(of: Activity) -> int:
    return sum(ReachCount.objects.filter(activity=of).values_list("people", flat=True))


def _dates(of: Activity) -> str:
    if of.starts_on is None:
        return ""
    first = _day(of.starts_on)
    if of.ends_on is None or of.ends_on == of.starts_on:
        return first
    return f"{first} to {_day(of.ends_on)}"


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%B %Y}"


def _label(of: Activity, taxonomy: str, key: str) -> str:
    found = (
        Term.objects.filter(provider_id=of.provider_id, taxonomy=taxonomy, key=key)
        .values_list("label", flat=True)
        .first()
    )
    return found or key.replace("_", " ").capitalize()


def _gaps(of: Activity) -> tuple[paper.Gap, ...]:
    rows = PracticeGap.objects.filter(activity_gaps__activity=of).select_related("measure", "place", "baseline")
    return tuple(
        paper.Gap(
            gap.title, gap.description, _baseline(gap), tuple(link.source.title for link in gap.gap_sources.all())
        )
        for gap in rows.prefetch_related("gap_sources__source").order_by("priority", "pk")
    )


def _baseline(gap: PracticeGap) -> str:
    if gap.baseline is None or gap.measure is None:
        return ""
    place = f" at {gap.place.name}" if gap.place else ""
    until = f", until {_day(gap.baseline.period_end)}" if gap.baseline.period_end else ""
    return f"{gap.measure.title}{place}: {gap.baseline.value:g} {gap.measure.unit}{until}"


def _themes(of: Activity, with_words: bool) -> tuple[paper.Theme, ...]:
    found = evaluation.themes(SYSTEM, of.provider, activity=of)
    return tuple(
        paper.Theme(
            theme.name or paper.UNCODED,
            theme.plans,
            theme.people,
            theme.quotes[:2] if theme.people and with_words else (),
        )
        for theme in found
    )


def _waves(of: Activity) -> tuple[paper.Wave, ...]:
    shown = []
    for days in evaluation.waves_of(of):
        figures = evaluation.follow_up_figures(SYSTEM, of.provider, activity=of, wave=days)
        if figures.is_small or not figures.asked:
            continue
        rest = figures.answered - figures.implemented - figures.partly
        made = {"fully": figures.implemented, "partly": figures.partly, "rest": rest}
        told = told_apart(made, minimum_group()) if figures.shares else dict.fromkeys(made)
        shares = tuple(
            paper.Share(words, 100 * one.value, _percent(one.low), _percent(one.high), n, words)
            for (name, words), n in zip(
                SHARE_NAMES.items(), (figures.answered, figures.asked, figures.committed), strict=True
            )
            if told["fully"] is not None and (one := figures.share(name)) is not None
        )
        shown.append(
            paper.Wave(
                days, figures.committed, figures.asked, figures.answered, told["fully"], told["partly"], shares
            )
        )  # fmt: skip
    return tuple(shown)


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _analyses(of: Activity) -> tuple[paper.Analysed, ...]:
    rows = AnalysisResult.objects.filter(Q(plan__activity=of)).select_related("plan").order_by("plan_id", "-ran_at")
    latest = {row.plan_id: row for row in reversed(rows)}
    return tuple(
        paper.Analysed(
            row.plan.title, str(row.result.get("statement", "")), str(row.result.get("result", {}).get("verb", "describes")),
            row.plan.plan_hash, row.plan.fixed_at.date(),
        )
        for _, row in sorted(latest.items())
    )  # fmt: skip


def _results(
    of: Activity, measured: tuple[paper.Measured, ...], test: paper.Scores | None, follow_up: tuple[paper.Wave, ...],
    pairs: tuple[paper.BeforeNow, ...], analyses: tuple[paper.Analysed, ...],
) -> tuple[paper.Result, ...]:  # fmt: skip
    """The three that a reader should know: what was measured first, then what was reported. None is chosen for its size."""
    found = [paper.Result(one.title, one.sentence, "5", True) for one in analyses[:1]]
    known = sorted((one for one in measured if one.after is not None), key=lambda one: one.level, reverse=True)
    found += [
        paper.Result(one.label, _without(one.label, paper.measure_sentence(one)), one.level, one.is_objective)
        for one in known[:2]
    ]
    if test is not None and (words := paper.score_sentence(test)):
        found.append(paper.Result("Test before and after", words, level_tested(of) or "3a", True))
    for wave in reversed(follow_up):
        worst = wave.shares[-1] if wave.shares else None
        if worst is not None and worst.value is not None:
            best = wave.shares[0]
            sentence = (
                f"{worst.value:.0f} % of all {wave.committed:,} plans were fully carried out after {wave.days} days "
                f"(95 % interval {worst.low:.0f} to {worst.high:.0f}, silence counted as no); of the {wave.answered:,} answered, {best.value:.0f} %."
            )
            found.append(paper.Result("Plans carried out", sentence, "5", False))
            break
    for pair in pairs[:1]:
        if pair.rose.value is not None:
            sentence = (
                f"{pair.rose.value:.0f} % put themselves higher now than before (95 % interval {pair.rose.low:.0f} to {pair.rose.high:.0f}, "
                f"n {pair.n:,}), looking back."
            )
            found.append(paper.Result(pair.question, sentence, "3a", False))
    return tuple(found[:3])


def _without(label: str, sentence: str) -> str:
    """The sentence under a title that already says the label."""
    rest = sentence.removeprefix(f"{label}: ")
    return rest[:1].upper() + rest[1:]


def _limits(
    by_report: bool, measured: tuple[paper.Measured, ...], came: Participation, written: ImpactSummary | None
) -> tuple[str, ...]:
    found = [line.strip() for line in (written.limits.splitlines() if written else []) if line.strip()]
    if any(one.after is not None for one in measured):
        found.append("Before and after without a comparison group: a change may have other causes.")
    if by_report:
        found.append("The highest level rests on what learners say of themselves.")
    if came.response is not None and came.response < 0.6:
        found.append(f"{100 * came.response:.0f} % evaluated; those who did not may think otherwise.")
    reached = {step.name: step.n for step in came.steps}
    if reached.get("Planned a change") != 0 and "Changed practice" not in reached:
        found.append("Nobody was asked yet what became of the plans.")
    if not measured:
        found.append("No measure of care is attached.")
    return tuple(found)


def _tipping(follow_up: tuple[paper.Wave, ...]) -> tuple[str, ...]:
    """How far silence could move the answer: nobody who was silent did it, or everybody."""
    found = []
    for wave in follow_up:
        if wave.fully is not None and wave.committed:
            low = 100 * wave.fully / wave.committed
            high = 100 * (wave.fully + wave.committed - wave.answered) / wave.committed
            found.append(
                f"After {wave.days} days: {low:.0f} % carried out if none of the silent did, {high:.0f} % if all of them did."
            )
    return tuple(found)


def _methods(
    follow_up: tuple[paper.Wave, ...], pairs: tuple[paper.BeforeNow, ...], measured: tuple[paper.Measured, ...],
    analyses: tuple[paper.Analysed, ...], test: paper.Scores | None,
) -> str:  # fmt: skip
    """Only what was done."""
    said = [
        "Evaluations are kept without names; counts are of people unless stated. Groups of fewer than "
        f"{minimum_group()} people are hidden, and in tables of groups any other from which they could be computed; so are answers to test items and later answers about plans that fewer gave. Ratings without names are counted step by step."
    ]
    if test is not None and test.overall.difference is not None:
        said.append(
            "The test was paired by the learners' own codes, first attempts only; single items by McNemar's exact test with Newcombe's interval of "
            f"the paired difference, scores by {test.overall.test or 'description'}. {test.primary} {test.family}"
        )
    if pairs:
        said.append(
            "Before and now were asked at one time, looking back, on one scale; the share who put themselves higher carries a Wilson interval."
        )
    if follow_up:
        asked = " and ".join(str(wave.days) for wave in follow_up)
        said.append(
            f"Learners were asked about their own plans {asked} days on. Shares of answered, of asked and of all plans carry Wilson intervals; "
            "the last counts silence as no."
        )
    if measured:
        said.append(
            "Measures are the records that showed the gap, read again in a later release of the same source; differences of shares carry "
            "Newcombe intervals for separate groups. Windows and the smallest detectable change (80 % power) stand beside them."
        )
    if any(one.plan_hash for one in analyses):
        said.append("Analyses ran from plans fixed by hash before their data.")
    said.append(
        f"Moore's levels are attributes of each measure ({NAMES['5'].lower()} is level 5); measured and reported are never mixed."
    )
    return " ".join(said)
