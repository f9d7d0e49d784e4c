"""May this learner claim this credit now, and how much of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal

from lifelong.rules.books import BookError, load_book
from lifelong.rules.timespans import Span, credit_of_unique_time, to_step, touching
from lifelong.rules.verdict import Reason, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedSpan:
    """Credit of the same system that the learner already holds for a session: its time, its maximum, what was awarded."""

    starts_at: datetime
    ends_at: datetime
    maximum: Decimal
    awarded: Decimal
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What is known when credit is claimed.

    `amount` asked for and `maximum` designated, in the unit of the system; `already_awarded_amount` for this very session;
    `starts_at/ends_at` of the session (None for material without a fixed time); `opens_at`: when what the credit is for has ended
    (None for material that everybody ends on their own); `awarded_spans`: other sessions with credit of this system. `professions` may hold the system's credit; empty means everybody. Instants are aware.
    """

    credit_system: str
    amount: Decimal
    maximum: Decimal
    increment: Decimal
    now: datetime
    profession: str = ""
    professions: tuple[str, ...] = ()
    attended: bool = True
    evaluation_required: bool = False
    evaluation_done: bool = False
    assessment_required: bool = False
    assessment_passed: bool = False
    window_closes_at: datetime | None = None
    late_claim_approved: bool = False
    is_faculty_of_session: bool = False
    is_repeat_of_awarded_session: bool = False
    already_awarded_amount: Decimal = Decimal(0)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    awarded_spans: tuple[AwardedSpan, ...] = ()
    designated_at: datetime | None = None
    delivered_from: datetime | None = None
    opens_at: datetime | None = None
    stages_missing: tuple[str, ...] = ()  # of performance improvement: what the learner took no part in
    paused: bool = False
    zone: tzinfo = UTC


def may_claim(facts: ClaimFacts) -> Verdict:
    """All that stands in the way of the claim, in the order in which a learner can mend it."""
    return verdict(
        [
            _paused(facts),
            designated_before_delivery(facts.designated_at, facts.delivered_from),
            _begun(facts),
            profession_may_hold(facts.credit_system, facts.profession, facts.professions),
            not_own_session(facts.is_faculty_of_session),
            _attended(facts),
            _stages(facts),
            _repeat(facts),
            _assessment(facts),
            _evaluation(facts),
            _window(facts),
            _amount(facts),
        ]
    )


def _stages(facts: ClaimFacts) -> Reason | None:
    """R-CR-6, asked of the learner: credit of performance improvement is for all its stages. How it is split is unconfirmed (AMA-PI)."""
    if not facts.stages_missing:
        return None
    return Reason(
        "R-CR-6",
        f"This credit is for all stages; you have not taken part in {', '.join(facts.stages_missing)}.",
        "Claim after the last stage. If you stop before, ask the CE office.",
        "stages",
    )


