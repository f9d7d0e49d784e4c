"""The catalogue of refusals a plan may override by naming the code in `accept`; the result then prints it."""

from __future__ import annotations

OVERRIDABLE: dict[str, str] = {
    "paired.few_pairs": "Fewer than 10 pairs: draw individual lines and describe, do not test.",
    "paired.mostly_unmatched": "Fewer than half of the people have both answers: matched results may not stand for the group.",
    "paired.differences_not_normal": "Fewer than 30 pairs and differences far from normal: the t interval is not trustworthy.",
    "paired.self_rated_then_test": "Retrospective self-ratings analysed as test scores.",
    "unpaired.small_group": "A group has fewer than 10 people.",
    "unpaired.shared_ids": "The same ids occur in both groups: the data are matched, at least partly.",
    "rank.few_blocks": "Fewer than 10 people answered on every occasion.",
    "items.few_people": "Fewer than 30 people: item statistics are unstable.",
    "agreement.few_subjects": "Fewer than 20 texts or targets were rated.",
    "gee.few_clusters": "Fewer than 10 clusters: robust standard errors are far too small.",
    "mixed.few_groups": "Fewer than 5 groups: the variance between groups cannot be estimated.",
    "repeated.same_occasion": "One person has several rows for the same occasion; first attempts only should be analysed.",
    "weighting.small_cell": "A population group is represented by fewer than 5 respondents.",
    "series.overlapping_windows": "Measurement windows overlap: the points share cases and are not independent.",
    "series.gaps": "Periods are missing from the series.",
    "chart.rolling_on_individuals": "A ratio or rolling figure on an individuals chart as if points were independent.",
    "its.short_series": "Fewer than 8 points on one side of the date and no comparison series.",
    "its.season_unsupported": "Seasonal terms need two full cycles of data.",
    "did.few_clusters": "Fewer than 10 clusters in a group: clustered standard errors are too small.",
    "did.staggered": "Treated units start at different times: two-way comparison mixes early and late units.",
    "permutation.few_peers": "Fewer than 19 peers: no rank can reach p = .05.",
    "ancova.few_people": "Fewer than 10 people in a group.",
}
