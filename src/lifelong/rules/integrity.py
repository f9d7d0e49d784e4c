"""May this person take up this role, and what must learners be told? Standard 3 of the Standards for Integrity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lifelong.rules.books import load_book
from lifelong.rules.months import add_months
from lifelong.rules.verdict import Reason, Severity, Verdict, verdict


class RoleGroup(StrEnum):
    """Mitigation must suit the role: planners (committee, reviewers of planning) and faculty (authors, all others)."""

    PLANNER = "planner"
    FACULTY = "faculty"


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationFacts:
    """What was done about a relevant relationship. `by_conflicted`: the reviewer has a relevant relationship of their own."""

    strategy: str
    done_at: datetime
    description: str = ""
    by_conflicted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipFacts:
    """One financial relationship with an ineligible company.

    `nature`: a key of the book (employee, consultant, …, ownership). `private_company_equity`: shares in a company that is not
    publicly traded; for an ownership it must be answered (None: not answered). `relevant` is None until somebody decides;
    `decided_by_conflicted`: the decider has a relevant relationship of their own. `ended_on`: it is over since that day.
    """

    company: str
    nature: str
    private_company_equity: bool | None = None
    ended_on: date | None = None
    relevant: bool | None = None
    relevance_reason: str = ""
    decided_by_conflicted: bool = False
    mitigation: MitigationFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """One person, one role, one activity.

    `covers_from`: first day that the disclosure looks back to; `attested_at`: when the person signed it (None: not yet).
    `exclusion_exception`: key of the book for owners and employees, with reason and the instant it was signed off.
    `activity_exception`: key of the book that frees the whole activity from Standard 3, with reason and approval.
    """

    person: str
    group: RoleGroup
    role_starts_at: datetime
    attested_at: datetime | None = None
    covers_from: date | None = None
    relationships: tuple[RelationshipFacts, ...] = ()
    exclusion_exception: str = ""
    exclusion_exception_reason: str = ""
    exclusion_exception_signed_at: datetime | None = None
    activity_exception: str = ""
    activity_exception_reason: str = ""
    activity_exception_approved: bool = False
    activity_is_series: bool = False


def may_start_role(facts: RoleFacts) -> Verdict:
    """Disclosed, not excluded, every relationship decided, every relevant one mitigated, all before the role starts."""
    exempt = activity_is_exempt(facts)
    if exempt.holds:
        return exempt
    return verdict(
        [
            *(exempt.reasons if facts.activity_exception else ()),
            *disclosure_covers(facts),
            disclosure_is_recent(facts),
            *(exclusion_reason(facts, relationship) for relationship in facts.relationships),
            *relevance_decided(facts),
            *mitigated_before_start(facts),
        ]
    )


def activity_is_exempt(facts: RoleFacts) -> Verdict:
    """R-S3-1: whether an approved whole-activity exception makes the steps of Standard 3 unnecessary."""
    book = load_book("accme")
    exceptions = book.table("sii.activity_exceptions")
    key = facts.activity_exception
    if key not in exceptions:
        return Verdict((_exempt("This is not an exception that frees an activity from Standard 3."),))
    if facts.activity_is_series and key in book.names("sii.activity_exceptions_not_for_series"):
        return Verdict((_exempt("A series such as rounds is never education whose content learners control."),))
    if not facts.activity_exception_reason.strip() or not facts.activity_exception_approved:
        return Verdict((_exempt("The exception for the whole activity has no reason or no approval."),))
    return Verdict()


def disclosure_covers(facts: RoleFacts) -> tuple[Reason, ...]:
    """R-S3-1: an attested disclosure that looks back far enough from the start of the role."""
    months = load_book("accme").integer("sii.lookback_months")
    if facts.attested_at is None or facts.covers_from is None:
        return (_disclose(f"{facts.person} has not disclosed.", f"Ask {facts.person} for the disclosure."),)
    found: list[Reason] = []
    if facts.attested_at > facts.role_starts_at:
        found.append(_disclose(f"{facts.person} disclosed only after the role had begun.", "Let the role start later."))
    needed_from = add_months(facts.role_starts_at.date(), -months)
    if facts.covers_from > needed_from:
        sentence = f"The disclosure of {facts.person} starts on {facts.covers_from}, and {months} months are asked for."
        found.append(_disclose(sentence, f"Ask for the time since {needed_from}."))
    return tuple(found)


def disclosure_is_recent(facts: RoleFacts) -> Reason | None:
    """R-S3-6 (warning): an old disclosure is confirmed again before a new role."""
    months = load_book("lifelong").integer("disclosure.ask_again_months")
    if facts.attested_at is None or add_months(facts.attested_at.date(), months) >= facts.role_starts_at.date():
        return None
    sentence = f"The disclosure of {facts.person} is older than {months} months."
    return Reason("R-S3-6", sentence, "Ask for a confirmation or an update.", "attested_at", Severity.WARN)


def is_excluding(relationship: RelationshipFacts) -> bool:
    """Employees and owners; equity in a private company makes an owner. A relationship that ended no longer excludes."""
    if relationship.ended_on is not None:
        return False
    employed = relationship.nature in load_book("accme").names("sii.excluding_natures")
    return employed or relationship.private_company_equity is True


def exclusion_reason(facts: RoleFacts, relationship: RelationshipFacts) -> Reason | None:
    """R-S3-2: an owner or employee has no role, unless one of three exceptions is chosen, reasoned and signed."""
    if relationship.nature == "ownership" and relationship.private_company_equity is None:
        return Reason(
            "R-S3-2",
            f"It is not known whether {relationship.company}, in which {facts.person} holds equity, is privately held.",
            "Ask: equity in a privately held company makes an owner, publicly traded shares do not.",
            "private_company_equity",
        )
    if not is_excluding(relationship):
        return None
    exceptions = load_book("accme").table("sii.exclusion_exceptions")
    tie = "owner" if relationship.private_company_equity else "employee"
    if facts.exclusion_exception not in exceptions:
        return Reason(
            "R-S3-2",
            f"{facts.person} is {tie} of {relationship.company}, an ineligible company, and cannot have this role.",
            "Choose another person, or record one of the three exceptions with its reason.",
            "exclusion_exception",
        )
    signed = facts.exclusion_exception_signed_at
    if facts.exclusion_exception_reason.strip() and signed is not None and signed <= facts.role_starts_at:
        return None
    return Reason(
        "R-S3-2",
        f"The exception for {facts.person} has no reason or was not signed before the role.",
        "Write the reason and have it signed.",
        "exclusion_exception_reason",
    )


def needs_decision(facts: RoleFacts) -> tuple[RelationshipFacts, ...]:
    """The relationships whose relevance nobody without a conflict has decided, with a reason."""
    return tuple(
        relationship
        for relationship in facts.relationships
        if relationship.relevant is None
        or relationship.decided_by_conflicted
        or not relationship.relevance_reason.strip()
    )


def relevance_decided(facts: RoleFacts) -> tuple[Reason, ...]:
    """R-S3-3: one reason per undecided relationship."""
    return tuple(
        Reason(
            "R-S3-3",
            f"Nobody without a conflict has decided, with a reason, whether {facts.person}'s relationship with "
            f"{relationship.company} is relevant.",
            "Let a reviewer without relevant relationships decide.",
            "relevant",
        )
        for relationship in needs_decision(facts)
    )


def mitigation_allowed(group: RoleGroup, strategy: str) -> bool:
    """Whether the menu of the role group holds this strategy."""
    return strategy in load_book("accme").table(f"sii.mitigation.{group.value}")


def mitigated_before_start(facts: RoleFacts) -> tuple[Reason, ...]:
    """R-S3-4: every relevant relationship is mitigated in a way that suits the role, before the role starts."""
    found = (_mitigation_problem(facts, item) for item in facts.relationships if item.relevant)
    return tuple(reason for reason in found if reason)


def _mitigation_problem(facts: RoleFacts, relationship: RelationshipFacts) -> Reason | None:
    done, what = relationship.mitigation, f"{facts.person}'s relationship with {relationship.company}"
    if done is None:
        sentence, step = f"{what} is relevant and not mitigated.", "Record what was done about it."
    elif not mitigation_allowed(facts.group, done.strategy):
        sentence = f"“{done.strategy}” does not suit a {facts.group.value}."
        menu = load_book("accme").table(f"sii.mitigation.{facts.group.value}").values()
        step = "Choose one of: " + "; ".join(str(item) for item in menu) + "."
    elif done.strategy == "other" and not done.description.strip():
        sentence, step = f"The mitigation of {what} is not described.", "Describe what was done."
    elif done.strategy == "ended" and relationship.ended_on is None:
        sentence, step = f"{what} is said to be over, but no day is given.", "Enter the day on which it ended."
    elif done.by_conflicted:
        sentence, step = f"{what} was reviewed by a person with relevant relationships.", "Choose another reviewer."
    elif done.done_at >= facts.role_starts_at:
        sentence, step = f"{what} was mitigated only after the role had begun.", "Let the role start later."
    else:
        return None
    return Reason("R-S3-4", sentence, step, "mitigation")


# What learners are told ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonToDisclose:
    """A person in control of content as learners read it; `relationships`: the relevant ones, as (company, nature in words)."""

    name: str
    role: str
    relationships: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LearnerDisclosure:
    """The parts and the whole. `relations` one line per person, `mitigation` empty where there is nothing to mitigate."""

    relations: tuple[str, ...]
    mitigation: str
    absence: str

    @property
    def text(self) -> str:
        return "\n".join(part for part in (*self.relations, self.mitigation, self.absence) if part)


def learner_disclosure(people: Sequence[PersonToDisclose]) -> LearnerDisclosure:
    """The text for learners: names, companies, natures, that all was mitigated, and who has nothing to disclose."""
    book = load_book("accme")
    lines = tuple(
        f"{person.name} ({person.role}): "
        + "; ".join(f"{company} ({nature})" for company, nature in person.relationships)
        + "."
        for person in people
        if person.relationships
    )
    free = [person.name for person in people if not person.relationships]
    absence = ""
    if free:
        template = book.text("sii.disclosure.none_one" if len(free) == 1 else "sii.disclosure.none_many")
        absence = template.format(names=_list(free))
    return LearnerDisclosure(lines, book.text("sii.disclosure.lead") if lines else "", absence)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureShownFacts:
    """What learners saw and when. `trade_names`: product names that the office knows of these companies."""

    people: tuple[PersonToDisclose, ...]
    text: str
    shown_at: datetime | None
    starts_at: datetime
    trade_names: tuple[str, ...] = ()
    exempt: bool = False


def disclosure_shown(facts: DisclosureShownFacts) -> tuple[Reason, ...]:
    """R-S3-5: shown before the start, complete, and without logos, trade names or product messages."""
    if facts.exempt:
        return ()
    found: list[Reason] = []
    if facts.shown_at is None:
        found.append(_shown("Learners have not been shown the disclosure.", "Publish it before the activity."))
    elif facts.shown_at >= facts.starts_at:
        found.append(_shown("Learners saw the disclosure only after the start.", "Show it before the next session."))
    expected = learner_disclosure(facts.people)
    told = facts.text.casefold()
    names = [part for person in facts.people for part in (person.name, *(c for c, _ in person.relationships))]
    missing = [name for name in names if name.casefold() not in told]
    if missing:
        found.append(_shown(f"The disclosure does not name {', '.join(missing)}.", "Generate the text again."))
    for part, what in ((expected.mitigation, "that relationships were mitigated"), (expected.absence, "who has none")):
        if part and part.casefold() not in told:
            found.append(_shown(f"The disclosure does not say {what}.", "Generate the text again."))
    marks = load_book("lifelong").names("disclosure.forbidden_marks")
    forbidden = [mark for mark in (*marks, *facts.trade_names) if mark.casefold() in told]
    if forbidden:
        found.append(_shown(f"The disclosure contains {', '.join(forbidden)}.", "Leave company names only."))
    return tuple(found)


def _disclose(sentence: str, next_step: str) -> Reason:
    return Reason("R-S3-1", sentence, next_step, "disclosure")


def _exempt(sentence: str) -> Reason:
    return Reason("R-S3-1", sentence, "Follow all steps, or correct the exception.", "activity_exception")


def _shown(sentence: str, next_step: str) -> Reason:
    return Reason("R-S3-5", sentence, next_step, "disclosure_text")


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
