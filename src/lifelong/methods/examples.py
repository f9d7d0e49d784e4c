"""One worked example per family of methods: data, plan, and what comes out. A test runs every one, so the page cannot go stale."""

from __future__ import annotations

from dataclasses import dataclass

# Made-up figures of made-up people and places.


@dataclass(frozen=True, slots=True)
class Example:
    """`data` is the file that `plan` names; `statement` and `warnings` are what its run says; `reading` explains them."""

    family: str
    file: str
    data: str
    plan: str
    statement: str
    warnings: tuple[str, ...]
    reading: str


EXAMPLES = (
    Example(
        "before and after",
        "scores.csv",
        """code,before,after
p01,11,14
p02,9,13
p03,12,12
p04,10,15
p05,8,11
p06,13,15
p07,10,12
p08,9,14
p09,11,13
p10,12,16
p11,7,12
p12,10,
""",
        """title = "Sepsis workshop, knowledge test"
question = "Do people score higher right after the workshop?"
method = "paired_means"
data = "scores.csv"
primary_outcome = "mean_difference"
fixed_at = 2026-09-01

[columns]
id = "code"
pre = "before"
post = "after"

[options]
max_score = 20
""",
        "Mean difference 3.182 score points (95 % CI 2.106 to 4.257). May be reported as: associated with. "
        "Design: matched before and after, no comparison group; rows 12, pre answers 12, post answers 11, "
        "pairs 11, only pre 1, only post 0.",
        ("paired.some_unmatched",),
        "People with both answers rose by `primary.value` points; the interval runs from `primary.low` to `primary.high`. p12 has no answer after and is "
        "counted in `result.n.only_pre`. There was no comparison group, so the verb is *associated with*. d_z and d_av of the same data differ: name the one you print.",
    ),
    Example(
        "repeated and grouped",
        "checks.csv",
        """clinician,wave,asked
c01,0,0
c01,1,1
c02,0,1
c02,1,1
c03,0,0
c03,1,0
c04,0,0
c04,1,1
c05,0,0
c05,1,1
c06,0,1
c06,1,0
c07,0,0
c07,1,1
c08,0,0
c08,1,
c09,0,1
c09,1,1
c10,0,0
c10,1,1
c11,1,1
c12,0,0
c12,1,0
""",
        """title = "Asked about alcohol, before and three months after"
method = "gee"
data = "checks.csv"
primary_outcome = "odds_ratio:wave"

[columns]
outcome = "asked"
predictors = ["wave"]
cluster = "clinician"
occasion = "wave"
""",
        "Odds ratio (wave) 7.222 (95 % CI 1.056 to 49.38). May be reported as: associated with. Design: "
        "repeated or grouped answers, exchangeable working correlation; rows 22, clusters 12, largest cluster "
        "2, left out 1.",
        ("model.incomplete_rows", "gee.small_sample"),
        "The odds of asking after, divided by the odds before, with errors that know that two answers come from one clinician. c11 was "
        "seen once and is kept; c08's empty answer is left out and counted. Twelve clusters are few, and the result says so.",
    ),
    Example(
        "comparison",
        "clinics.csv",
        """clinic,rate_2025,rate_2026
010001,0.62,0.74
010002,0.58,0.60
010003,0.66,0.65
010004,0.71,0.72
010005,0.60,0.63
010006,0.64,0.66
010007,0.55,0.59
010008,0.69,0.68
010009,0.63,0.64
010010,0.57,0.58
010011,0.61,0.66
010012,0.68,0.70
010013,0.65,0.63
010014,0.59,0.61
010015,0.62,0.65
010016,0.70,0.71
010017,0.56,0.60
010018,0.67,0.66
010019,0.60,0.62
010020,0.64,0.67
""",
        """title = "One clinic had the training"
method = "permutation_rank"
data = "clinics.csv"
primary_outcome = "change_beyond_peers"

[columns]
unit = "clinic"
before = "rate_2025"
after = "rate_2026"

[options]
treated = "010001"
direction = "higher"
""",
        "Change beyond peers 0.1 (95 % CI 0.0745 to 0.1355). May be reported as: consistent with. Design: one "
        "unit among its peers; peers 19, units 20, left out 0.",
        (),
        "The clinic rose by that much more than its middle peer; the interval is its change less the central range of the peers' changes. "
        "`result.tests` gives its place among all clinics as a p-value; with 19 peers none can be below 0.05.",
    ),
    Example(
        "charts over time",
        "rates.csv",
        """month,events,patient_days
2025-01,31,9800
2025-02,27,9100
2025-03,33,9900
2025-04,29,9500
2025-05,30,9700
2025-06,26,9300
2025-07,34,9900
2025-08,30,9600
2025-09,28,9500
2025-10,19,9800
2025-11,21,9400
2025-12,17,9700
2026-01,22,9900
2026-02,16,9000
2026-03,20,9800
2026-04,18,9500
2026-05,19,9700
2026-06,15,9400
""",
        """title = "Catheter infections before and after the new order set"
method = "interrupted_time_series"
data = "rates.csv"
primary_outcome = "level_change_ratio"

[columns]
time = "month"
outcome = "events"
denominator = "patient_days"

[options]
intervention_at = "2025-10"
unit = "month"
scale = "count"
model = "level"
multiplier = 1000
horizons = [6]
""",
        "Level change ratio 0.672 (95 % CI 0.575 to 0.7852). May be reported as: consistent with. Design: "
        "interrupted time series without comparison; rows 18, left out 0, points 18, before 9, after 9, phase "
        "in left out 0.",
        ("its.no_comparison_series",),
        "From October on the rate is `primary.value` times what it was, beyond the trend. `effect_at_6` says the same in infections per 1000 patient days, "
        "`tables.series` holds the line that would have been. Nothing was compared with, so the words are *consistent with*.",
    ),
    Example(
        "many outcomes",
        "p_values.csv",
        """objective,p
recognise shock,0.004
give fluids in an hour,0.021
measure lactate,0.030
tell the family,0.240
""",
        """title = "Four objectives as one family"
method = "multiplicity"
data = "p_values.csv"
primary_outcome = "rejected_holm"

[columns]
p = "p"
name = "objective"
""",
        "Rejected holm 1 outcomes. Describes the data; no claim about an activity. Design: family of 4 "
        "outcomes; outcomes 4.",
        (),
        "Three of the four are below 0.05 on their own. `tables.adjusted` gives every objective its adjusted p; by Holm only that many remain, by Benjamini-Hochberg "
        "(for exploring) more.",
    ),
    Example(
        "items and scales",
        "confidence.csv",
        """q1,q2,q3,q4
4,4,5,2
3,3,3,3
5,4,5,1
2,2,3,4
4,5,4,2
3,2,3,4
5,5,4,1
2,3,2,4
4,3,4,2
1,2,1,5
3,4,3,3
4,4,,2
""",
        """title = "Confidence scale, pilot"
method = "alpha"
data = "confidence.csv"
primary_outcome = "alpha"
accept = ["items.few_people"]

[columns]
items = ["q1..q4"]

[options]
reverse = ["q4"]
""",
        "Alpha 0.9581 (95 % CI 0.8947 to 0.9873). Describes the data; no claim about an activity. Design: one "
        "scale, one sitting; rows 12, complete 11, items 4. Overridden: items.few_people.",
        (),
        "q4 is worded the other way round and is turned. With fewer than 30 people the method refuses; this plan overrides it by name, and the statement, the "
        "methods text and `result.overridden` all print that. The last person skipped q3 and still counts in the pairwise covariances.",
    ),
    Example(
        "agreement",
        "codes.csv",
        """coder_a,coder_b,texts
resources,resources,18
resources,knowledge,3
knowledge,resources,2
knowledge,knowledge,14
beliefs,beliefs,9
beliefs,knowledge,4
""",
        """title = "Barriers coded by two people"
method = "cohen_kappa"
data = "codes.csv"
primary_outcome = "kappa"

[columns]
rater1 = "coder_a"
rater2 = "coder_b"
count = "texts"
""",
        "Kappa 0.7234 (95 % CI 0.5616 to 0.8852). Describes the data; no claim about an activity. Design: two "
        "coders, same texts, before reconciliation; texts 50, codes 3, left out 0.",
        (),
        "Agreement beyond chance before the coders talked. Without `count` each row is one text. `tables.codes` shows where they differ.",
    ),
    Example(
        "response and non-response",
        "commitments.csv",
        """person,asked,status
t01,1,done
t01,1,partly
t02,1,done
t03,1,
t04,1,not yet
t04,1,done
t05,1,done
t06,1,
t07,1,partly
t08,1,done
t08,1,done
t09,1,not yet
t10,0,
""",
        """title = "Commitments, 45 days after"
method = "commitments"
data = "commitments.csv"
primary_outcome = "implemented_of_asked"

[columns]
person = "person"
status = "status"
asked = "asked"

[options]
implemented = ["done"]
partly = ["partly"]
""",
        "Implemented of asked 0.5 share (95 % CI 0.2538 to 0.7462). Describes the data; no claim about an "
        "activity. Design: self-reported follow-up of commitments to change, no comparison group; commitments "
        "13, people 10, asked 12, answered 10, people answered 7.",
        ("commitments.self_report",),
        "The worst case counts silence as not implemented; `implemented_of_answered` is the best case and never stands alone. "
        "`implemented_clustered` has the interval to use, because one person's commitments resemble each other.",
    ),
)
