"""The tables of a report that stand on the page, in the PDF and in the Word file alike: made once, as words."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.formats.outcome_report.facts import Barrier, OutcomeReport
from lifelong.formats.outcome_report.nonresponse import NonResponse
from lifelong.formats.outcome_report.scores import ScoreLine, Scores, difference_words, effect_words, p_words

Cells = tuple[str, ...]
SIZES = {  # Lakens 2013
    "d_av": "d_av: the mean change divided by the average of the standard deviations before and after.",
    "d_z": "d_z: the mean change divided by the standard deviation of the learners' changes.",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a head, rows, a note under it. `wide`: how many columns at the left hold words; `tail`: the last one does; the others hold numbers."""

    title: str
    head: Cells
    rows: tuple[Cells, ...]
    note: str = ""
    wide: int = 1
    tail: bool = False

    @property
    def labelled(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Each row as (head, cell): on a phone every cell carries its head."""
        return tuple(tuple(zip(self.head, row, strict=True)) for row in self.rows)


def score_tables(scores: Scores | None) -> tuple[Table, ...]:
    """Objectives and items of the test with n, before, after, paired difference, p, adjusted p and sizes of effect."""
    if scores is None or scores.overall.before is None:
        return ()
    head = ("", "n", "Before", "After", "Difference (95 % CI)", "p", "p, Holm", "Size of effect")
    note = f"Percent right, matched learners, first attempts; differences in percentage points. The whole test: {scores.overall.test or 'described'}."
    sizes = {effect.name for one in (scores.overall, *scores.objectives) for effect in one.effects}
    note = " ".join([note, *(words for name, words in SIZES.items() if name in sizes)])
    objectives = (scores.overall, *(scores.objectives if len(scores.objectives) > 1 else ()))
    found = [Table("By objective", head, tuple(_score(one) for one in objectives), note, tail=True)]
    if len(scores.items) > 1:
        words = "Newcombe interval of the paired difference, McNemar's exact test."
        found.append(Table("By item", head, tuple(_score(one) for one in scores.items), words, tail=True))
    return tuple(found)


def _score(one: ScoreLine) -> Cells:
    return (
        one.label, f"{one.n:,}", _percent(one.before), _percent(one.after), difference_words(one), p_words(one.p), p_words(one.adjusted),
        effect_words(one),
    )  # fmt: skip


def _percent(value: float | None) -> str:
    return "too few" if value is None else f"{value:.0f} %"


def barrier_tables(barriers: tuple[Barrier, ...], smallest: int) -> tuple[Table, ...]:
    """Every barrier with the domain it belongs to and who can address it."""
    if not barriers:
        return ()
    rows = tuple(
        (
            one.label,
            one.domain or "outside the framework",
            one.who or "not known",
            _least(one.people, smallest),
            "yes" if one.addressable else "no",
        )
        for one in barriers
    )
    head = ("Barrier", "Domain", "Who can address it", "Learners", "By education")
    note = "Domains of the Theoretical Domains Framework (TDF, version 2)."
    return (Table("What stands in the way", head, rows, note, wide=3, tail=True),)


def item_tables(scores: Scores | None) -> tuple[Table, ...]:
    """The appendix: reliability and items of the test after the activity, then what each wrong answer drew."""
    analysis = scores.analysis if scores is not None else None
    if analysis is None:
        return ()
    span = (
        f" (95 % CI {analysis.low:.2f} to {analysis.high:.2f})"
        if analysis.low is not None and analysis.high is not None
        else ""
    )
    note = (
        f"Only counted: {analysis.reason}"
        if analysis.kr20 is None
        else f"KR-20 {analysis.kr20:.2f}{span}, n {analysis.n:,}, the test after the activity. Flagged: less than 20 % or more than 95 % right, "
        "item-rest correlation under 0.1, a wrong answer chosen more often than the key."
    )
    rows = tuple(
        (
            one.label,
            f"{one.difficulty:.0f} %",
            "–" if one.rest is None else f"{one.rest:.2f}".replace("-", "−"),
            "; ".join(one.flags) or ("none" if analysis.kr20 is not None else "not judged"),
        )
        for one in analysis.lines
    )
    drawn = tuple(
        (
            line.label if not at else "",
            answer.text,
            "not shown" if answer.chosen is None else f"{answer.chosen:,}",
            "key" if answer.is_key else "drew more than the key" if answer.more_than_key else "",
        )
        for line in analysis.lines
        for at, answer in enumerate(line.answers)
    )
    return (
        Table("Item analysis", ("Item", "Difficulty (right)", "Item-rest correlation", "Flags"), rows, note, tail=True),
        Table("What was answered", ("Item", "Answer", "Chosen", ""), drawn, wide=2, tail=True),
    )


def response_tables(block: NonResponse, smallest: int) -> tuple[Table, ...]:
    """Funnels; those who answered beside all; unweighted beside weighted. Each only where there is something to show."""
    found = []
    if block.asked:
        rows = tuple(
            (one.form, _least(one.invited, smallest), _count(one.delivered), _told(one.started, one.delivered, smallest), _least(one.completed, smallest),
             _matched(one.form, one.matched, smallest))
            for one in block.asked
        )  # fmt: skip
        head = ("Asked", "Invited", "Delivered", "Started", "Completed", "Matched")
        found.append(
            Table(
                "From invitation to pair",
                head,
                rows,
                "Evaluations count attendances, the others people. Delivered and started are known only of mailed links.",
            )
        )
    for compared in dict.fromkeys(one.compared for one in block.contrasts):
        first, _, second = compared.partition(" / ")
        mine = [one for one in block.contrasts if one.compared == compared]
        differences = tuple(
            (
                _capital(one.field),
                _value(one.first, one.unit),
                _value(one.second, one.unit),
                _sd(one.standardised, one.is_large),
            )
            for one in mine
        )
        found.append(
            Table(
                f"{_capital(first)}, beside {second}",
                ("", _capital(first), _capital(second), "Standardised difference"),
                differences,
            )
        )
    if block.weighted:
        rows = tuple(
            (one.name, f"{one.n:,}", f"{one.plain:.0f} % ({one.plain_low:.0f} to {one.plain_high:.0f})",
             f"{one.weighted:.0f} % ({one.low:.0f} to {one.high:.0f})", f"{one.effective_n:.0f}", f"{one.largest_weight:.1f} × median; {one.trimmed} cut")
            for one in block.weighted
        )  # fmt: skip
        words = "; ".join(f"{one.name}: by {one.margins}" for one in block.weighted)
        note = f"Weighted to what is known of all. {words}. Weights are cut at five times their median."
        found.append(
            Table(
                "Unweighted and weighted",
                ("Answer", "n", "Unweighted", "Weighted", "Effective n", "Largest weight"),
                rows,
                note,
            )
        )
    return tuple(found)


def _count(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _least(n: int | None, smallest: int) -> str:
    return f"under {smallest}" if n is None else f"{n:,}"


def _told(n: int | None, delivered: int | None, smallest: int) -> str:
    """Started is not known where nothing was mailed."""
    if n is None and delivered is None:
        return "–"
    return _least(n, smallest)


def _matched(form: str, n: int | None, smallest: int) -> str:
    if n is None:
        return "not by design" if form == "Evaluation" else f"under {smallest}"
    return f"{n:,}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _value(value: float, unit: str) -> str:
    return f"{value:.0f} %" if unit == "%" else f"{value:.1f} {unit}"


def _sd(value: float | None, large: bool) -> str:
    if value is None:
        return "no spread"
    words = f"{value:+.2f}".replace("-", "−")
    return f"{words}, large" if large else words


def tables_of(part: str, report: OutcomeReport) -> tuple[Table, ...]:
    """The tables that stand in a part of the report."""
    if part == "test":
        return score_tables(report.scores)
    return barrier_tables(report.barriers, report.smallest_group) if part == "plans" else ()