def claimable(facts: ClaimFacts) -> Decimal:
    """The most that the learner may still claim for this session, in steps, after other sessions at the same time."""
    left = min(facts.maximum - facts.already_awarded_amount, _time_allowance(facts))
    return max(Decimal(0), facts.increment * (left // facts.increment))


def parse_amount(text: object) -> Decimal | Reason:
    """Read an amount as a person writes it: plain digits and at most one point. Anything else is a reason, never a guess."""
    book = load_book("lifelong")
    whole, decimals = book.integer("claim.amount_whole_digits"), book.integer("claim.amount_decimals")
    longest = whole + 1 + decimals
    written = text.strip(" ") if isinstance(text, str) and len(text) <= 4 * longest else None
    if written and re.fullmatch(rf"[0-9]{{1,{whole}}}(\.[0-9]{{1,{decimals}}})?", written):
        return Decimal(written)
    if written and re.fullmatch(r"[0-9]+,[0-9]+", written):
        return _unreadable("The amount is written with a comma.", f"Write it with a point: {written.replace(',', '.')}")
    if not written and isinstance(text, str) and not text.strip():
        return _unreadable("No amount was given.", "Enter the credit that you claim, for example 0.75.")
    return _unreadable("The amount is not a plain number.", "Enter digits with at most one point, for example 0.75.")


def claim_window_closes_at(ended_at: datetime, zone: tzinfo, days: int | None = None) -> datetime:
    """The first instant at which a claim is too late: the end of the last day in the zone of the activity, in UTC."""
    length = load_book("lifelong").integer("claim.window_days") if days is None else days
    last_day = ended_at.astimezone(zone).date() + timedelta(days=length)
    return datetime.combine(last_day + timedelta(days=1), time(0), zone).astimezone(UTC)


def professions_of(credit_system: str) -> tuple[str, ...]:
    """Who may hold the credit of a system, from its book; empty where the book leaves it open."""
    try:
        return load_book(credit_system).names("credit.professions")
    except BookError:
        return ()


def designated_before_delivery(designated_at: datetime | None, delivered_from: datetime | None) -> Reason | None:
    """R-CR-2: credit exists from before the first delivery, or not at all."""
    if designated_at is None:
        sentence = "No credit was designated for this activity."
    elif delivered_from is not None and designated_at >= delivered_from:
        sentence = "Credit was designated after the activity had begun, and credit is never given retroactively."
    else:
        return None
    return Reason("R-CR-2", sentence, "Designate credit before the first delivery; ask the CE office.", "designated_at")


def profession_may_hold(credit_system: str, profession: str, professions: tuple[str, ...] = ()) -> Reason | None:
    """R-CR-4: AMA PRA credit is for physicians; the same check serves every system that names its professions."""
    allowed = professions or professions_of(credit_system)
    if not allowed or profession in allowed:
        return None
    return Reason(
        "R-CR-4",
        f"{credit_system.upper()} credit is not open to the profession in your profile.",
        "Choose a credit of your profession or a certificate of participation, or correct your profession.",
        "profession",
    )


def not_own_session(is_faculty_of_session: bool) -> Reason | None:
    """R-CR-5: who teaches a session holds no learner credit for it."""
    if not is_faculty_of_session:
        return None
    return Reason(
        "R-CR-5",
        "You taught this session, so learner credit for it is not possible.",
        "Claim the other sessions; ask the CE office about credit for teaching.",
        "session",
    )


def _unreadable(sentence: str, next_step: str) -> Reason:
    return Reason("claim.amount", sentence, next_step, "amount")


def _paused(facts: ClaimFacts) -> Reason | None:
    if not facts.paused:
        return None
    return Reason(
        "claim.paused",
        "Claims for this activity are paused while the office checks it.",
        "Try again later; nothing you entered is lost.",
        "activity",
    )


def _begun(facts: ClaimFacts) -> Reason | None:
    """Credit is for the extent of one's part in the activity (AMA), which nobody knows before it has ended."""
    opens_at = facts.opens_at or facts.delivered_from
    if opens_at is None or facts.now >= opens_at:
        return None
    happens = "ends" if facts.opens_at else "begins"
    return Reason(
        "claim.too_early",
        f"What this credit is for {happens} at {_clock(opens_at, facts.zone)}.",
        "Claim after you have taken part; you may evaluate before.",
        "now",
    )


def _attended(facts: ClaimFacts) -> Reason | None:
    if facts.attended:
        return None
    return Reason(
        "claim.not_attended",
        "No attendance is recorded for you.",
        "Enter the session code, or ask the CE office to check the attendance list.",
        "attended",
    )


def _repeat(facts: ClaimFacts) -> Reason | None:
    if not facts.is_repeat_of_awarded_session:
        return None
    return Reason(
        "claim.repeat",
        "You already hold credit for the same content in an earlier session.",
        "Claim only sessions with new content.",
        "session",
    )


def _assessment(facts: ClaimFacts) -> Reason | None:
    if not facts.assessment_required or facts.assessment_passed:
        return None
    return Reason(
        "claim.assessment_missing",
        "The assessment is not passed yet.",
        "Take the assessment and reach the passing level shown.",
        "assessment",
    )


def _evaluation(facts: ClaimFacts) -> Reason | None:
    if not facts.evaluation_required or facts.evaluation_done:
        return None
    return Reason(
        "claim.evaluation_missing",
        "The evaluation is not done yet.",
        "Fill in the evaluation, then claim.",
        "evaluation",
    )


def _window(facts: ClaimFacts) -> Reason | None:
    if facts.window_closes_at is None or facts.now < facts.window_closes_at or facts.late_claim_approved:
        return None
    return Reason(
        "claim.window_closed",
        f"The time to claim ended at {_clock(facts.window_closes_at, facts.zone)}.",
        "Ask the CE office for a late claim and say why it is late.",
        "now",
    )


def _amount(facts: ClaimFacts) -> Reason | None:
    amount, left = facts.amount, max(Decimal(0), facts.maximum - facts.already_awarded_amount)
    if amount.is_finite() and amount > left:
        return Reason(
            "R-CR-1",
            f"At most {facts.maximum} can be claimed here, and {left} of it is left.",
            f"Claim {left} or less." if left else "You need not claim again.",
            "amount",
        )
    if not amount.is_finite() or amount <= 0 or amount % facts.increment:
        return Reason(
            "R-CR-1",
            f"Credit is claimed in steps of {facts.increment}, above zero.",
            f"Enter a multiple of {facts.increment}.",
            "amount",
        )
    if amount > _time_allowance(facts):
        return _overlap(facts)
    return None


def _overlap(facts: ClaimFacts) -> Reason:
    assert facts.starts_at is not None and facts.ends_at is not None
    span = Span(facts.starts_at, facts.ends_at)
    titles = [
        other.title or _clock(other.starts_at, facts.zone)
        for other in facts.awarded_spans
        if span.overlaps(Span(other.starts_at, other.ends_at))
    ]
    left = claimable(facts)
    return Reason(
        "claim.overlap",
        f"Part of this time already carries credit from {', '.join(titles) or 'another session'}; the same time counts once.",
        f"Claim {left} or less." if left else "Claim a session at another time.",
        "amount",
    )


def _time_allowance(facts: ClaimFacts) -> Decimal:
    """What the learner's unique time still allows. Sessions that overlap, also in a chain, are counted together."""
    if facts.starts_at is None or facts.ends_at is None:
        return facts.maximum
    span = Span(facts.starts_at, facts.ends_at)
    spans = [Span(other.starts_at, other.ends_at) for other in facts.awarded_spans]
    near = touching(span, spans)
    if not near or not span.minutes:
        return facts.maximum
    valued = [(spans[position], facts.awarded_spans[position].maximum) for position in near]
    worth = credit_of_unique_time([*valued, (span, facts.maximum)], facts.increment)
    held = sum((facts.awarded_spans[position].awarded for position in near), facts.already_awarded_amount)
    return max(Decimal(0), to_step(worth - held, facts.increment))


def _clock(instant: datetime, zone: tzinfo) -> str:
    return instant.astimezone(zone).strftime("%H:%M %Z on %d %b %Y")
