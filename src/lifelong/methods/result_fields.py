"""What each method puts into `result.n`, `tests`, `details` and `tables`, so that an answer can be read without its code.

A name that ends in `*` stands for any ending (terms of a model). A test holds this file to what the methods return.
"""

from __future__ import annotations

PAIR_COUNTS = {
    "n.rows": "rows read",
    "n.pre_answers": "people with an answer before",
    "n.post_answers": "people with an answer after",
    "n.pairs": "people with both, the ones analysed",
    "n.only_pre": "people with an answer before only, left out",
    "n.only_post": "people with an answer after only, left out",
}
BENCHMARK = {
    "benchmark": "name",
    "measure": "what was measured",
    "value": "median, if published",
    "low": "lower end",
    "high": "upper end",
    "basis": "studies behind it",
    "source": "where published",
}
CHANGE = {
    "change": "difference",
    "people": "how many had it",
    "quantile": "instead of people when there are more than 25 values",
}
COEFFICIENTS = {
    "term": "name",
    "value": "coefficient",
    "se": "standard error",
    "low": "interval",
    "high": "interval",
    "p": "two-sided",
    "p_holm": "adjusted over all terms but the intercept",
}

PARTS: dict[str, dict[str, str]] = {
    "paired_means": {
        **PAIR_COUNTS,
        "tests.paired_t": "t of no mean change",
        "details.sd_pre": "SD before",
        "details.sd_post": "SD after",
        "details.sd_difference": "SD of the change",
        "details.correlation": "correlation of before and after",
        "details.improved": "people whose score rose",
        "details.unchanged": "people whose score stayed",
        "details.worse": "people whose score fell",
    },
    "unpaired_means": {
        "n.rows": "rows read",
        "n.first": "answers in the first sample",
        "n.second": "answers in the second sample",
        "n.left_out": "rows without a score, or of another group",
        "tests.welch_t": "t of no difference, unequal variances",
        "tests.mann_whitney": "U of the second sample",
        "details.sd_first": "SD of the first sample",
        "details.sd_second": "SD of the second sample",
    },
    "effect_size_from_summary": {"n.studies": "rows"},
    "signed_rank": {
        **PAIR_COUNTS,
        "n.changed": "people with a difference other than zero",
        "n.unchanged": "people with a difference of zero",
        "tests.signed_rank": "two-sided",
        "tests.signed_rank_greater": "one-sided: differences above zero",
        "tests.signed_rank_less": "one-sided: differences below zero",
        "details.v": "sum of the ranks of positive differences (V in R)",
        "details.w_minus": "sum of the ranks of negative differences",
        "details.exact": "whether p is exact",
        "details.median_pre": "median before",
        "details.median_post": "median after",
    },
    "friedman": {
        "n.rows": "people",
        "n.complete": "people with every occasion, the ones analysed",
        "n.occasions": "occasions",
        "tests.friedman": "chi-square of no difference between occasions",
    },
    "mcnemar": {
        "n.pairs": "people with both answers",
        "n.left_out": "rows that lack one",
        "tests.mcnemar": "chi-square without correction",
        "tests.mcnemar_corrected": "with continuity correction",
        "tests.mcnemar_exact": "exact binomial",
        "details.test_to_report": "exact if fewer than 25 people changed",
    },
    "two_proportions": {
        "n.first": "answers in the first sample",
        "n.second": "answers in the second sample",
        "n.left_out": "answers that are blank or of another group",
        "details.test_to_report": "fisher_exact if an expected count is below 5",
        "tests.chi_square": "without correction",
        "tests.fisher_exact": "exact; listed first when an expected count is below 5",
    },
    "gee": {
        "n.rows": "rows analysed",
        "n.clusters": "clusters",
        "n.largest_cluster": "rows of the largest cluster",
        "n.left_out": "rows without outcome or predictor",
        "tests.*": "Wald z of the term",
        "details.working_correlation": "estimated correlation within a cluster",
        "details.family": "kind of outcome",
        "details.standard_errors": "which standard errors",
    },
    "mixed_model": {
        "n.rows": "rows analysed",
        "n.clusters": "clusters",
        "n.left_out": "rows without outcome or predictor",
        "tests.*": "Wald z of the term",
        "details.reml_criterion": "-2 restricted log likelihood",
        "details.intervals": "how intervals were made",
    },
    "ancova": {
        "n.treated": "people with the activity",
        "n.comparison": "people without",
        "n.left_out": "rows without a score, or of another group",
        "tests.adjusted_difference": "t of no difference",
        "details.mean_pre_treated": "mean before, with the activity",
        "details.mean_pre_comparison": "mean before, without",
        "details.slope_on_pre": "points after per point before",
    },
    "permutation_rank": {
        "n.peers": "peers",
        "n.units": "units with both measures",
        "n.left_out": "units without",
        "tests.permutation_rank": "share of units with a change as extreme, the unit itself counted",
        "details.before": "the unit's measure before",
        "details.smallest_possible_p": "1 / (peers + 1)",
    },
    "difference_in_differences": {
        "n.rows": "rows analysed",
        "n.units": "clusters",
        "n.treated_units": "clusters with the activity",
        "n.left_out": "rows without outcome or group",
        "tests.did": "t with the named standard error",
        "tests.did_wild_bootstrap": "when a group has fewer than 30 clusters",
        "tests.leads": "F of no difference in all periods before the activity (with `period`)",
        "details.standard_error": "the one that was planned",
        "details.cluster_factor": "small-sample factor of the clustered error",
    },
    "purchasing_points": {"n.rows": "rows", "n.units": "hospitals with all rates"},
    "control_chart": {
        "n.rows": "rows read",
        "n.left_out": "rows without a figure",
        "n.points": "points",
        "n.phases": "phases",
        "n.signals": "points that signal",
        "details.chart": "kind of chart",
        "details.rules": "rule sets that were applied",
        "details.signals": "periods that signal",
        "details.runs_signal": "whether Anhoej's rules signal in a phase",
        "details.changed": "whether anything signals",
        "details.lag_one": "correlation of neighbouring points about their centre line",
        "details.caption": "words for below the chart",
    },
    "run_limits": {"n.rows": "rows"},
    "interrupted_time_series": {
        "n.rows": "rows read",
        "n.left_out": "rows without a figure",
        "n.points": "rows in the model",
        "n.before": "points of the series before the date",
        "n.after": "points after",
        "n.phase_in_left_out": "points left out while the change took hold",
        "tests.level_change": "of no step",
        "tests.slope_change": "of no change of trend",
        "tests.level_change_f": "F by change of deviance (quasi)",
        "tests.slope_change_f": "F by change of deviance (quasi)",
        "details.estimator": "estimator or family",
        "details.rho": "autocorrelation of the errors in the model",
        "details.rounds": "iterations of Prais-Winsten",
        "details.residual_df": "points - coefficients",
        "details.durbin_watson": "of the OLS residuals",
        "details.lag_one": "lag-1 correlation of the residuals",
        "details.dispersion": "Pearson chi-square / degrees of freedom",
        "details.model": "what was allowed to change",
        "details.scale": "scale of the outcome",
        "details.change_at": "the date",
        "details.phase_in": "periods left out",
    },
    "multiplicity": {"n.outcomes": "p-values"},
    "item_analysis": {
        "n.people": "people who answered anything",
        "n.items": "items",
        "n.rows_without_any_answer": "rows left out",
        "details.sd_total": "SD of the total",
        "details.median_total": "median of the total",
        "details.weak_items": "items with item-rest correlation below .1",
        "details.unanswered": "empty answers, counted as wrong",
    },
    "alpha": {"n.rows": "people", "n.complete": "people who answered every item", "n.items": "items"},
    "cohen_kappa": {
        "n.texts": "texts coded twice",
        "n.codes": "codes",
        "n.left_out": "rows with one code only",
        "tests.kappa_zero": "of agreement by chance",
        "details.se_under_no_agreement": "standard error of that test",
    },
    "fleiss_kappa": {
        "n.texts": "texts",
        "n.coders": "coders per text",
        "n.codes": "codes",
        "tests.kappa_zero": "of agreement by chance",
        "details.agreement_by_chance": "expected agreement",
        "details.se_under_no_agreement": "standard error of that test",
    },
    "krippendorff_alpha": {
        "n.texts": "texts coded twice or more",
        "n.coders": "coders",
        "n.left_out": "texts coded once or never",
    },
    "icc": {
        "n.targets": "targets with every rating",
        "n.raters": "raters",
        "n.left_out": "targets without",
        "tests.*": "F of no agreement for the planned model",
        "details.planned_model": "the model that answers the question",
    },
    "weighting": {
        "n.rows": "rows",
        "n.answered": "rows with an answer and every margin",
        "n.left_out": "rows without an answer or a margin",
        "n.clusters": "sampling clusters",
        "details.effective_n": "sample of equal weights that would be as precise (Kish)",
        "details.weight_min": "smallest weight",
        "details.weight_median": "median weight",
        "details.weight_max": "largest weight",
    },
    "non_response": {"n.invited": "people invited", "n.answered": "people who answered"},
    "tipping_point": {
        "n.invited": "people invited",
        "n.answered": "people who answered",
        "n.silent": "people who did not",
    },
}

