"""Is the education planned from gaps and needs, towards a change, in a format that fits?"""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.rules.books import load_book
from lifelong.rules.verdict import Reason, Severity, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFacts:
    """A need behind the gap: its `kind` (knowledge, competence, performance) and its explanation."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """An intended change: its `kind` and text, and whether it is linked to an expected result of the mission."""

    kind: str
    text: str
    linked_to_expected_result: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """Where a gap is known from: a citation or a file makes it traceable."""

    kind: str = ""
    citation: str = ""
    has_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """The design of one activity. `gap_types` are those of the program; empty where it does not type its gaps."""

    gap_text: str = ""
    gap_type: str = ""
    gap_types: tuple[str, ...] = ()
    sources: tuple[SourceFacts, ...] = ()
    needs: tuple[NeedFacts, ...] = ()
    changes: tuple[ChangeFacts, ...] = ()
    format_rationale: str = ""
    competencies: tuple[str, ...] = ()
    interprofessional: bool = False
    planner_professions: frozenset[str] = frozenset()
    target_professions: frozenset[str] = frozenset()
    need_professions: frozenset[str] = frozenset()


def may_leave_design(facts: PlanFacts) -> Verdict:
    """All planning rules together."""
    return verdict(
        [
            *gap_described(facts),
            *needs_explained(facts),
            *designed_to_change(facts),
            not_knowledge_only(facts),
            format_explained(facts),
            competency_chosen(facts),
            *interprofessional_supported(facts),
        ]
    )


def count_words(text: str) -> int:
    """Words as the limits of the structured abstract count them: what blanks separate."""
    return len(text.split())


def gap_described(facts: PlanFacts) -> tuple[Reason, ...]:
    """R-NEED-1: the gap is there, typed as the program types gaps, and fits the abstract."""
    limit = load_book("accme").integer("abstract.gap_words")
    found = [_text_problem("R-NEED-1", "practice gap", facts.gap_text, limit, "gap_text")]
    if facts.gap_types and facts.gap_type not in facts.gap_types:
        choices = ", ".join(facts.gap_types)
        found.append(Reason("R-NEED-1", "The practice gap has no type.", f"Choose one of {choices}.", "gap_type"))
    return tuple(reason for reason in found if reason)


def needs_explained(facts: PlanFacts) -> tuple[Reason, ...]:
    """R-NEED-2: at least one typed and explained need, and a source that somebody else can find."""
    book = load_book("accme")
    kinds, limit = book.names("need.types"), book.integer("abstract.need_words")
    found: list[Reason | None] = []
    if not facts.needs:
        found.append(_need("The gap has no underlying need.", f"Say what is missing: {', '.join(kinds)}.", "needs"))
    for need in facts.needs:
        if need.kind not in kinds:
            found.append(_need(f"A need has the type “{need.kind}”.", f"Use {', '.join(kinds)}.", "needs"))
        found.append(_text_problem("R-NEED-2", f"{need.kind} need", need.text, limit, "needs"))
    if not any(source.citation.strip() or source.has_file for source in facts.sources):
        found.append(
            _need("The gap has no source with a citation or a file.", "Add where it is known from.", "sources")
        )
    return tuple(reason for reason in found if reason)


def designed_to_change(facts: PlanFacts) -> tuple[Reason, ...]:
    """R-DTC-1: an intended change in competence, performance or patient outcomes, tied to the mission."""
    book = load_book("accme")
    kinds, limit = book.names("change.types"), book.integer("abstract.change_words")
    changes = [change for change in facts.changes if change.kind in kinds]
    if not changes:
        words = ", ".join(_plain(kind) for kind in kinds)
        return (Reason("R-DTC-1", "No intended change is chosen.", f"Choose at least one of {words}.", "changes"),)
    found = [_text_problem("R-DTC-1", f"{_plain(c.kind)} change", c.text, limit, "changes") for c in changes]
    if not any(change.linked_to_expected_result for change in changes):
        found.append(
            Reason(
                "R-DTC-1",
                "No intended change is linked to an expected result of the mission.",
                "Choose the expected result that it serves.",
                "expected_result",
            )
        )
    return tuple(reason for reason in found if reason)


def not_knowledge_only(facts: PlanFacts) -> Reason | None:
    """R-DTC-2: learning is more than taking in knowledge; knowledge alone is not an accredited design."""
    if not facts.changes or {change.kind for change in facts.changes} != {"knowledge"}:
        return None
    return Reason(
        "R-DTC-2",
        "The activity is designed to change knowledge only.",
        "Add what learners will be able to do (competence), will do (performance), or what patients gain from it.",
        "changes",
    )


def format_explained(facts: PlanFacts) -> Reason | None:
    """R-FMT-1: why the format fits content, aims and audience, in the words the abstract allows."""
    limit = load_book("accme").integer("abstract.format_words")
    return _text_problem("R-FMT-1", "reason why the format fits", facts.format_rationale, limit, "format_rationale")


def competency_chosen(facts: PlanFacts) -> Reason | None:
    """R-CMP-1: at least one desirable attribute or competency."""
    if facts.competencies:
        return None
    return Reason(
        "R-CMP-1", "No competency is chosen.", "Choose at least one that the activity addresses.", "competencies"
    )


def interprofessional_supported(facts: PlanFacts) -> tuple[Reason, ...]:
    """R-IPE-1 (warning): an interprofessional activity is planned by its professions and answers needs of each of them."""
    if not facts.interprofessional:
        return ()
    least = load_book("ja").integer("ipce.minimum_professions")
    found: list[Reason] = []
    if len(facts.target_professions) < least:
        found.append(_ipe(f"An interprofessional audience has at least {least} professions.", "target_professions"))
    without_planner = sorted(facts.target_professions - facts.planner_professions)
    if without_planner:
        found.append(_ipe(f"No planner comes from: {', '.join(without_planner)}.", "planner_professions"))
    if len(facts.planner_professions) < least:
        found.append(_ipe(f"Fewer than {least} professions plan this activity.", "planner_professions"))
    without_need = sorted(facts.target_professions - facts.need_professions)
    if without_need:
        found.append(_ipe(f"No gap or need names: {', '.join(without_need)}.", "need_professions"))
    return tuple(found)


def _text_problem(rule: str, what: str, text: str, limit: int, field: str) -> Reason | None:
    count = count_words(text)
    if not count:
        return Reason(rule, f"The {what} is not described.", f"Describe it in at most {limit} words.", field)
    if count > limit:
        return Reason(rule, f"The {what} has {count} words; {limit} are allowed.", "Shorten it.", field)
    return None


def _need(sentence: str, next_step: str, field: str) -> Reason:
    return Reason("R-NEED-2", sentence, next_step, field)


def _ipe(sentence: str, field: str) -> Reason:
    step = "Add planners and needs of the missing professions, or do not call it interprofessional."
    return Reason("R-IPE-1", sentence, step, field, Severity.WARN)


def _plain(kind: str) -> str:
    return kind.replace("_", " ")
