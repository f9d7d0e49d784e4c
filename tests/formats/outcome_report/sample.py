"""A complete report of a plainly fictional activity."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lifelong.formats.outcome_report import (
    Analysed,
    AnswerLine,
    Asked,
    Barrier,
    BeforeNow,
    Contrast,
    Effect,
    Gap,
    ItemLine,
    Items,
    Measured,
    NonResponse,
    OutcomeReport,
    Patients,
    Rated,
    Reading,
    Result,
    ScoreLine,
    Scores,
    Share,
    Step,
    Teams,
    Theme,
    Wave,
    Weighted,
)

AGREE = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
SHARES = (
    Share("of those who answered", 57.1, 39.1, 73.5, 28, "answered"),
    Share("of all asked about", 40.0, 26.4, 55.4, 40, "asked"),
    Share("of all plans", 36.4, 23.8, 51.1, 44, "committed"),
)
SCORES = Scores(
    ScoreLine("The whole test", 3, 60, 48.3, 71.7, 23.4, 17.1, 29.7, 1.2e-9, None, "paired t", (Effect("d_av", 0.92), Effect("d_z", 0.96, 0.65, 1.26))),
    (
        ScoreLine("Begin treatment of sepsis within the hour", 1, 60, 45.0, 80.0, 35.0, 20.1, 48.0, 0.0002, 0.0004, "McNemar, exact; Newcombe interval", (Effect("odds ratio (gained / lost)", 6.3, 2.3, 21.6),)),
        ScoreLine("Name the bundle", 2, 60, 50.0, 67.5, 17.5, 9.0, 26.0, 0.0001, 0.0004, "paired t", (Effect("d_av", 0.55), Effect("d_z", 0.53, 0.26, 0.8))),
    ),
    (
        ScoreLine("Which antibiotic first?", 1, 60, 45.0, 80.0, 35.0, 20.1, 48.0, 0.0002, 0.0006, "McNemar, exact; Newcombe interval", (Effect("odds ratio (gained / lost)", 6.3, 2.3, 21.6),), "Begin treatment of sepsis within the hour"),
        ScoreLine("When is lactate repeated?", 1, 60, 52.0, 50.0, -2.0, -15.0, 11.0, 0.86, 0.86, "McNemar, exact; Newcombe interval", (), "Name the bundle"),
        ScoreLine("How much fluid?", 1, 60, 48.0, 85.0, 37.0, 22.0, 50.0, 0.0001, 0.0003, "McNemar, exact; Newcombe interval", (), "Name the bundle"),
    ),
    14, 6, 9, "No plan fixed a primary outcome before the data.", "Holm adjusts p within each family: the 2 objectives, and the 3 items.",
    "Published for live workshops: Cohen's d, immediately after, 0.39 to 0.99.",
    (("1 item fewer", 4), ("no change", 20), ("1 item more", 24), ("2 items more", 12)),
    Items(66, 0.31, 0.02, 0.53, (
        ItemLine("Which antibiotic first?", 80.0, 0.22, (), (AnswerLine("Within the hour", 53, True, False), AnswerLine("When cultures are back", 13, False, False))),
        ItemLine("When is lactate repeated?", 50.0, 0.04, ("weak", "a wrong answer drew more than the key"), (AnswerLine("Never", 33, False, True), AnswerLine("Within six hours", 33, True, False))),
    )),
    ("With all 80 who took either test (GEE, robust errors by learner) the change is +22 points (95 % interval +16 to +28).",),
)  # fmt: skip
RESPONSE = NonResponse(
    (Asked("Evaluation", 84, 80, 72, 70), Asked("Test before and after", 101, None, 74, 66, 60), Asked("Question about plans, 90 days", 40, None, None, 28, 28)),
    (
        Contrast("evaluated / all who came", "profession: physician", 64.3, 60.7, 0.07),
        Contrast("answered after 90 days / all who came", "credit, mean", 1.4, 1.1, 0.4, "credits"),
        Contrast("evaluated on the day / later", "profession: physician", 66.0, 60.0, 0.12),
    ),
    (Weighted("Plans fully carried out, 90 days on (of those answered)", 28, 57.1, 39.1, 73.5, 54.0, 33.0, 75.0, 24.2, 3.1, 1, "profession, state"),),
    ("The change of the score would be gone if the 14 who took the test only before had changed by −100 points on average.",),
    ("Credit is not compared for the evaluation, because it is claimed after evaluating.",),
)  # fmt: skip
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
    barriers=(Barrier("No time", "environment", 20, True, "Departments and teams"), Barrier("Pharmacy is closed at night", "environment", 9, False), Barrier("Other", "", None, True)),
    waves=(Wave(90, 44, 40, 28, 16, 5, SHARES),),
    measures=(
        Measured("Sepsis bundle, Example Hospital", "5", True, "percent", Reading(54, 113, date(2024, 10, 1), date(2025, 9, 30)),
                 Reading(63, 118, date(2026, 6, 1), date(2026, 9, 30)), 9.0, -3.8, 21.3, True, "associated with",
                 ("With 113 cases before and 118 after, a change of less than 18.2 percentage points would usually go unseen (80 % power).",),
                 "Public quality data", (("Massachusetts", 58.0, 60.0),)),
        Measured("Mortality", "6", True, "percent", Reading(9, 400, date(2024, 7, 1), date(2025, 6, 30)), None, None, None, None, None, "associated with"),
    ),
    analyses=(Analysed("Monthly bundle", "Level change 4.2 (95 % CI 1.0 to 7.4).", "estimated effect", "9f2c" * 16, date(2026, 5, 1)),),
    scores=SCORES, nonresponse=RESPONSE, standard_of_care="Nearer to the guideline of the first hour.",
    team=Teams(9, 8, (BeforeNow("How well our team does this together", 5, 8, 2.5, 3.6, Share("put themselves higher", 75.0, 40.9, 92.9, 8)),), (Rated("Each of us knows what the others contribute", AGREE, (0, 1, 1, 4, 2)),)),
    patients=Patients(80, 240, 620, (("Learners who changed, fully or in part", "21 of 28 who answered later"),)),
    response_words=("70 of 84 evaluated (83 %).",),
    methods="Shares carry Wilson intervals at 95 %.", accent="#1f5f8b",
)  # fmt: skip
