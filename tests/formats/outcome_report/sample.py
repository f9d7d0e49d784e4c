"""A complete report of a plainly fictional activity."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lifelong.formats.outcome_report import (
    Analysed,
    Barrier,
    BeforeNow,
    Compared,
    Gap,
    Measured,
    OutcomeReport,
    Rated,
    Reading,
    Result,
    Share,
    Step,
    Theme,
    Wave,
)

AGREE = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
SHARES = (
    Share("of those who answered", 57.1, 39.1, 73.5, 28, "answered"),
    Share("of all asked about", 40.0, 26.4, 55.4, 40, "asked"),
    Share("of all plans", 36.4, 23.8, 51.1, 44, "committed"),
)
REPORT = OutcomeReport(
    provider="Example School of Medicine", title="Sepsis in the first hour", number=42,
    generated_at=datetime(2026, 11, 22, 16, 30, tzinfo=UTC), level_any="5", level_objective="5",
    level_words="Level 5 Performance, measured", dates="4 May 2026", starts_on=date(2026, 5, 4), ends_on=date(2026, 5, 4),
    format="Live course", place="Boston", credit=("The school designates 1.5 AMA PRA Category 1 Credits™.",),
    audience=("Physicians", "Nurses"), objectives=("Begin treatment of sepsis within the hour",),
    gaps=(Gap("Antibiotics come late", "Half of patients with sepsis wait longer than an hour.", "Sepsis bundle at Example Hospital: 54 percent", ("Public quality data",)),),
    people=84, target=100, results=(
        Result("Plans carried out", "36 % of all plans after 90 days (24 to 51, n 44).", "5", False),
        Result("Sepsis bundle, Example Hospital", "From 54 to 63 percent (n 113 and 118).", "5", True),
        Result("Own skill", "71 % put themselves higher now (60 to 80, n 70).", "4", False),
    ),
    summary="Treatment begins sooner, and fewer than half of the plans were carried out.", limits=("No comparison group.", "Self-report below level 5."),
    next_gap="Night shifts.", closed_on=date(2026, 11, 20),
    funnel=(Step("Registered", 101), Step("Attended", 84), Step("Evaluated", 70), Step("Planned a change", 44), Step("Answered later", 28), Step("Changed practice", 21)),
    professions=(("physician", 51), ("nurse", 30), ("pharmacist", None)), places=(("MA", 80), ("NH", None)),
    rated=(Rated("The content fits my patients", AGREE, (1, 2, 7, 30, 30)),), bias=Share("noticed commercial bias", 1.4, 0.3, 7.7, 70),
    before_now=(BeforeNow("My skill in what was taught", 5, 70, 2.4, 3.9, Share("put themselves higher", 71.4, 60.0, 80.7, 70)),),
    themes=(Theme("Earlier antibiotics", 30, 26, ("I will start antibiotics within the hour.",)), Theme("Lactate", 14, None)),
    barriers=(Barrier("No time", "environment", 20, True), Barrier("Pharmacy is closed at night", "environment", 9, False), Barrier("Other", "", None, True)),
    waves=(Wave(90, 44, 40, 28, 16, 5, SHARES),),
    measures=(
        Measured("Sepsis bundle, Example Hospital", "5", True, "percent", Reading(54, 113, date(2024, 10, 1), date(2025, 9, 30)),
                 Reading(63, 118, date(2026, 6, 1), date(2026, 9, 30)), 9.0, -3.8, 21.3, True, "associated with",
                 ("With 113 cases before and 118 after, a change of less than 18.2 percentage points would usually go unseen (80 % power).",),
                 "Public quality data", (("Massachusetts", 58.0, 60.0),)),
        Measured("Mortality", "6", True, "percent", Reading(9, 400, date(2024, 7, 1), date(2025, 6, 30)), None, None, None, None, None, "associated with"),
    ),
    analyses=(Analysed("Monthly bundle", "Level change 4.2 (95 % CI 1.0 to 7.4).", "estimated effect", "9f2c" * 16, date(2026, 5, 1)),),
    response=(Compared("physician", 60.7, 64.3, 0.07),), response_words=("70 of 84 evaluated (83 %).",),
    methods="Shares carry Wilson intervals at 95 %.", accent="#1f5f8b",
)  # fmt: skip
