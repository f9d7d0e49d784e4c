"""The drawings of an outcome report: the same on the page, in the PDF and behind the CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lifelong.formats.charts import (
    Answers,
    Bar,
    BarData,
    Change,
    Chart,
    DumbbellData,
    Flow,
    LikertData,
    Pair,
    SankeyData,
    SlopeData,
    Stage,
    bars,
    dumbbell,
    sankey,
    slope,
    stacked_likert,
)
from lifelong.formats.outcome_report.facts import BeforeNow, Measured, OutcomeReport, Rated, Wave
from lifelong.formats.outcome_report.scores import ScoreLine, Scores
from lifelong.formats.outcome_report.window import window_strip

UNCODED = "Not coded yet"


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawing: `part` is the section it belongs to, `title` says what is found, `measure` what is counted."""

    key: str
    part: str
    title: str
    measure: str
    chart: Chart


def figures(report: OutcomeReport, width: int = 640) -> tuple[Figure, ...]:
    """All drawings that the facts allow, in the order of the report."""
    return (
        *_participation(report, width),
        *_satisfaction(report, width),
        *_scores(report.scores, width),
        *_before_now(report.before_now, "before-now", "self-rating", "asked afterwards", width),
        *(_team(report, width)),
        *_plans(report, width),
        *_follow_up(report, width),
        *_measures(report, width),
    )


def _participation(report: OutcomeReport, width: int) -> Iterator[Figure]:
    known = [(step.name, step.n) for step in report.funnel if step.n is not None]
    if len(known) > 1 and known[0][1]:
        first, last = known[0], known[-1]
        title = f"{last[1]:,} of {first[1]:,} who {first[0].lower()}: {last[0].lower()}"
        if last[0] == "Changed practice":
            title = f"{last[1]:,} of {first[1]:,} who {first[0].lower()} changed their practice, by their own report"
        chart = bars(BarData(title=title, bars=tuple(Bar(name, n) for name, n in known), width=width))
        yield Figure("participation", "participation", title, "people at each step", chart)
    trace = [(s.name, s.n) for s in report.funnel if s.n is not None and s.of != "credit" and s.name != "Registered"]
    if len(trace) > 2 and trace[0][1] and _may_be_traced(trace, report.smallest_group):
        title = "What became of those who came"
        yield Figure("trace", "participation", title, "people; grey went no further", _trace(title, trace, width))


def _may_be_traced(steps: list[tuple[str, int]], smallest: int) -> bool:
    """Nobody comes back, and no step loses so few that the drawing would tell of them."""
    lost = [before - after for (_, before), (_, after) in zip(steps, steps[1:], strict=False)]
    return all(n == 0 or n >= smallest for n in lost)


def _trace(title: str, steps: list[tuple[str, int]], width: int) -> Chart:
    stages = [Stage(f"s{at}", name.lower(), at) for at, (name, _) in enumerate(steps)]
    flows = []
    for at, ((_, before), (name, after)) in enumerate(zip(steps, steps[1:], strict=False)):
        flows.append(Flow(f"s{at}", f"s{at + 1}", after))
        if before > after:
            stages.append(Stage(f"lost{at}", f"not {name.lower()}", at + 1, lost=True))
            flows.append(Flow(f"s{at}", f"lost{at}", before - after))
    return sankey(SankeyData(title=title, stages=tuple(stages), flows=tuple(flows), of="people", width=max(width, 640)))


def _satisfaction(report: OutcomeReport, width: int) -> Iterator[Figure]:
    by_scale: dict[tuple[str, ...], list[Rated]] = {}
    for one in report.rated:
        by_scale.setdefault(one.scale, []).append(one)
    for at, (scale, rows) in enumerate(by_scale.items(), start=1):
        answered = max(sum(row.counts) for row in rows)
        best = max(rows, key=lambda row: _agreed(row))
        title = (
            f"{best.question.rstrip('.')}: {_agreed(best):.0f} % {' or '.join(scale[(len(scale) + 1) // 2 :]).lower()}"
        )
        key = _key_width(scale)
        chart = stacked_likert(
            LikertData(
                title=title, scale=scale, rows=tuple(Answers(r.question, r.counts) for r in rows), width=max(width, key)
            )
        )
        yield Figure(f"ratings-{at}", "satisfaction", title, f"answers without names, n up to {answered:,}", chart)


