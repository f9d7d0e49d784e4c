"""The comparisons, weights and tipping points of a report, by the product's methods. Loaded only where a report needs them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import pandas as pd

from lifelong.formats.outcome_report import Contrast, Weighted
from lifelong.loop.outcomes.nonresponse import Comer, Followed
from lifelong.loop.outcomes.scores import Taken
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden
from lifelong.methods.proportions import wilson
from lifelong.methods.weighting import SMALL_CELL, TippingPoint, Weighting, non_response, tipping_point, weighting
from lifelong.methods.weighting import NonResponse as Compared

MOST_LEVELS = 5
MARGINS = ("profession", "specialty", "state")
OTHER = "all others"
FIELD_ORDER = (*MARGINS, "credit")


def compared(comers: Sequence[Comer], answered: set[int], words: str, fields: Sequence[str]) -> list[Contrast]:
    """Those who answered beside all who came. Groups too small on either side are left out; the largest stand first."""
    answered = answered & {one.person_id for one in comers}  # an attendance may have been voided after the answer
    if len(answered) < minimum_group():
        return []
    frame = _frame(comers)
    frame["responded"] = [int(one.person_id in answered) for one in comers]
    found = non_response(frame, Compared(responded="responded", fields=tuple(fields)))
    both = f"{words} / all who came"
    return [
        Contrast(
            both,
            _named(row),
            _scaled(row, "first"),
            _scaled(row, "second"),
            _standardised(row),
            _unit(row["field"]),
        )
        for row in _told(found.tables["comparison"], frame, frame["responded"] == 1)
    ]


def _frame(comers: Sequence[Comer]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person": [str(one.person_id) for one in comers], "profession": [one.profession for one in comers],
            "specialty": [one.specialty for one in comers], "state": [one.state for one in comers],
            "credit": [one.credit for one in comers],
        }
    )  # fmt: skip


def _told(rows: Any, frame: pd.DataFrame, first: Any) -> list[Any]:
    """The rows that tell of nobody in particular: enough people in the level, in both sets, and some outside it."""
    least, kept = minimum_group(), [row for row in rows if not row["level"]]
    for field in dict.fromkeys(str(row["field"]) for row in rows if row["level"]):
        everybody, those = Counter(frame[field]), Counter(frame[field][first])
        untold = hidden(everybody, least) | hidden(those, least)
        told = [
            level
            for level, _ in everybody.most_common()
            if level not in untold and those[level] and everybody[level] < len(frame)
        ]
        place = {level: at for at, level in enumerate(told[:MOST_LEVELS])}
        mine = [row for row in rows if row["field"] == field and row["level"] in place]
        kept += sorted(mine, key=lambda row: place[row["level"]])
    return sorted(kept, key=lambda row: FIELD_ORDER.index(str(row["field"])) if row["field"] in FIELD_ORDER else 0)


def _named(row: Any) -> str:
    return f"{row['field']}: {row['level']}" if row["level"] else f"{row['field']}, mean"


def _scaled(row: Any, side: str) -> float:
    return float(row[side]) * (100 if row["level"] else 1)


def _standardised(row: Any) -> float | None:
    value = float(row["standardised_difference"])
    return value if math.isfinite(value) else None


def _unit(field: str) -> str:
    return "credits" if field == "credit" else "%"


def scores_compared(test: Taken | None) -> list[Contrast]:
    """The score before the activity: those who took the test again afterwards beside all who took it before."""
    if test is None or min(len(test.matched), len(test.before) - len(test.matched)) < minimum_group():
        return []
    frame = pd.DataFrame(
        {
            "responded": [int(code in test.after) for code in test.before],
            "score": [test.share(chosen, test.form.scored) for chosen in test.before.values()],
        }
    )
    row = non_response(frame, Compared(responded="responded", fields=("score",))).tables["comparison"][0]
    both = "took the test again / all who took it before"
    return [Contrast(both, "score before, mean", row["first"], row["second"], _standardised(row), "% right")]


def early_late(
    comers: Sequence[Comer], plans: Sequence[Followed], ratings: Sequence[tuple[float, bool]], wave: int
) -> list[Contrast]:
    """Early beside late answers: who gave them, and what they said. Late ones stand in for the silent."""
    those = [one for one in comers if one.same_day is not None]
    found = []
    if _enough([bool(one.same_day) for one in those]):
        frame = _frame(those)
        frame["responded"], frame["early"] = 1, [int(bool(one.same_day)) for one in those]
        rows = non_response(frame, Compared(responded="responded", fields=MARGINS, early="early")).tables["comparison"]
        late = [row for row in rows if row["compared"].startswith("early")]
        for row in _told(late, frame, frame["early"] == 1):
            inside = (frame[row["field"]] == row["level"]) & (frame["early"] == 0)
            if int(inside.sum()) >= minimum_group():
                found.append(
                    Contrast(
                        "evaluated on the day / later", _named(row), _scaled(row, "first"), _scaled(row, "second"),
                        _standardised(row),
                    )
                )  # fmt: skip
    found += _said(
        [rating for rating, _ in ratings],
        [early for _, early in ratings],
        "evaluated on the day / later",
        "relevance, mean",
        "of 5",
        1,
    )
    answered = [one for one in plans if one.answered]
    found += _said(
        [float(one.fully) for one in answered], [one.early for one in answered], f"answered after {wave} days unprompted / after a reminder",
        "plans fully carried out", "%", 100,
    )  # fmt: skip
    return found


def _enough(early: Sequence[bool]) -> bool:
    return min(sum(early), len(early) - sum(early)) >= minimum_group()


def _said(
    values: Sequence[float], early: Sequence[bool], words: str, field: str, unit: str, times: float
) -> list[Contrast]:
    if not _enough(early):
        return []
    frame = pd.DataFrame({"responded": 1, "early": [int(one) for one in early], "said": list(values)})
    rows = non_response(frame, Compared(responded="responded", fields=("said",), early="early")).tables["comparison"]
    row = next(row for row in rows if row["compared"].startswith("early"))
    return [Contrast(words, field, times * row["first"], times * row["second"], _standardised(row), unit)]


# --- weights


def plans_weighted(comers: Sequence[Comer], plans: Sequence[Followed], wave: int) -> Weighted | None:
    """Plans fully carried out, of those answered, raked to everybody whose plans were asked about; plans of one person belong together."""
    known = {one.person_id: one for one in comers}
    asked = [(one, known[one.person_id]) for one in plans if one.person_id in known]
    frame = pd.DataFrame(
        {
            "done": [float(plan.fully) if plan.answered else None for plan, _ in asked],
            "person": [str(plan.person_id) for plan, _ in asked],
            **{name: [getattr(comer, name) for _, comer in asked] for name in MARGINS},
        }
    )
    return _weighted(frame, "done", "person", MARGINS, f"Plans fully carried out, {wave} days on (of those answered)")


def rating_weighted(ratings: Sequence[tuple[float, str]], margin: Counter[str]) -> Weighted | None:
    """Agreement that the content is relevant, post-stratified to the professions of all attendances."""
    rows = [(value, profession) for value, profession in ratings]
    silent = margin - Counter(profession for _, profession in rows)
    frame = pd.DataFrame(
        {
            "said": [value for value, _ in rows] + [None] * silent.total(),
            "profession": [(one or OTHER).replace("_", " ") for _, one in rows]
            + [(one or OTHER).replace("_", " ") for one in silent.elements()],
        }
    )
    return _weighted(frame, "said", None, ("profession",), "Agreed that the content is relevant")


def _weighted(
    frame: pd.DataFrame, outcome: str, cluster: str | None, fields: Sequence[str], name: str
) -> Weighted | None:
    if frame.empty:
        return None
    answered = frame[outcome].notna()
    n = int(answered.sum())
    if n < 2 * SMALL_CELL or n == len(frame):
        return None
    if hidden(Counter(frame[outcome][answered]), minimum_group()):  # the share and n would tell how few
        return None
    for field in fields:
        frame[field] = _joined(frame[field], answered)
    margins = {
        field: {str(level): float(people) for level, people in frame[field].value_counts().items()} for field in fields
    }
    margins = {field: levels for field, levels in margins.items() if len(levels) > 1}
    if not margins:
        return None
    spec = Weighting(
        outcome=outcome,
        cluster=cluster,
        adjust="rake" if len(margins) > 1 else "post_stratify",
        margins=margins,
        trim=True,
    )
    found = weighting(frame, spec)
    mean, plain = found.estimate("mean"), found.estimate("mean_unweighted").value
    low, high = wilson(round(plain * n), n)
    details = found.details
    weighted = min(max(mean.value, 0.0), 1.0)
    effective = _effective(weighted, mean.low, mean.high, float(details["effective_n"]))
    weighted_low, weighted_high = wilson(weighted * effective, effective)
    trimmed = next((one.sentence for one in found.warnings if one.rule == "weighting.trimmed"), "0")
    return Weighted(
        name, n, 100 * plain, 100 * low, 100 * high, 100 * weighted, 100 * weighted_low, 100 * weighted_high,
        float(details["effective_n"]), float(details["weight_max"]) / float(details["weight_median"]), int(trimmed.split()[0]),
        ", ".join(margins),
    )  # fmt: skip


def _effective(share: float, low: float | None, high: float | None, by_weights: float) -> float:
    """How many independent answers the share is worth: by its weights, and no more than by the error of the design. That error is
    none where everybody said the same, which is no certainty: Wilson's interval on this number is still one (Korn and Graubard 1998)."""
    if low is None or high is None or high <= low:
        return by_weights
    by_design = share * (1 - share) * 4 * NormalDist().inv_cdf(0.975) ** 2 / (high - low) ** 2
    return min(by_weights, by_design) if by_design > 0 else by_weights


