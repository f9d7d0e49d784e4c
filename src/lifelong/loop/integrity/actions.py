"""What we do for independence: ask, receive, decide, mitigate, start roles, tell learners."""

from __future__ import annotations

import base64
import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.utils.crypto import salted_hmac

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import Problem, problem, refuse_if_any, refuse_unless
from lifelong.loop.integrity import reads
from lifelong.loop.integrity.companies import match_name
from lifelong.loop.integrity.models import (
    ComplianceCase,
    Disclosure,
    DisclosureRequest,
    IneligibleCompany,
    LearnerDisclosure,
    Relationship,
    RelevanceDecision,
)
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.integrity import mitigation_allowed
from lifelong.rules.months import add_months
from lifelong.rules.verdict import Reason

P = Permission
LINK_HOLDS = dt.timedelta(days=30)
MOST_RELATIONSHIPS = 60
log = logging.getLogger(__name__)


# --- asking ---------------------------------------------------------------------------------------------------------------


def token_of(request: DisclosureRequest) -> str:
    """The secret of a request: 256 bits made from the installation's secret, so that a mail or reminder can be written again
    while the database keeps the digest only."""
    made = salted_hmac(
        "lifelong.disclosure_request", f"{request.role_id}|{request.sent_at.isoformat()}", algorithm="sha256"
    )
    return base64.urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


@action(needs=P.REQUEST_DISCLOSURE, audit="disclosure.requested")
def request_disclosure(actor: Actor, role: PlanningRole) -> tuple[DisclosureRequest, str]:
    """Send a person in a role the link to disclose; it holds 30 days. While one is open it is the same one.

    Effect by role id: `send_disclosure_request`.
    """
    if role.ended_at is not None:
        raise problem("disclosure.role_over", "This role has ended.", "Ask the person who has it now.")
    known = reads.open_request(role.pk)
    if known is not None:
        return already((known, token_of(known)))
    request = DisclosureRequest(role=role, sent_at=clock.now(), expires_at=clock.now() + LINK_HOLDS)
    token = token_of(request)
    request.token_digest = reads.digest_of(token)
    request.save()
    return request, token


@action(needs=P.REQUEST_DISCLOSURE, audit="disclosure.reminded")
def remind_disclosure(actor: Actor, role: PlanningRole) -> PlanningRole:
    """Send the same link again, at most once a day. Effect by role id: `send_disclosure_request`."""
    request = reads.open_request(role.pk)
    if request is None:
        raise problem(
            "disclosure.no_request", "There is no open request for this role.", "Ask for the disclosure first."
        )
    asked = DisclosureRequest.objects.select_for_update().get(pk=request.pk)
    if clock.now() - asked.sent_at < dt.timedelta(days=asked.reminders + 1) and asked.reminders:
        raise problem(
            "disclosure.reminded",
            "A reminder went out within the last day.",
            "Call the person, or wait until tomorrow.",
        )
    asked.reminders += 1
    asked.save(update_fields=["reminders"])
    return role


# --- disclosing -----------------------------------------------------------------------------------------------------------


