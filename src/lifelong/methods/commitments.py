"""What became of commitments to change: three denominators, the worst case, and intervals that know one person made several."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.pairing import keys
from lifelong.methods.proportions import FollowUp, share
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Commitments:
    """Commitments to change and their follow-up: one row per commitment, several rows per person."""

    person: str = column("Who made the commitment (token or code).", kind="text")
    centre: str | None = column("Where the person's id is unique.", kind="text", optional=True)
    status: str = column("Answer at follow-up; empty when the person did not answer.", kind="text")
    asked: str | None = column("1 if the person was asked about it, 0 if not; everybody if not named.", optional=True)
    implemented: tuple[str, ...] = option("Answers that count as implemented.", kind="texts")
    partly: tuple[str, ...] = option("Answers that count as partly implemented, shown apart.", (), kind="texts")
    level: float = level_option()


def _clustered(impl: Array, answered: Array, groups: NDArray[np.int64], level: float) -> Estimate | None:
    """Implemented of answered, its error linearised between people (one person's commitments resemble each other)."""
    a = np.bincount(groups, weights=impl * answered)
    b = np.bincount(groups, weights=answered)
    a, b = a[b > 0], b[b > 0]
    people = len(b)
    if people < 2:
        return None
    p = float(a.sum() / b.sum())
    se = math.sqrt(people / (people - 1) * float(((a - p * b) ** 2).sum())) / float(b.sum())
    t = float(stats.t.ppf((1 + level) / 2, people - 1))
    how = "of commitments, clustered by person (linearised)"
    if not 0 < p < 1 or se == 0:
        return Estimate("implemented_clustered", p, unit="share", how=how)
    # on the logit scale, so that the interval stays between 0 and 1
    logit, width = math.log(p / (1 - p)), t * se / (p * (1 - p))
    low, high = (1 / (1 + math.exp(-x)) for x in (logit - width, logit + width))
    return Estimate("implemented_clustered", p, low, high, level, se, "share", how)


def _people(impl: BoolArray, answered: BoolArray, groups: NDArray[np.int64], level: float) -> Estimate:
    some = np.bincount(groups, weights=answered) > 0
    done = np.bincount(groups, weights=impl & answered) > 0
    return share("people_with_one_implemented", int(done.sum()), int(some.sum()), level)


def _status(frame: Any, spec: Commitments, findings: Findings) -> list[str]:
    status = ["" if value is None or value != value else str(value) for value in frame[spec.status]]
    seen = sorted(set(status) - {""})
    both = sorted(set(spec.implemented) & set(spec.partly))
    findings.must(
        not both,
        "commitments.two_meanings",
        f"{', '.join(both)} is named as implemented and as partly.",
        "Name each answer once.",
        "options.partly",
    )
    findings.must(
        bool(seen),
        "commitments.no_answers",
        "Nobody answered the follow-up.",
        "Report how many were asked.",
        "columns.status",
    )
    unknown = [word for word in (*spec.implemented, *spec.partly) if word not in seen]
    findings.warn_if(
        bool(unknown),
        "commitments.unused_status",
        f"Nobody answered {', '.join(unknown)}; the answers are {', '.join(seen[:8])}.",
        "Check the spelling of options.implemented and options.partly.",
    )
    return status


def commitments(frame: Any, spec: Commitments, accept: Collection[str] = ()) -> MethodResult:
    """Implemented of answered, of asked and of committed, with Wilson intervals, and clustered by person. Silence counts as not implemented."""
    findings = Findings(accept)
    who = keys(frame, spec.person, spec.centre)
    findings.must(
        all(who),
        "commitments.blank_person",
        f"Column {spec.person} has blanks.",
        "Fill the person; commitments of one person are not independent.",
        "columns.person",
    )
    asked = frame[spec.asked].to_numpy(dtype=float) if spec.asked else np.ones(len(frame))
    findings.must(
        bool(np.all(np.isin(asked, (0, 1)))),
        "commitments.asked_not_binary",
        f"Column {spec.asked} must be 0 or 1.",
        "Recode it.",
        "columns.asked",
    )
    status = _status(frame, spec, findings)
    answered: BoolArray = np.array([bool(word) for word in status], dtype=bool)
    findings.must(
        not bool(np.any(answered & (asked == 0))),
        "commitments.answered_unasked",
        f"{int((answered & (asked == 0)).sum())} commitments have an answer although nobody was asked.",
        "Correct columns.asked.",
        "columns.asked",
    )
    impl: BoolArray = np.array([word in spec.implemented for word in status], dtype=bool)
    partly: BoolArray = np.array([word in spec.partly for word in status], dtype=bool)
    groups = np.unique(who, return_inverse=True)[1].astype(np.int64)
    counts = FollowUp(len(status), int(asked.sum()), int(answered.sum()), int(impl.sum()))
    clustered = _clustered(impl.astype(float), answered.astype(float), groups, spec.level)
    findings.warn("commitments.self_report", "Self-reported: a predictor of change in practice, not proof of it.")
    n = {
        "commitments": len(status),
        "people": int(groups.max()) + 1,
        "asked": int(asked.sum()),
        "answered": int(answered.sum()),
        "people_answered": int((np.bincount(groups, weights=answered) > 0).sum()),
    }
    rows = [{"status": word or "(no answer)", "commitments": status.count(word)} for word in sorted(set(status))]
    return MethodResult(
        method="commitments",
        design="self-reported follow-up of commitments to change, no comparison group",
        verb=Verb.DESCRIBES,
        estimates=(
            *counts.shares(spec.level),
            *((clustered,) if clustered else ()),
            *((share("partly_of_answered", int(partly.sum()), n["answered"], spec.level),) if spec.partly else ()),
            _people(impl, answered, groups, spec.level),
        ),
        n=n,
        tables={"statuses": rows},
        details={"design_effect": _design_effect(clustered, n["answered"]), "per_person": len(status) / n["people"]},
        **findings.closing(),
    )


def _design_effect(clustered: Estimate | None, answered: int) -> float | None:
    """How much wider the clustered variance is than that of as many independent commitments."""
    if clustered is None or clustered.se is None:
        return None
    return clustered.se**2 / (clustered.value * (1 - clustered.value) / answered)


METHODS = (
    Method(
        "commitments",
        "response and non-response",
        Commitments,
        commitments,
        {
            "implemented_of_answered": "implemented / answered: the best case",
            "implemented_of_asked": "implemented / asked: the worst case, silence counts as not implemented",
            "implemented_of_committed": "implemented / all commitments",
            "answered_of_asked": "response",
            "implemented_clustered": "implemented / answered with an interval clustered by person; use it in any comparison",
            "partly_of_answered": "partly implemented / answered",
            "people_with_one_implemented": "people who implemented at least one / people who answered: another unit than commitments",
        },
    ),
)
