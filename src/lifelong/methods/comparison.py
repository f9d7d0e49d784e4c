"""Beside others: adjusted difference of two groups (ANCOVA), and the rank of one unit's change among its peers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from lifelong.methods import regression
from lifelong.methods.means import PEOPLE_FOR_A_TEST, require_two_groups
from lifelong.methods.pairing import keys
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

LEAST_PEERS = 19


@dataclass(frozen=True, kw_only=True)
class Ancova:
    """Two groups with a score before and after: difference after, adjusted for before."""

    pre: str = column("Score before.")
    post: str = column("Score after.")
    group: str = column("Group of the person.", kind="text")
    treated: str = option("Value of `group` that had the activity.")
    comparison: str = option("Value of `group` that had not.")
    randomised: bool = option("People were assigned by chance.", False, kind="flag")
    level: float = level_option()


def _check_groups(counts: tuple[int, int], findings: Findings) -> None:
    findings.must(
        min(counts) >= 2,
        "unpaired.empty_group",
        f"The groups have {counts[0]} and {counts[1]} complete people.",
        "Check their spelling.",
        "options",
    )
    findings.require(
        min(counts) >= PEOPLE_FOR_A_TEST,
        "ancova.few_people",
        f"The groups have {counts[0]} and {counts[1]} people.",
        "Describe them.",
        "columns.group",
    )


def _check_slopes(both: regression.Fit | None, spec: Ancova, findings: Findings) -> None:
    """`both` has the product of group and score before as its fourth term; None when a group has one score before only."""
    if both is None:
        findings.assume("same slope in both groups", None, "a group has one score before only")
        return _assume_alike(spec, findings)
    p_slopes = float(2 * stats.t.sf(abs(both.beta[3] / both.se[3]), both.df))
    findings.assume("same slope in both groups", p_slopes >= 0.05, f"interaction p = {p_slopes:.3f}")
    findings.warn_if(
        p_slopes < 0.05,
        "ancova.slopes_differ",
        "The effect differs with the score before.",
        "Show it at low and high scores.",
    )
    _assume_alike(spec, findings)


def _check_fit(fit: regression.Fit, post: Any, findings: Findings) -> None:
    findings.must(
        float(np.abs(fit.residuals).max()) > 1e-10 * float(np.abs(post).max() or 1),
        "ancova.perfect_fit",
        "Scores after follow exactly from score before and group: there is no error to estimate.",
        "Check whether the column was computed.",
        "columns.post",
    )


def _assume_alike(spec: Ancova, findings: Findings) -> None:
    findings.assume(
        "groups alike but for the activity",
        True if spec.randomised else None,
        "randomised" if spec.randomised else "not randomised",
    )


def ancova(frame: Any, spec: Ancova, accept: Collection[str] = ()) -> MethodResult:
    """Guards against regression to the mean; 'significant in one group, not in the other' is no comparison."""
    findings = Findings(accept)
    require_two_groups(spec.treated, spec.comparison, findings)
    complete = frame[
        frame[[spec.pre, spec.post]].notna().all(axis=1) & frame[spec.group].isin([spec.treated, spec.comparison])
    ]
    treated = (complete[spec.group] == spec.treated).to_numpy(dtype=float)
    counts = (int(treated.sum()), int((1 - treated).sum()))
    _check_groups(counts, findings)
    pre, post = complete[spec.pre].to_numpy(dtype=float), complete[spec.post].to_numpy(dtype=float)
    findings.must(
        float(pre.std()) > 0,
        "ancova.no_spread",
        "Everybody had the same score before.",
        "Use unpaired_means on the score after.",
        "columns.pre",
    )
    centred = pre - pre.mean()
    fit = regression.ols(np.column_stack([np.ones(len(pre)), treated, centred]), post)
    four = np.column_stack([np.ones(len(pre)), treated, centred, centred * treated])
    both = regression.ols(four, post) if int(np.linalg.matrix_rank(four)) == 4 else None
    df = float(fit.df or 0)
    difference, se = float(fit.beta[1]), float(fit.se[1])
    _check_fit(fit, post, findings)
    t = float(stats.t.ppf((1 + spec.level) / 2, df))
    _check_slopes(both, spec, findings)
    sd = float(np.sqrt(np.mean([pre[treated == g].var(ddof=1) for g in (0, 1)])))
    return MethodResult(
        method="ancova",
        design="two groups, before and after, " + ("randomised" if spec.randomised else "not randomised"),
        verb=Verb.ESTIMATED if spec.randomised else Verb.ASSOCIATED,
        estimates=(
            around(
                "adjusted_difference",
                difference,
                se,
                t,
                spec.level,
                "score points",
                "treated - comparison after, at the same score before",
            ),
        ),
        effect_sizes=(Estimate("difference_per_sd_pre", difference / sd, how="adjusted difference / pooled SD before"),)
        if sd > 0
        else (),
        tests=(Test("adjusted_difference", difference / se, float(2 * stats.t.sf(abs(difference / se), df)), (df,)),),
        n={"treated": counts[0], "comparison": counts[1], "left_out": len(frame) - len(complete)},
        details={
            "mean_pre_treated": float(pre[treated == 1].mean()),
            "mean_pre_comparison": float(pre[treated == 0].mean()),
            "slope_on_pre": float(fit.beta[2]),
        },
        **findings.closing(),
    )


@dataclass(frozen=True, kw_only=True)
class PermutationRank:
    """One hospital or clinic had the activity: where does its change lie among comparable ones?"""

    unit: str = column("Id of hospital or clinic; text, leading zeros kept.", kind="text")
    before: str = column("Measure before.")
    after: str = column("Measure after.")
    treated: str = option("Id of the unit that had the activity.")
    nearest: int | None = option(
        "Keep only this many peers with the closest measure before.", None, kind="integer", low=2
    )
    direction: str = option("Which change counts as extreme.", "two_sided", choices=("two_sided", "higher", "lower"))
    level: float = level_option()


def _peers(complete: Any, spec: PermutationRank, findings: Findings) -> tuple[int, Any, Any, Any]:
    """Row of the treated unit, rows of its peers, every unit's measure before, and its change."""
    who = np.array(keys(complete, spec.unit, None), dtype=object)
    findings.must(
        all(who) and len(set(who)) == len(who),
        "permutation.repeated_units",
        f"Column {spec.unit} has blank or repeated ids.",
        "One row per unit.",
        "columns.unit",
    )
    here = np.flatnonzero(who == spec.treated)
    findings.must(
        len(here) == 1,
        "permutation.no_treated",
        f"No unit with id {spec.treated!r} has both measures; ids are text and keep leading zeros.",
        "Write the id as in the data.",
        "options.treated",
    )
    before = complete[spec.before].to_numpy(dtype=float)
    change = np.round(complete[spec.after].to_numpy(dtype=float) - before, 12)  # equal changes stay equal
    own = int(here[0])
    peers = np.delete(np.arange(len(change)), own)
    if spec.nearest is not None:
        peers = peers[np.argsort(np.abs(before[peers] - before[own]), kind="stable")[: spec.nearest]]
    findings.require(
        len(peers) >= LEAST_PEERS,
        "permutation.few_peers",
        f"There are {len(peers)} peers.",
        "Add comparable units.",
        "options.nearest",
    )
    findings.must(
        len(peers) >= 2, "permutation.no_peers", "There are no peers.", "Add comparable units.", "columns.unit"
    )
    return own, peers, before, change


