"""Credit is designated, withdrawn; content is reviewed; an activity is published."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any, refuse_unless
from lifelong.loop.designation import reads
from lifelong.loop.designation.credit import SYSTEMS, CreditSystem, arithmetic, credit_format
from lifelong.loop.designation.gates import BEFORE_PUBLICATION, designation_facts, gate_facts
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.integrity.actions import freeze_learner_disclosure
from lifelong.loop.integrity.models import ContentReview
from lifelong.loop.planning.actions.gates import rule_version
from lifelong.loop.planning.models import Activity, GatePassed, PlanningRole, Session
from lifelong.loop.planning.reads import gates_passed
from lifelong.rules.books import book_version
from lifelong.rules.designation import credit_increment, may_designate

BOOK_OF = {"ama": ("accme", "ama"), "ancc": ("ancc",), "acpe": ("acpe",), "ipce": ("ja",), "participation": ("accme",)}


@action(needs=Permission.DESIGNATE_CREDIT, audit="credit.designated")
def designate(
    actor: Actor,
    activity: Activity,
    *,
    credit_system: str,
    profession: str = "",
    maximum: Decimal,
    is_per_session: bool | None = None,
    uan: str = "",
    acpe_type: str = "",
    conditions: Collection[str] = (),
) -> Designation:
    """Promise at most `maximum` of a credit system to one learner of a profession; per session of a series, else for the whole.

    `conditions`: of interprofessional credit, as the office answers them. Natural key: activity, system, profession.
    Raises Problem with every rule that stands against it; the arithmetic of the agenda is kept on the row.
    """
    system = _system_for(activity, credit_system, profession)
    per_session = activity.is_series if is_per_session is None else is_per_session
    counted = arithmetic(activity, credit_system, per_session=per_session)
    row = Designation(
        activity=activity, credit_system=credit_system, profession=profession, maximum=maximum, increment=credit_increment(credit_system),
        is_per_session=per_session, unit=system.unit, uan=uan.strip(), acpe_type=acpe_type, conditions=sorted(conditions),
        minutes=Decimal(counted.minutes.numerator) / Decimal(counted.minutes.denominator) if counted else None,
        rule_book_version=book_version(BOOK_OF[credit_system]), designated_at=clock.now(), designated_by_id=actor.person_id,
    )  # fmt: skip
    same = activity.designations.filter(credit_system=credit_system, profession=profession, withdrawn_at=None).first()
    if same is not None:
        if (same.maximum, same.is_per_session, same.uan, same.acpe_type) == (
            row.maximum,
            per_session,
            row.uan,
            acpe_type,
        ):
            return already(same)  # type: ignore[no-any-return]
        raise problem(
            "designation.exists",
            f"{system.label} is designated already: {same.maximum}.",
            "Withdraw that designation first.",
            "maximum",
        )
    refuse_unless(may_designate(designation_facts(activity, row)))
    row.save()
    if activity.published_at is not None:
        _freeze_statements(activity)
    return row


def _system_for(activity: Activity, credit_system: str, profession: str) -> CreditSystem:
    """The credit system, if it exists, is open to the profession, and the activity may carry credit at all."""
    system = SYSTEMS.get(credit_system)
    if system is None:
        raise problem(
            "designation.system",
            f"“{credit_system}” is not a credit system here.",
            f"Choose one of {', '.join(SYSTEMS)}.",
            "credit_system",
        )
    if profession not in system.professions:
        names = ", ".join(name.replace("_", " ") or "every profession" for name in system.professions)
        raise problem("R-CR-4", f"{system.label} is designated for: {names}.", "Choose that profession.", "profession")
    if activity.track == Activity.Track.COMMUNITY or credit_format(activity) == "none":
        raise problem(
            "designation.community",
            "Education for the public carries no credit.",
            "Leave the credit out, or plan an activity for professionals.",
            "credit_system",
        )
    return system


@action(needs=Permission.DESIGNATE_CREDIT, audit="designation.withdrawn")
def withdraw(actor: Actor, designation: Designation) -> Designation:
    """Take a designation back before anything was delivered under it. What learners were promised in a room stays."""
    designation = (
        Designation.objects.select_for_update(of=("self",)).select_related("activity__provider").get(pk=designation.pk)
    )
    if designation.withdrawn_at is not None:
        return already(designation)
    activity = designation.activity
    begun = activity.sessions.filter(
        cancelled_at=None, starts_at__gt=designation.designated_at, starts_at__lte=clock.now()
    )
    if begun.exists():
        raise problem(
            "designation.delivered",
            "A session was held with this credit.",
            "Leave it; designate another amount for a new activity.",
            "designation",
        )
    designation.withdrawn_at = clock.now()
    designation.save(update_fields=["withdrawn_at"])
    if activity.published_at is not None:
        _freeze_statements(activity)
    return designation


@action(needs=Permission.REVIEW_CONTENT, audit="content.reviewed")
def review_content(
    actor: Actor,
    activity: Activity,
    *,
    is_valid: bool,
    is_balanced: bool,
    is_free_of_marketing: bool,
    session: Session | None = None,
    evolving_topic: bool = False,
    note: str = "",
) -> ContentReview:
    """A reviewer's word on the content of an activity or one session (R-S1-1). A later review replaces an earlier one; both stay."""
    if actor.person_id is None:
        raise problem("content.reviewer", "A review needs a person.", "Sign in as the reviewer.", "reviewer")
    if session is not None and session.activity_id != activity.pk:
        raise problem(
            "planning.session",
            "This session belongs to another activity.",
            "Choose one of this activity's sessions.",
            "session",
        )
    teaches = PlanningRole.objects.filter(
        activity=activity, person_id=actor.person_id, kind=PlanningRole.Kind.FACULTY, ended_at=None
    )
    if teaches.exists():
        raise problem("R-S1-1", "Nobody reviews the content they teach.", "Ask another reviewer.", "reviewer")
    values = {
        "is_valid": is_valid,
        "is_balanced": is_balanced,
        "is_free_of_marketing": is_free_of_marketing,
        "evolving_topic": evolving_topic,
        "note": note,
    }
    last = (
        ContentReview.objects.filter(activity=activity, session=session, reviewer_id=actor.person_id)
        .order_by("-reviewed_at")
        .first()
    )
    if last is not None and all(getattr(last, name) == value for name, value in values.items()):
        return already(last)  # type: ignore[no-any-return]
    return ContentReview.objects.create(
        activity=activity, session=session, reviewer_id=actor.person_id, reviewed_at=clock.now(), **values
    )