@action(needs=P.RECORD_OWN, audit="disclosure.submitted")
def submit_disclosure(
    actor: Actor,
    person: Person,
    *,
    relationships: Sequence[Mapping[str, Any]],
    nothing_to_disclose: bool,
    attested: bool,
    role: PlanningRole | None = None,
    method: str = "form",
) -> Disclosure:
    """A person's whole disclosure for the 24 months before today, as a new version; earlier versions are never touched.

    `relationships`: mappings with company (name), nature (key of the book), is_private_equity, has_ended, ended_on.
    The same content again on the same day changes nothing. Answers every open request of the person.
    Effects by disclosure id: `reopen_after_disclosure`, `tell_office_of_disclosure`.
    """
    today = clock.today()
    lines = [_line(row) for row in relationships if str(row.get("company", "")).strip()]
    refuse_if_any(_disclosure_problems(lines, nothing_to_disclose, attested, today))
    companies = {line["company"]: _company(line["company"], line["is_private_equity"]) for line in lines}
    said = {
        (companies[x["company"]].pk, x["nature"], x["is_private_equity"], x["has_ended"], x["ended_on"]) for x in lines
    }
    _answer_requests(person)
    before = reads.latest_disclosure(person.pk)
    if (
        before
        and before.submitted_at.date() == today
        and {reads.key_of(one) for one in before.relationships.all()} == said
    ):
        return already(before)
    disclosure = Disclosure(
        person=person,
        version=before.version + 1 if before else 1,
        covers_from=add_months(today, -reads.lookback_months()),
        submitted_at=clock.now(),
        attested=attested,
        nothing_to_disclose=not said,
        method=method,
    )
    disclosure.save()
    Relationship.objects.bulk_create(
        [
            Relationship(disclosure=disclosure, company_id=c, nature=n, is_private_equity=p, has_ended=e, ended_on=on)
            for c, n, p, e, on in sorted(said, key=str)
        ]
    )
    return disclosure


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    ended_on = row.get("ended_on") or None
    return {
        "company": " ".join(str(row["company"]).split()),
        "nature": str(row.get("nature", "")),
        "is_private_equity": bool(row.get("is_private_equity")),
        "has_ended": bool(row.get("has_ended")) or ended_on is not None,
        "ended_on": ended_on,
    }


def _disclosure_problems(lines: list[dict[str, Any]], nothing: bool, attested: bool, today: dt.date) -> list[Reason]:
    known = {key for key, _ in reads.natures()}
    found = []
    if not attested:
        sentence = "You have not confirmed that this is complete."
        found.append(Reason("disclosure.attest", sentence, "Tick the confirmation.", "attested"))
    if nothing and lines:
        sentence = "You say that there is nothing to disclose, and list a company."
        found.append(Reason("disclosure.both", sentence, "Keep one of the two.", "nothing_to_disclose"))
    if not nothing and not lines:
        sentence = "No company is listed."
        found.append(
            Reason("disclosure.neither", sentence, "List one, or choose “nothing to disclose”.", "nothing_to_disclose")
        )
    if len(lines) > MOST_RELATIONSHIPS:
        found.append(
            Reason(
                "disclosure.many",
                "These are more lines than the form takes.",
                "Send the rest to the office.",
                "relationships",
            )
        )
    for line in lines:
        if line["nature"] not in known:
            sentence = f"The kind of relationship with {line['company']} is missing."
            found.append(Reason("disclosure.nature", sentence, "Choose one of the list.", "relationships"))
        if line["ended_on"] and line["ended_on"] > today:
            sentence = f"The relationship with {line['company']} is said to end in the future."
            found.append(
                Reason(
                    "disclosure.ended",
                    sentence,
                    "Until then it counts as current: leave the day empty.",
                    "relationships",
                )
            )
        if len(line["company"]) > 200:
            found.append(
                Reason("disclosure.company", "The name of a company is too long.", "Shorten it.", "relationships")
            )
    return found


def _company(name: str, is_private: bool) -> IneligibleCompany:
    """The known company of that name, or a new one."""
    match = match_name(name)
    known = IneligibleCompany.objects.filter(match_name=match).order_by("id").first()
    known = known or IneligibleCompany.objects.filter(name__iexact=name).first()
    if known is not None:
        return cast(IneligibleCompany, known)
    made = IneligibleCompany(name=name, match_name=match, is_private=True if is_private else None)
    made.save()
    return made


def _answer_requests(person: Person) -> None:
    now = clock.now()
    open_ones = DisclosureRequest.objects.filter(role__person=person, answered_at=None)
    open_ones.filter(opened_at=None).update(opened_at=now)
    open_ones.update(answered_at=now)


# --- deciding -------------------------------------------------------------------------------------------------------------


