"""Does the program have a mission that can be measured, an analysis of it, and improvements that follow?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lifelong.rules.books import load_book
from lifelong.rules.months import add_months
from lifelong.rules.verdict import Reason, Severity, Verdict, counted, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionFacts:
    """The active mission: its text, the kinds of its expected results, and whether the provider is jointly accredited."""

    text: str
    expected_result_kinds: tuple[str, ...]
    jointly_accredited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedResultFacts:
    """An expected result in the analysis: how many measures with data it has, and its written conclusion."""

    title: str
    measures_with_data: int
    conclusion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramAnalysisFacts:
    """The latest analysis of the program; `analysed_on` None: there is none."""

    today: date
    analysed_on: date | None
    expected_results: tuple[ExpectedResultFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementFacts:
    """One improvement of the program. `done_on` None: open."""

    title: str
    owner: str = ""
    plan: str = ""
    due_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementsFacts:
    """The register within the current year of the accreditation term."""

    improvements: tuple[ImprovementFacts, ...]
    term_year_starts_on: date
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFacts:
    """Activities planned in the months that the rule looks back on."""

    interprofessional: int
    all_activities: int


def mission_measurable(facts: MissionFacts) -> Verdict:
    """R-MIS-1 and R-MIS-2."""
    return verdict([expects_change(facts), names_team(facts)])


def expects_change(facts: MissionFacts) -> Reason | None:
    """R-MIS-1: at least one expected result in competence, performance or patient outcomes."""
    kinds = load_book("accme").names("mission.result_types")
    if any(kind in kinds for kind in facts.expected_result_kinds):
        return None
    words = ", ".join(kind.replace("_", " ") for kind in kinds)
    return Reason(
        "R-MIS-1",
        "The mission expects no change in competence, performance or patient outcomes.",
        f"Add an expected result of the kind {words}.",
        "expected_results",
    )


def names_team(facts: MissionFacts) -> Reason | None:
    """R-MIS-2 (warning): the mission of a jointly accredited provider names the healthcare team."""
    if not facts.jointly_accredited:
        return None
    told = facts.text.casefold()
    if any(phrase in told for phrase in load_book("ja").names("mission.team_words")):
        return None
    return Reason(
        "R-MIS-2",
        "The mission does not mention the healthcare team.",
        "Say that the program educates the healthcare team.",
        "text",
        Severity.WARN,
    )


def program_analysed(facts: ProgramAnalysisFacts) -> Verdict:
    """R-PAN-1 (warning): an analysis of the last twelve months with data and a conclusion for every expected result."""
    months = load_book("lifelong").integer("analysis.program_max_age_months")
    found: list[Reason] = []
    if facts.analysed_on is None or add_months(facts.analysed_on, months) < facts.today:
        found.append(
            _analysis(f"There is no program analysis from the last {months} months.", "Write one.", "analysed_on")
        )
    for result in facts.expected_results:
        if not result.measures_with_data:
            found.append(_analysis(f"“{result.title}” has no measure with data.", "Choose a measure.", "measures"))
        if not result.conclusion.strip():
            found.append(_analysis(f"“{result.title}” has no conclusion.", "Say how far it was met.", "conclusion"))
    return verdict(found)


def improvements_carried_on(facts: ImprovementsFacts) -> Verdict:
    """R-PIM-1 (warning): open improvements have owner, plan and due day; enough were done in this year of the term."""
    found: list[Reason] = []
    for item in facts.improvements:
        wanted = (("owner", item.owner.strip()), ("plan", item.plan.strip()), ("due day", item.due_on))
        missing = [name for name, value in wanted if not value]
        if item.done_on is None and missing:
            sentence = f"The improvement “{item.title}” has no {', no '.join(missing)}."
            found.append(Reason("R-PIM-1", sentence, "Complete it.", "improvements", Severity.WARN))
    least = load_book("lifelong").integer("improvement.done_per_year")
    done = sum(
        item.done_on is not None and facts.term_year_starts_on <= item.done_on <= facts.today
        for item in facts.improvements
    )
    if done < least:
        sentence = f"{counted(done, 'improvement was', 'improvements were')} carried out in this year of the term; at least {least} is expected."
        found.append(Reason("R-PIM-1", sentence, "Carry one out and record its effect.", "done_on", Severity.WARN))
    return verdict(found)


def interprofessional_share(facts: ShareFacts) -> Fraction:
    """The share of interprofessional activities, exact; zero without activities."""
    return Fraction(facts.interprofessional, facts.all_activities) if facts.all_activities else Fraction(0)


def interprofessional_share_reached(facts: ShareFacts) -> Verdict:
    """R-IPCE-2 (warning): a quarter of what was planned in eighteen months is interprofessional."""
    book = load_book("ja")
    percent, months = book.integer("ipce.share_percent"), book.integer("ipce.share_months")
    if facts.interprofessional * 100 >= percent * facts.all_activities:
        return Verdict()
    sentence = (
        f"{facts.interprofessional} of {facts.all_activities} activities planned in the past {months} months are "
        f"interprofessional; {percent} percent are needed."
    )
    return Verdict((Reason("R-IPCE-2", sentence, "Plan more with and for the team.", "activities", Severity.WARN),))


def share_counts_from(today: date) -> date:
    """First day of the months that the interprofessional share looks back on."""
    return add_months(today, -load_book("ja").integer("ipce.share_months"))


def _analysis(sentence: str, next_step: str, field: str) -> Reason:
    return Reason("R-PAN-1", sentence, next_step, field, Severity.WARN)