@action(needs=Permission.PUBLISH, audit="activity.published")
def publish(actor: Actor, activity: Activity) -> Activity:
    """Open an activity to learners: every gate up to publication holds, statements and disclosure are frozen as shown.

    Raises Problem with all that is missing, by rule id. Gates that hold and were not recorded are recorded with it.
    """
    # read again under lock: of two presses at once the second finds it open, and freezes nothing a second time
    opened = Activity.objects.select_for_update().filter(pk=activity.pk).values_list("published_at", flat=True).first()
    if opened is not None:
        activity.published_at = opened
        return already(activity)
    facts = gate_facts(activity)
    refuse_if_any(reads.missing_to_publish(activity, facts))
    now = clock.now()
    passed = gates_passed(activity)
    GatePassed.objects.bulk_create(
        [
            GatePassed(
                activity=activity, gate=gate.value, at=now, by_id=actor.person_id, rule_book_version=rule_version()
            )
            for gate in BEFORE_PUBLICATION
            if gate not in passed
        ]
    )
    _freeze_statements(activity)
    _freeze_disclosures(actor, activity)
    activity.published_at = now
    activity.save(update_fields=["published_at"])
    return activity


def _freeze_statements(activity: Activity) -> None:
    now = clock.now()
    RequiredStatement.objects.bulk_create(
        [
            RequiredStatement(activity=activity, kind=one.kind, text=one.text, status=one.status.value, frozen_at=now)
            for one in reads.render(activity)
        ]
    )


def _freeze_disclosures(actor: Actor, activity: Activity) -> None:
    """What learners are told, for the activity and for each session that has people of its own."""
    if activity.exception_to_disclosure:
        return
    own = PlanningRole.objects.filter(
        activity=activity, session__isnull=False, session__cancelled_at=None, ended_at=None
    )
    freeze_learner_disclosure(actor, activity)
    for session in Session.objects.filter(id__in=own.values("session_id"), ends_at__gt=clock.now()):
        freeze_learner_disclosure(actor, activity, session=session)