@action(needs=P.REVIEW_DISCLOSURES, audit="relevance.decided")
def decide_relevance(
    actor: Actor,
    role: PlanningRole,
    *,
    relationship: Relationship,
    is_relevant: bool,
    reason: str,
    mitigation: str = "",
    mitigation_note: str = "",
    exception: str = "",
    exception_reason: str = "",
) -> RelevanceDecision:
    """Decide whether a relationship bears on what the role controls, and what was done about it.

    The decider has no conflict; mitigation is one that suits the role; an owner or employee needs exception a, b or c with
    its reason (the deciding reviewer signs it). May be decided again: the audit trail keeps what was before.
    """
    if relationship.disclosure.person_id != role.person_id:
        raise problem(
            "relevance.person",
            "This relationship is of another person.",
            "Open the role again and choose from its list.",
        )
    if actor.person_id is None:
        raise problem("relevance.decider", "A decision needs a person who answers for it.", "Sign in first.")
    if conflict := reads.has_conflict(actor.person_id, role, relationship):
        raise problem("R-S3-3", conflict, "Let a reviewer without relevant relationships decide.", "relevant")
    refuse_if_any(
        _decision_problems(
            role, relationship, is_relevant, reason, mitigation, mitigation_note, exception, exception_reason
        )
    )
    now = clock.now()
    values = {
        "is_relevant": is_relevant,
        "reason": reason.strip(),
        "mitigation": mitigation if is_relevant else "",
        "mitigation_note": mitigation_note.strip() if is_relevant else "",
        "exception": exception,
        "exception_reason": exception_reason.strip(),
    }
    row: Any = RelevanceDecision.objects.filter(role=role, relationship=relationship).first()
    fresh = row is None or row.decided_at < _newest_at(role.person_id)
    if row is not None and not fresh and all(getattr(row, name) == value for name, value in values.items()):
        return already(cast(RelevanceDecision, row))
    row = row or RelevanceDecision(role=role, relationship=relationship)
    was = row.mitigation if row.pk else ""
    for name, value in values.items():
        setattr(row, name, value)
    row.decided_by_id, row.decided_at = actor.person_id, now
    if not row.mitigation:
        row.mitigated_at = None
    elif was != row.mitigation or row.mitigated_at is None:
        row.mitigated_at = now
    row.save()
    row.audit_facts = {"is_relevant": is_relevant, "mitigation": row.mitigation, "exception": exception}
    return cast(RelevanceDecision, row)


def _newest_at(person_id: int) -> dt.datetime:
    newest = reads.latest_disclosure(person_id)
    return newest.submitted_at if newest else dt.datetime.min.replace(tzinfo=dt.UTC)


def _decision_problems(
    role: PlanningRole,
    relationship: Relationship,
    is_relevant: bool,
    reason: str,
    mitigation: str,
    note: str,
    exception: str,
    exception_reason: str,
) -> list[Reason]:
    found = []
    if not reason.strip():
        found.append(Reason("R-S3-3", "The decision has no reason.", "Say in a few words why.", "reason"))
    if is_relevant and mitigation and not mitigation_allowed(reads.group_of(role.kind), mitigation):
        menu = "; ".join(words for _, words in reads.mitigations(role.kind))
        found.append(
            Reason("R-S3-4", "This mitigation does not suit the role.", f"Choose one of: {menu}.", "mitigation")
        )
    if is_relevant and mitigation == "other" and not note.strip():
        found.append(Reason("R-S3-4", "The mitigation is not described.", "Describe what was done.", "mitigation_note"))
    if is_relevant and mitigation == "ended" and not (relationship.has_ended or relationship.ended_on):
        sentence = "The person has not said that this relationship is over."
        found.append(
            Reason("R-S3-4", sentence, "Ask for an updated disclosure with the day on which it ended.", "mitigation")
        )
    if exception and exception not in "abc":
        found.append(Reason("R-S3-2", "There is no such exception.", "Choose a, b or c.", "exception"))
    if exception and not exception_reason.strip():
        found.append(Reason("R-S3-2", "The exception has no reason.", "Say why it applies.", "exception_reason"))
    return found


