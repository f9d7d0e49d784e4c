"""Applications: the explainer confirmed, a draft kept, sent, decided with conditions, conditions met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.needs import actions as needs
from lifelong.loop.planning import intake
from lifelong.loop.planning.actions.activities import create_activity
from lifelong.loop.planning.models import Activity, Application, ApplicationCondition, ExplainerRead
from lifelong.loop.program.models import ExpectedResult, Organisation
from lifelong.rules.verdict import Reason

P = Permission
STATE = Application.State
FIELDS = frozenset(field for step in intake.steps() for field in step["fields"])
DECISIONS = {"approve": STATE.APPROVED, "return": STATE.DRAFT, "decline": STATE.DECLINED}


@action(needs=P.EDIT_PLANNING, audit="explainer.read")
def confirm_explainer(actor: Actor, organisation: Organisation) -> ExplainerRead:
    """The actor has read what continuing education is for. Natural key: person, program and version of the text."""
    row, made = ExplainerRead.objects.get_or_create(
        provider_id=organisation.provider_id,
        person_id=actor.person_id or 0,
        version=intake.explainer()["version"],
        defaults={"read_at": clock.now()},
    )
    return row if made else already(row)


@action(needs=P.EDIT_PLANNING, audit="application.begun")
def begin_application(
    actor: Actor, /, organisation: Organisation, *, title: str, request_key: str = "", **said: Any
) -> Application:
    """Begin an application of a department. Refused before the explainer is confirmed (UCONN-21), and without a title."""
    if request_key:
        twin = Application.objects.filter(provider_id=organisation.provider_id, request_key=request_key).first()
        if twin is not None:
            return already(twin)  # type: ignore[no-any-return]
    if intake.explainer_read(actor.person_id, organisation.provider) is None:
        raise problem(
            "planning.explainer",
            "The short text on what continuing education is for has not been confirmed.",
            "Read it and confirm it; it takes two minutes, once.",
        )
    refuse_if_any(_unknown(title, said))
    return Application.objects.create(
        provider_id=organisation.provider_id, organisation=organisation, applicant_id=actor.person_id or 0, title=title.strip()[:200],
        begun_at=clock.now(), request_key=request_key, **said,
    )  # fmt: skip


@action(needs=P.EDIT_PLANNING, audit="application.written")
def write_application(actor: Actor, /, application: Application, **said: Any) -> Application:
    """Keep what was written in a step, complete or not. Refused once it is sent."""
    application = _now(application)
    _writable(application)
    refuse_if_any(_unknown(said.get("title", application.title), said))
    if all(getattr(application, name) == value for name, value in said.items()):
        return already(application)
    for name, value in said.items():
        setattr(application, name, value)
    application.save()
    return application


@action(needs=P.EDIT_PLANNING, audit="application.submitted")
def submit_application(actor: Actor, application: Application) -> Application:
    """Send it to the office. An incomplete gap cannot be sent (UCONN-14): every reason is named with its field."""
    application = _now(application)
    if application.state == STATE.SUBMITTED:
        return already(application)
    _writable(application)
    refuse_if_any(intake.missing(application))
    application.state, application.submitted_at = STATE.SUBMITTED, clock.now()
    application.save()
    return application


@action(needs=P.PASS_GATE, audit="application.decided")
def decide_application(
    actor: Actor, application: Application, *, decision: str, note: str = "", expected_results: Iterable[ExpectedResult] = (),
    conditions: Sequence[tuple[str, dt.date]] = (),
) -> Application:  # fmt: skip
    """Approve (with conditions, each with its day), return for changes, or decline. `decision`: approve, return, decline.

    An approved application becomes a gap with its need and source, and an activity that addresses it; both are the applicant's.
    """
    application = _now(application)
    if decision in DECISIONS and application.state == DECISIONS[decision] and application.decided_at:
        return already(application)
    if application.state != STATE.SUBMITTED:
        raise problem("planning.application", "This application does not wait for a decision.", "Look at its state.")
    refuse_if_any(_decision_reasons(application, decision, note, list(conditions)))
    if decision == "approve":
        application.activity = _planned(application, list(expected_results))
        ApplicationCondition.objects.bulk_create(
            [
                ApplicationCondition(application=application, text=text.strip()[:300], due_on=on)
                for text, on in conditions
            ]
        )
    application.state, application.decision_note = DECISIONS[decision], note.strip()
    application.decided_at, application.decided_by_id = clock.now(), actor.person_id
    application.save()
    return application


@action(needs=P.PASS_GATE, audit="condition.met")
def meet_condition(actor: Actor, condition: ApplicationCondition) -> ApplicationCondition:
    """The office has seen that a condition is met."""
    condition = ApplicationCondition.objects.select_for_update().get(pk=condition.pk)
    if condition.met_at is not None:
        return already(condition)
    condition.met_at, condition.met_by_id = clock.now(), actor.person_id
    condition.save()
    return condition


def _now(application: Application) -> Application:
    """The application as it stands, held until the end: the page it was read for may be stale."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("provider", "organisation")
    return rows.get(pk=application.pk)  # type: ignore[no-any-return]


def _planned(application: Application, results: list[ExpectedResult]) -> Activity:
    provider = application.provider
    source = needs.add_source(
        SYSTEM, provider, kind=application.source_kind, title=application.citation[:300], citation=application.citation
    )
    gap = needs.register_gap(
        SYSTEM, provider, title=application.title, description=intake.gap_text(application), kind=application.gap_kind,
        priority_reason="Found by the department that applies.", needs=[(application.need_kind, application.need_text)],
        sources=[source.pk], organisation_id=application.organisation_id,
    )  # fmt: skip
    activity = create_activity(
        SYSTEM, provider, title=application.title, format=application.format, organisation=application.organisation, gaps=[gap],
        expected_results=results, intended_change=application.intended_change, starts_on=application.planned_on,
        intended_change_text=application.intended_change_text, request_key=f"application-{application.pk}",
    )  # fmt: skip
    activity.created_by_id = gap.registered_by_id = application.applicant_id
    activity.save(update_fields=["created_by"])
    gap.save(update_fields=["registered_by"])
    return activity


def _writable(application: Application) -> None:
    if application.state != STATE.DRAFT:
        raise problem(
            "planning.application",
            "The application is with the office and cannot be changed.",
            "Ask the office to return it to you.",
        )


def _unknown(title: str, said: dict[str, Any]) -> Iterable[Reason]:
    if strange := sorted(set(said) - FIELDS):
        raise TypeError(f"an application has no {', '.join(strange)}")
    if not title.strip():
        yield Reason("planning.title", "The application has no title.", "Say in a few words what it is about.", "title")


def _decision_reasons(
    application: Application, decision: str, note: str, conditions: list[tuple[str, dt.date]]
) -> Iterable[Reason]:
    if decision not in DECISIONS:
        yield Reason("planning.decision", "No decision is chosen.", "Approve, return or decline.", "decision")
    if decision in ("return", "decline") and not note.strip():
        yield Reason(
            "planning.decision", "The applicant is not told why.", "Say what is to be changed, or why not.", "note"
        )
    today = clock.today(application.provider.time_zone)
    for number, (text, on) in enumerate(conditions, 1):
        if not text.strip():
            yield Reason(
                "planning.condition",
                "A condition has a day and no words.",
                "Say what is asked for.",
                f"condition_{number}",
            )
        if on < today:
            yield Reason(
                "planning.condition", "A condition is due in the past.", "Choose a coming day.", f"due_{number}"
            )
