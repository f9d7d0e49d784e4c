"""Is the content valid, balanced, and honest about artificial intelligence? Standards 1 and 2, and the guidance on AI."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.rules.books import load_book
from lifelong.rules.verdict import Reason, Severity, Verdict, counted, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFacts:
    """One session's or module's content as reviewed. `ai_assisted` leaves grammar tools aside."""

    title: str
    references: int = 0
    validity_approved: bool = False
    balanced: bool = False
    free_of_marketing: bool = False
    deidentified: bool = False
    ai_assisted: bool = False
    ai_human_review: bool = False
    ai_told_to_learners: bool = False


def may_release(facts: ContentFacts) -> Verdict:
    """R-S1-1 and R-AI-1 together, for one piece of content."""
    return verdict([*content_valid(facts), ai_declared(facts)])


def content_valid(facts: ContentFacts) -> tuple[Reason, ...]:
    """R-S1-1: evidence named, and a reviewer found it valid, balanced, without marketing and without patients' identity."""
    least = load_book("lifelong").integer("content.references_per_session")
    checks = (
        (
            facts.references >= least,
            f"has fewer than {counted(least, 'reference', 'references')}",
            "Add the evidence.",
            "references",
        ),
        (facts.validity_approved, "has not been approved for validity", "Have it reviewed.", "validity"),
        (facts.balanced, "has not been found balanced", "Have a reviewer answer this.", "balanced"),
        (facts.free_of_marketing, "has not been found free of logos and marketing", "Check the slides.", "marketing"),
        (
            facts.deidentified,
            "has not been found free of patients' identity",
            "Check images and cases.",
            "deidentified",
        ),
    )
    return tuple(
        Reason("R-S1-1", f"“{facts.title}” {sentence}.", next_step, field)
        for holds, sentence, next_step, field in checks
        if not holds
    )


def ai_declared(facts: ContentFacts) -> Reason | None:
    """R-AI-1 (warning): AI-assisted content is reviewed by a person and named to learners."""
    if not facts.ai_assisted or (facts.ai_human_review and facts.ai_told_to_learners):
        return None
    missing = "a person's review" if not facts.ai_human_review else "a word to learners"
    return Reason(
        "R-AI-1",
        f"“{facts.title}” was made with the help of AI and lacks {missing}.",
        f"Add {missing}.",
        "ai_assisted",
        Severity.WARN,
    )