def _key_width(scale: tuple[str, ...]) -> int:
    """Pixels that a drawing needs so that the names of the scale stand in one line above it."""
    return 240 + sum(33 + 7 * len(name) for name in scale)


def _agreed(row: Rated) -> float:
    half = (len(row.counts) + 1) // 2
    return 100 * sum(row.counts[half:]) / max(sum(row.counts), 1)


def _scores(scores: Scores | None, width: int) -> Iterator[Figure]:
    """Per objective, then per item, then the distribution of change: the same learners, and only they."""
    if scores is None or scores.overall.before is None:
        return
    n = scores.overall.n
    objectives = _pairs((scores.overall, *(scores.objectives if len(scores.objectives) > 1 else ())))
    title = f"Right answers: {scores.overall.before:.0f} % before, {scores.overall.after:.0f} % after"
    if objectives:
        chart = dumbbell(DumbbellData(title=title, pairs=objectives, width=max(width, 640)))
        yield Figure(
            "scores",
            "test",
            title,
            f"percent right by objective, first attempts, n {n:,} matched learners, 95 % intervals",
            chart,
        )
    items = _pairs(scores.items)
    if items and len(items) > 1:
        widest = max(items, key=lambda one: abs(one.difference))
        title = f"Item by item: {widest.difference:+.0f} points where it changed most".replace("-", "−")
        chart = dumbbell(DumbbellData(title=title, pairs=items, width=max(width, 640)))
        yield Figure(
            "items",
            "test",
            title,
            f"percent right by item, first attempts, n {n:,} matched learners, Newcombe intervals",
            chart,
        )
    if scores.change:
        better = sum(people for words, people in scores.change if words.endswith("more"))
        worse = sum(people for words, people in scores.change if words.endswith("fewer"))
        apart = f", {worse:,} fewer" if not any(words.startswith("as many") for words, _ in scores.change) else ""
        title = f"{better:,} of {n:,} learners had more right afterwards{apart}"
        if scores.change[-1][0].startswith("as many"):
            title = f"{worse:,} of {n:,} learners had fewer right afterwards"
        rows = tuple(Bar(words, people, highlight=words.endswith("more")) for words, people in scores.change)
        yield Figure(
            "change",
            "test",
            title,
            "learners by how many items more they had right",
            bars(BarData(title=title, bars=rows, width=width)),
        )


def _pairs(lines: tuple[ScoreLine, ...]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            one.label,
            one.before,
            one.after,
            one.difference,
            one.low,
            one.high,
            one.n,
            strong=not at and one.label == "The whole test",
        )
        for at, one in enumerate(lines)
        if one.before is not None and one.after is not None and one.difference is not None
    )


def _before_now(pairs: tuple[BeforeNow, ...], key: str, part: str, asked: str, width: int) -> Iterator[Figure]:
    if not pairs:
        return
    widest = max(pairs, key=lambda one: abs(one.now - one.before))
    title = (
        f"{widest.question.rstrip('.')}: from {widest.before:.1f} to {widest.now:.1f} of {widest.top}, by own judgement"
    )
    changes = tuple(Change(one.question, one.before, one.now, one.n, highlight=one is widest) for one in pairs)
    chart = slope(
        SlopeData(
            title=title, changes=changes, after_label="Now", decimals=1, width=min(width, 600), scale=(1, widest.top)
        )
    )
    yield Figure(
        key, part, title, f"self-rated, retrospective: mean on a scale to {widest.top}, {asked}, n {widest.n:,}", chart
    )