def _joined(levels: Any, answered: Any) -> Any:
    """Levels in which too few answered are joined, the rarest first, until every level has enough answers to stand for its people."""
    joined = levels.astype(str).copy()
    while True:
        counts = {level: int((answered & (joined == level)).sum()) for level in joined.unique()}
        small = sorted((n, level) for level, n in counts.items() if n < SMALL_CELL)
        if not small or len(counts) == 1:
            return joined
        rest = [level for _, level in small]
        if len(rest) == 1 and rest[0] == OTHER or (len(rest) == 1 and OTHER not in counts):
            rest.append(min((n, level) for level, n in counts.items() if level != rest[0])[1])
        joined = joined.where(~joined.isin([*rest, OTHER]), OTHER)


# --- tipping points


def tipping(test: Taken | None) -> tuple[str, ...]:
    """How the learners without a test afterwards would have to differ for the change of the score to vanish."""
    if test is None or len(test.matched) < 2 * SMALL_CELL:
        return ()
    changes = [
        test.share(test.after[code], test.form.scored) - test.share(test.before[code], test.form.scored)
        if code in test.after
        else None
        for code in sorted(test.before)
    ]
    found = tipping_point(pd.DataFrame({"change": changes}), TippingPoint(change="change"))
    silent, at = found.n["silent"], found.estimate("tips_to_null").value
    return (
        f"The change of the score would be gone if the {silent:,} who took the test only before had changed by {_signed(at)} points on average; "
        f"those who took it twice changed by {_signed(found.estimate('mean_of_answers').value)}.",
    )


def _signed(points: float) -> str:
    return f"{points:+.0f}".replace("-", "−")