@action(needs=P.REVIEW_DISCLOSURES, audit="role.started")
def start_role(actor: Actor, role: PlanningRole) -> PlanningRole:
    """Let a role begin: disclosed, not excluded, decided and mitigated before (R-S3-1 to R-S3-4), else refused with every reason.

    Effect by role id: `tell_role_started`.
    """
    kept = (
        PlanningRole.objects.select_for_update(of=("self",))
        .select_related("activity", "person", "session")
        .get(pk=role.pk)
    )
    if kept.ended_at is not None:
        raise problem("role.over", "This role has ended.", "Choose the person who has it now.")
    if kept.started_at is not None:
        return already(cast(PlanningRole, kept))
    refuse_unless(reads.role_state(kept).verdict)
    kept.started_at = clock.now()
    kept.save(update_fields=["started_at"])
    return cast(PlanningRole, kept)


# --- learners, cases ------------------------------------------------------------------------------------------------------


@action(needs=P.PUBLISH, audit="learner_disclosure.frozen")
def freeze_learner_disclosure(actor: Actor, activity: Activity, *, session: Session | None = None) -> LearnerDisclosure:
    """Keep what learners are told from now on. Earlier texts stay; the same text is not kept twice.

    Refused while a role of the activity has not been cleared: the text would promise what is not so.
    """
    if session is not None and session.activity_id != activity.pk:
        sentence = "This session belongs to another activity."
        raise problem("planning.session", sentence, "Choose one of this activity's sessions.", "session")
    if not activity.exception_to_disclosure:
        states = [
            s for s in reads.activity_states(activity) if session is None or s.role.session_id in (None, session.pk)
        ]
        reasons = [reason for state in states for reason in state.verdict.blocking]
        if reasons:
            raise Problem(*reasons)
    text = reads.learner_disclosure(activity, session)
    if not text.strip():
        sentence = "Nobody is named as planner or speaker, so there is nothing to tell learners."
        raise problem("R-S3-5", sentence, "Add the people in control of the content.", "planning_roles")
    known = LearnerDisclosure.objects.filter(activity=activity, session=session).order_by("-shown_from", "-id").first()
    if known is not None and known.text == text:
        return already(cast(LearnerDisclosure, known))
    row = LearnerDisclosure(activity=activity, session=session, text=text, shown_from=clock.now())
    row.save()
    return row


@action(needs=P.EDIT_PLANNING, audit="case.opened")
def open_case(
    actor: Actor, provider: AccreditedProvider, *, kind: str, summary: str, activity: Activity | None = None
) -> ComplianceCase:
    """Something to look into. One open case per activity and kind."""
    if activity is not None and activity.provider_id != provider.pk:
        raise problem("case.activity", "This activity belongs to another program.", "Choose one of this program.")
    if not summary.strip():
        raise problem("case.summary", "The case has no summary.", "Say what was seen.", "summary")
    known = ComplianceCase.objects.filter(provider=provider, activity=activity, kind=kind, closed_at=None).first()
    if known is not None:
        return already(cast(ComplianceCase, known))
    row = ComplianceCase(
        provider=provider, activity=activity, kind=kind, summary=summary.strip()[:400], opened_at=clock.now()
    )
    row.save()
    return row


@action(needs=P.REVIEW_DISCLOSURES, audit="case.closed")
def close_case(actor: Actor, case: ComplianceCase, *, conclusion: str) -> ComplianceCase:
    """Close a case with what was found."""
    if case.closed_at is not None:
        return already(case)
    if not conclusion.strip():
        raise problem("case.conclusion", "The case has no conclusion.", "Say what was found and done.", "conclusion")
    case.closed_at, case.conclusion = clock.now(), conclusion.strip()
    case.save(update_fields=["closed_at", "conclusion"])
    return case