TABLES: dict[str, dict[str, dict[str, str]]] = {
    "paired_means": {"change": CHANGE, "benchmark": BENCHMARK},
    "signed_rank": {"change": CHANGE, "answers": {"answer": "point of the scale", "pre": "people before", "post": "people after"}},
    "friedman": {"pairwise": {"from": "occasion", "to": "later occasion", "median_change": "median difference", "v": "signed rank sum", "p": "two-sided", "p_holm": "adjusted"}},
    "mcnemar": {"cells": {"both": "yes twice", "gained": "no, then yes", "lost": "yes, then no", "neither": "no twice"}, "benchmark": BENCHMARK},
    "two_proportions": {"benchmark": BENCHMARK},
    "effect_size_from_summary": {
        "effect_sizes": {
            "study": "row", "design": "matched or independent", "sd_within": "standardiser", "d": "Cohen's d", "v_d": "its variance", "se_d": "its error",
            "j": "small-sample factor", "g": "Hedges' g", "v_g": "its variance", "se_g": "its error",
        }
    },
    "gee": {"coefficients": COEFFICIENTS},
    "mixed_model": {"coefficients": COEFFICIENTS},
    "difference_in_differences": {
        "cells": {"group": "treated or comparison", "time": "before or after", "mean": "mean", "se": "its error", "n": "rows"},
        "standard_errors": {
            "term": "coefficient", "value": "its value", "se_ols": "classical", "se_hc1": "robust", "se_cluster": "clustered by unit, CR1",
            "se_unequal_variance": "from the four cells", "df_cluster": "clusters - 1",
        },
        "balanced": {
            "estimate": "difference of mean first differences", "se": "pooled", "se_unequal_variance": "not pooled", "low": "interval, not pooled", "high": "interval",
            "n": "units with both periods", "n_treated": "treated", "n_comparison": "comparison",
        },
        "event_study": {
            "period": "period", "before": "before the activity", "difference": "treated - comparison, relative to the last period before", "se": "clustered",
            "low": "interval", "high": "interval",
        },
    },
    "purchasing_points": {
        "points": {
            "unit": "hospital", "improvement": "0 to 9", "achievement": "0 to 10", "published_improvement": "as published", "published_achievement": "as published",
        }
    },
    "control_chart": {
        "points": {
            "period": "as in the data", "phase": "number of the phase", "y": "figure", "centre": "centre line", "low": "lower limit", "high": "upper limit",
            "in_limits": "counted for the limits", "signal": "signals", "why": "rules it broke",
        },
        "phases": {
            "phase": "number", "from": "first period", "to": "last period", "reason": "documented change", "centre": "centre line", "mean_low": "mean lower limit",
            "mean_high": "mean upper limit", "points": "points", "sigma_z": "Laney's factor", "useful": "points not on the line", "longest_run": "longest run",
            "longest_run_max": "longest that is random", "crossings": "crossings", "crossings_min": "fewest that are random", "runs_signal": "runs or crossings signal",
        },
    },
    "run_limits": {"limits": {"n_useful": "useful points", "longest_run_max": "longest random run", "n_crossings_min": "fewest random crossings"}},
    "interrupted_time_series": {
        "coefficients": {
            "term": "name; `comparison_…` and `treated…` in a controlled count model", "value": "coefficient", "se": "standard error", "low": "interval", "high": "interval",
            "statistic": "t or z", "p": "two-sided",
        },
        "series": {
            "period": "as in the data", "series": "treated or comparison", "observed": "figure (rates per multiplier)", "fitted": "model",
            "counterfactual": "model without the change, after the date", "low": "interval of the counterfactual", "high": "interval",
        },
        "estimators": {
            "estimator": "name", "rho": "autocorrelation", "converged": "false: ran to the edge", "level_change": "step", "level_change_se": "error", "level_change_low": "interval",
            "level_change_high": "interval", "slope_change": "change of trend", "slope_change_se": "error", "slope_change_low": "interval", "slope_change_high": "interval",
        },
        "placebo": {"date": "placebo date", "estimate": "level or slope change", "value": "its value", "low": "interval", "high": "interval"},
    },
    "multiplicity": {"adjusted": {"name": "outcome", "p": "as given", "bonferroni": "adjusted", "holm": "adjusted", "hochberg": "adjusted", "bh": "adjusted"}},
    "item_analysis": {
        "items": {
            "item": "column", "difficulty": "share correct", "item_total": "correlation with the total", "item_rest": "correlation with the rest",
            "alpha_if_deleted": "alpha without it", "flags": "too hard (< .2), too easy (> .95), weak (item-rest < .1)",
        },
        "distractors": {
            "item": "column", "answer": "answer", "is_key": "is correct", "chosen": "people", "mean_total": "their mean total", "more_than_key": "chosen more than the key",
        },
    },
    "alpha": {"items": {"item": "column", "answers": "people", "mean": "mean", "sd": "SD", "item_rest": "correlation with the rest"}},
    "cohen_kappa": {"codes": {"rater1": "code of the first coder", "*": "texts to which the second coder gave this code"}},
    "icc": {"icc": {"model": "name", "icc": "value", "low": "interval", "high": "interval", "f": "F", "df1": "numerator", "df2": "denominator", "p": "one-sided"}},
    "weighting": {"margins": {"margin": "column", "level": "level", "known": "people known", "answered": "people who answered", "weighted": "sum of weights"}},
    "non_response": {
        "comparison": {
            "field": "column", "level": "level of a word", "compared": "which two groups", "first": "mean or share of the first", "second": "of the second",
            "n_first": "filled values of the first", "n_second": "of the second", "flagged": "above 0.25, or one group does not vary",
            "standardised_difference": "difference / SD; above 0.25 is flagged",
        }
    },
}  # fmt: skip