def permutation_rank(frame: Any, spec: PermutationRank, accept: Collection[str] = ()) -> MethodResult:
    """p = rank of the unit's change among itself and its peers / their number. Interval: change minus the peers' central range."""
    findings = Findings(accept)
    complete = frame[frame[[spec.before, spec.after]].notna().all(axis=1)]
    own, peers, before, change = _peers(complete, spec, findings)
    others, mine = change[peers], float(change[own])
    middle = float(np.median(others))
    beyond = {
        "higher": others >= mine,
        "lower": others <= mine,
        "two_sided": np.abs(others - middle) >= abs(mine - middle),
    }[spec.direction]
    p = (int(beyond.sum()) + 1) / (len(others) + 1)
    low, high = (float(np.quantile(others, q)) for q in ((1 - spec.level) / 2, (1 + spec.level) / 2))
    findings.assume(
        "the unit was not chosen for its measure before", None, "a unit chosen for a bad year improves anyway"
    )
    return MethodResult(
        method="permutation_rank",
        design="one unit among its peers",
        verb=Verb.CONSISTENT,
        estimates=(
            Estimate(
                "change_beyond_peers",
                mine - middle,
                mine - high,
                mine - low,
                spec.level,
                how="own change - median change; interval from the peers' range",
            ),
            Estimate("change", mine),
            Estimate(
                "median_change_of_peers", middle, low, high, spec.level, how="central range of the peers' changes"
            ),
            Estimate("rank", int((others > mine).sum()) + 1, how="1 = largest rise"),
        ),
        tests=(Test("permutation_rank", mine, p, how=f"{spec.direction}, among {len(others) + 1} units"),),
        n={"peers": len(others), "units": len(complete), "left_out": len(frame) - len(complete)},
        details={"before": float(before[own]), "smallest_possible_p": 1 / (len(others) + 1)},
        **findings.closing(),
    )


METHODS = (
    Method(
        "ancova",
        "comparison",
        Ancova,
        ancova,
        {
            "adjusted_difference": "treated - comparison after, at equal scores before",
            "difference_per_sd_pre": "the same in SD of the score before",
        },
        ("ancova.few_people",),
    ),
    Method(
        "permutation_rank",
        "comparison",
        PermutationRank,
        permutation_rank,
        {
            "change_beyond_peers": "own change - median change of the peers",
            "change": "own change",
            "median_change_of_peers": "median change of the peers",
            "rank": "place of the own change, 1 = largest rise",
        },
        ("permutation.few_peers",),
    ),
)