def _team(report: OutcomeReport, width: int) -> Iterator[Figure]:
    team = report.team
    if team is None:
        return
    yield from _before_now(team.before_now, "team-before-now", "team", "one answer a team", width)
    for at, one in enumerate(team.rated, start=1):
        title = f"{one.question.rstrip('.')}: {_agreed(one):.0f} % of teams {' or '.join(one.scale[(len(one.scale) + 1) // 2 :]).lower()}"
        chart = stacked_likert(
            LikertData(
                title=title,
                scale=one.scale,
                rows=(Answers(one.question, one.counts),),
                width=max(width, _key_width(one.scale)),
            )
        )
        yield Figure(f"team-{at}", "team", title, f"one answer a team, n {sum(one.counts):,} teams", chart)


def _plans(report: OutcomeReport, width: int) -> Iterator[Figure]:
    themes = [theme for theme in report.themes if theme.people is not None and theme.name != UNCODED]
    if themes:
        total = sum(theme.plans for theme in report.themes)
        title = f"{themes[0].name}: the most frequent of {total:,} plans"
        chart = bars(BarData(title=title, bars=tuple(Bar(t.name, t.plans) for t in themes[:10]), width=width))
        yield Figure("themes", "plans", title, "plans by theme; themes of few people are not drawn", chart)
    met = [barrier for barrier in report.barriers if barrier.people is not None]
    if met:
        title = f"{met[0].label}: the barrier named most"
        rows = tuple(Bar(b.label, b.people or 0, highlight=b.addressable) for b in met[:10])
        chart = bars(BarData(title=title, bars=rows, width=width))
        yield Figure("barriers", "plans", title, "learners; grey lies outside what education can change", chart)


def _follow_up(report: OutcomeReport, width: int) -> Iterator[Figure]:
    for wave in report.waves:
        shares = [share for share in wave.shares if share.value is not None]
        if shares:
            title = _wave_title(wave)
            rows = tuple(Bar(s.name, s.value or 0, s.low, s.high, s.n) for s in shares)
            chart = bars(BarData(title=title, bars=rows, unit="%", width=width))
            measure = (
                f"plans fully carried out {wave.days} days on, 95 % intervals; silence counts as no in the lower bars"
            )
            yield Figure(f"follow-up-{wave.days}", "follow-up", title, measure, chart)


def _wave_title(wave: Wave) -> str:
    worst = wave.shares[-1].value if wave.shares else None
    if wave.fully is None or worst is None:
        return f"After {wave.days} days"
    return f"{wave.fully:,} of {wave.committed:,} plans were fully carried out after {wave.days} days, counting silence as no"


def _measures(report: OutcomeReport, width: int) -> Iterator[Figure]:
    for at, one in enumerate(report.measures, start=1):
        if one.before is None or one.after is None:
            continue
        title = f"{one.label}: {one.before.value:g} before, {one.after.value:g} after"
        yield Figure(f"measure-{at}", "measures", title, _measure_words(one), _slope(one, title, width))
        windows = [
            (name, reading.start, reading.end)
            for name, reading in (("Figure before", one.before), ("Figure after", one.after))
            if reading.start is not None and reading.end is not None
        ]
        if report.starts_on is not None and windows:
            strip = "What the figures cover, and when the activity was"
            days = (report.starts_on, report.ends_on or report.starts_on)
            yield Figure(
                f"window-{at}", "measures", strip, f"{one.label}; days after the activity began in colour",
                window_strip(strip, windows, days, width),
            )  # fmt: skip


def _slope(one: Measured, title: str, width: int) -> Chart:
    assert one.before is not None and one.after is not None
    changes = [Change("here", one.before.value, one.after.value, one.after.n, highlight=True)]
    changes += [
        Change(name, before, after) for name, before, after in one.peers if before is not None and after is not None
    ]
    return slope(
        SlopeData(
            title=title,
            changes=tuple(changes),
            unit="%" if one.unit == "percent" else "",
            decimals=1,
            width=min(width, 600),
            least=30.0 if one.unit == "percent" else 0.0,
        )
    )


def _measure_words(one: Measured) -> str:
    level = "measured" if one.is_objective else "by own report"
    return f"level {one.level}, {level}; {one.verb} the activity"
