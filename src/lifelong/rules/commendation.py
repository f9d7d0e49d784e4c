"""How far is each commendation criterion met? Counts and evidence against what the size of the program asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lifelong.rules.books import Status, load_book
from lifelong.rules.verdict import Reason, Severity, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFacts:
    """One criterion in the term: `count` of activities, examples or learners that meet it, and how many have evidence."""

    criterion: str
    count: int
    with_evidence: int
    activities_in_term: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Counted and needed; `status` is unconfirmed where nobody has read the number in a source."""

    criterion: str
    count: int
    needed: int
    with_evidence: int
    evidence_needed: int
    status: Status

    @property
    def met(self) -> bool:
        return self.count >= self.needed and self.with_evidence >= self.evidence_needed


def program_size(activities_in_term: int) -> str:
    """S, M, L or XL by the number of activities in the term; an upper bound belongs to the smaller size."""
    bounds = load_book("accme").table("size.upper_bounds")
    for size, bound in bounds.items():
        assert isinstance(bound, int)
        if activities_in_term <= bound:
            return size
    return "XL"


def standing(facts: CriterionFacts) -> Standing:
    """What the criterion needs for a program of this size. Raises KeyError for a criterion that the book does not hold."""
    book, size = load_book("accme"), program_size(facts.activities_in_term)
    if facts.criterion == "ILP":
        entry = book.entry("commendation.learning_plans")
        assert isinstance(entry.value, Mapping)
        needed = _whole(entry.value[size])
        return Standing("ILP", facts.count, needed, facts.with_evidence, needed, entry.status)
    entry = book.entry("commendation.standards")
    rule = book.table("commendation.standards")[facts.criterion]
    evidence = _whole(book.table("commendation.evidence")[size])
    if rule == "share":
        percent, least = book.integer("commendation.share_percent"), book.integer("commendation.share_minimum")
        share = -(-facts.activities_in_term * percent // 100)  # rounded up: "at least ten percent"
        return Standing(facts.criterion, facts.count, max(least, share), facts.with_evidence, evidence, entry.status)
    needed = evidence if rule == "evidence" else _whole(rule)
    return Standing(facts.criterion, facts.count, needed, facts.with_evidence, needed, entry.status)


def commendation_standing(criteria: Sequence[CriterionFacts]) -> Verdict:
    """R-COM-n (information): one reason per criterion that is claimed and not met yet, and one for the whole menu."""
    book = load_book("accme")
    standings = [standing(facts) for facts in criteria]
    found = [
        _told(
            f"{item.criterion}: {item.count} of {item.needed} counted, {item.with_evidence} of {item.evidence_needed} "
            "with evidence.",
            "Add activities or evidence.",
        )
        for item in standings
        if not item.met
    ]
    met = {item.criterion for item in standings if item.met}
    wanted = book.table("commendation.needed")
    total, outcomes = _whole(wanted["total"]), _whole(wanted["outcomes"])
    in_outcomes = len(met & set(book.names("commendation.outcome_criteria")))
    if len(met) < total or in_outcomes < outcomes:
        sentence = f"{len(met)} of {total} criteria are met, {in_outcomes} of {outcomes} in the outcomes category."
        found.append(_told(sentence, "Choose the criteria that are nearest."))
    return verdict(found)


def _told(sentence: str, next_step: str) -> Reason:
    return Reason("R-COM-n", sentence, next_step, "commendation", Severity.INFO)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a whole number is expected, not {value!r}")
    return value
