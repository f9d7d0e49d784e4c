"""Activities: made, edited, copied into the next year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope, may
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning.actions.roles import OPENS
from lifelong.loop.planning.actions.sessions import new_code_keys, new_codes
from lifelong.loop.planning.calendar import shifted
from lifelong.loop.planning.models import (
    Activity,
    ActivityGap,
    ActivityResult,
    ActivityTerm,
    AgendaBreak,
    AudienceCell,
    Objective,
    PlanningRole,
    Session,
)
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Organisation, Term
from lifelong.rules.planning import PlanFacts, format_explained
from lifelong.rules.verdict import Reason

CHANGES = ("competence", "performance", "patient_outcomes")
EDITABLE = frozenset(
    [
        "title",
        "summary",
        "track",
        "format",
        "format_rationale",
        "intended_change",
        "intended_change_text",
        "outcome_plan",
        "starts_on",
        "ends_on",
        "time_zone",
        "place",
        "capacity",
        "registration_required",
        "is_open_to_all",
        "is_interprofessional",
        "exception_to_disclosure",
        "exception_reason",
        "evaluation_required",
        "claim_days",
        "passing_percent",
        "organisation_id",
        "joint_provider_id",
    ]
)


def _where(provider: AccreditedProvider, *, organisation: Organisation | None = None, **_: object) -> Scope:
    """A new activity belongs where its organisation is: a department's coordinator makes those of the department."""
    return Scope(provider_id=provider.pk, organisation_id=organisation.pk if organisation else None)


@action(needs=Permission.EDIT_PLANNING, audit="activity.created", on=_where)
def create_activity(
    actor: Actor,
    /,
    provider: AccreditedProvider,
    *,
    title: str,
    format: str,
    organisation: Organisation | None = None,
    gaps: Iterable[PracticeGap] = (),
    expected_results: Iterable[ExpectedResult] = (),
    format_rationale: str = "",
    request_key: str = "",
    **fields: Any,
) -> Activity:
    """Make an activity of the program. `request_key` (of the form or the caller) makes a second press harmless.

    `fields` are further columns of the activity (see EDITABLE). Raises Problem with every reason at once: a format the program
    does not have, no expected result (TUFTS-01), a gap education cannot close, an ineligible joint provider.
    """
    if request_key:
        twin = Activity.objects.filter(provider=provider, request_key=request_key).first()
        if twin is not None:
            return already(twin)  # type: ignore[no-any-return]
    linked_gaps, results = list(gaps), list(expected_results)
    values = {"title": title, "format": format, "format_rationale": format_rationale, **fields}
    refuse_if_any([*_reasons(provider, values, organisation), *_link_reasons(provider, linked_gaps, results)])
    _only_editable(fields)
    # one number a provider: the row lock (or SQLite's single writer) keeps two from taking the same
    AccreditedProvider.objects.select_for_update().get(pk=provider.pk)
    last = Activity.objects.filter(provider=provider).aggregate(last=Max("number"))["last"] or 0
    given_zone = fields.pop("time_zone", "") or provider.time_zone
    fields.setdefault("track", _track(format))
    activity = Activity.objects.create(
        provider=provider,
        organisation=organisation,
        number=last + 1,
        title=title.strip(),
        sort_title=title.strip().casefold()[:200],
        format=format,
        format_rationale=format_rationale.strip(),
        is_series=format == "series",
        time_zone=given_zone,
        request_key=request_key,
        created_by_id=actor.person_id,
        created_at=clock.now(),
        **fields,
    )
    ActivityGap.objects.bulk_create([ActivityGap(activity=activity, gap=gap) for gap in linked_gaps])
    ActivityResult.objects.bulk_create(
        [ActivityResult(activity=activity, expected_result=result) for result in results]
    )
    return activity


@action(needs=Permission.EDIT_PLANNING, audit="activity.edited")
def edit_activity(
    actor: Actor,
    /,
    activity: Activity,
    *,
    gaps: Iterable[PracticeGap] | None = None,
    expected_results: Iterable[ExpectedResult] | None = None,
    **fields: Any,
) -> Activity:
    """Change columns named in `fields`; `gaps` and `expected_results`, where given, replace the links."""
    _only_editable(fields)
    if fields.get("format", activity.format) != activity.format:
        fields.setdefault("track", _track(fields["format"]))
    changed = {name: value for name, value in fields.items() if getattr(activity, name) != value}
    provider = activity.provider
    after = {
        name: getattr(activity, name)
        for name in ("title", "format", "format_rationale", "joint_provider_id", "organisation_id")
    } | fields
    refuse_if_any([*_reasons(provider, after, None), *_out_of_reach(actor, activity, changed)])
    refuse_if_any(
        _link_reasons(
            provider, None if gaps is None else list(gaps), None if expected_results is None else list(expected_results)
        )
    )
    links_changed = _replace_links(activity, gaps, expected_results)
    if not changed and not links_changed:
        return already(activity)
    for name, value in changed.items():
        setattr(activity, name, value)
    if "title" in changed:
        activity.sort_title = activity.title.casefold()[:200]
    activity.is_series = activity.format == "series"
    activity.save()
    return activity


@action(needs=Permission.EDIT_PLANNING, audit="activity.copied")
def copy_activity(
    actor: Actor, activity: Activity, *, starts_on: dt.date, what_changed: str, title: str = "", request_key: str = ""
) -> Activity:
    """Hold an activity again: a new one with new dates and everything that was planned; the old one is kept as it is.

    `what_changed`: what is different because of the last results; required once the original has been held (WASHU-38).
    Sessions move by whole days at the same wall time; planners are asked again; faculty, credit and gates are not carried over.
    """
    if request_key:
        twin = Activity.objects.filter(provider=activity.provider, request_key=request_key).first()
        if twin is not None:
            return already(twin)  # type: ignore[no-any-return]
    sessions = list(activity.sessions.filter(cancelled_at=None))
    held = any(session.starts_at <= clock.now() for session in sessions)
    if held and not what_changed.strip():
        raise problem(
            "planning.what_changed",
            "It is not said what was changed because of the last results.",
            "Look at the last evaluation and write what is different this time, or why nothing is.",
            "what_changed",
        )
    first_on = activity.starts_on or (min(s.starts_at for s in sessions).date() if sessions else starts_on)
    days = (starts_on - first_on).days
    AccreditedProvider.objects.select_for_update().get(pk=activity.provider_id)
    last = Activity.objects.filter(provider_id=activity.provider_id).aggregate(last=Max("number"))["last"] or 0
    copy = Activity.objects.get(pk=activity.pk)
    copy.pk, copy.number, copy.copied_from = None, last + 1, activity
    copy._state.adding = True
    copy.title = title.strip() or activity.title
    copy.sort_title = copy.title.casefold()[:200]
    copy.starts_on = starts_on
    copy.ends_on = activity.ends_on + dt.timedelta(days=days) if activity.ends_on else None
    copy.published_at = copy.closed_at = None
    copy.changed_because, copy.request_key = what_changed.strip(), request_key
    copy.created_by_id, copy.created_at = actor.person_id, clock.now()
    copy.save()
    _copy_parts(activity, copy)
    _copy_sessions(activity, copy, sessions, days)
    return copy


def _copy_parts(old: Activity, new: Activity) -> None:
    ActivityGap.objects.bulk_create([ActivityGap(activity=new, gap_id=row.gap_id) for row in old.activity_gaps.all()])
    ActivityResult.objects.bulk_create(
        [ActivityResult(activity=new, expected_result_id=row.expected_result_id) for row in old.activity_results.all()]
    )
    ActivityTerm.objects.bulk_create(
        [ActivityTerm(activity=new, term_id=row.term_id) for row in old.activity_terms.all()]
    )
    AudienceCell.objects.bulk_create(
        [
            AudienceCell(activity=new, profession_id=row.profession_id, specialty_id=row.specialty_id)
            for row in old.audience_cells.all()
        ]
    )
    objectives = list(old.objectives.all())
    for objective in objectives:
        objective.pk, objective.activity = None, new
        objective._state.adding = True
    Objective.objects.bulk_create(objectives)
    now = clock.now()
    kinds = (PlanningRole.Kind.DIRECTOR, PlanningRole.Kind.PLANNER)
    roles = list(old.planning_roles.filter(kind__in=kinds, session=None, ended_at=None))
    PlanningRole.objects.bulk_create(
        [
            PlanningRole(
                activity=new, person_id=r.person_id, kind=r.kind, profession=r.profession, topic=r.topic, asked_at=now
            )
            for r in roles
        ]
    )
    RoleGrant.objects.bulk_create(
        [
            RoleGrant(
                person_id=r.person_id, role=OPENS[r.kind].value, provider_id=new.provider_id, activity_id=new.pk, granted_at=now
            )
            for r in roles
        ]
    )  # fmt: skip


def _copy_sessions(old: Activity, new: Activity, sessions: Sequence[Session], days: int) -> None:
    zone, codes, keys = old.time_zone, new_codes(len(sessions)), new_code_keys(len(sessions))
    Session.objects.bulk_create(
        [
            Session(
                activity=new, number=number, title=s.title, kind=s.kind, track=s.track, starts_at=shifted(s.starts_at, days, zone),
                ends_at=shifted(s.ends_at, days, zone), break_minutes=s.break_minutes, room=s.room, code=code, code_key=key,
            )
            for number, (s, code, key) in enumerate(zip(sessions, codes, keys, strict=True), 1)
        ]
    )  # fmt: skip
    AgendaBreak.objects.bulk_create(
        [
            AgendaBreak(
                activity=new,
                title=b.title,
                track=b.track,
                starts_at=shifted(b.starts_at, days, zone),
                ends_at=shifted(b.ends_at, days, zone),
            )
            for b in old.breaks.all()
        ]
    )


def _only_editable(fields: Mapping[str, Any]) -> None:
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        raise TypeError(f"an activity has no editable {', '.join(unknown)}")


def _reasons(
    provider: AccreditedProvider, values: Mapping[str, Any], organisation: Organisation | None
) -> Iterable[Reason]:
    if not str(values.get("title", "")).strip():
        yield Reason(
            "planning.title", "The activity has no title.", "Give it the title that learners will read.", "title"
        )
    if not Term.objects.filter(
        provider=provider, taxonomy="format", key=values.get("format", ""), retired_on=None
    ).exists():
        yield Reason(
            "planning.format", "This program does not offer this format.", "Choose one of its formats.", "format"
        )
    if values.get("format_rationale"):
        found = format_explained(PlanFacts(format_rationale=values["format_rationale"]))
        if found:
            yield found
    change = values.get("intended_change", "")
    if change == "knowledge":
        yield Reason(
            "R-DTC-2",
            "The activity is designed to change knowledge only. Learning is more than taking in knowledge.",
            "Choose what learners will be able to do (competence), will do (performance), or what patients gain.",
            "intended_change",
        )
    elif change and change not in CHANGES:
        yield Reason(
            "R-DTC-1",
            f"“{change}” is not a change to design for.",
            f"Choose one of {', '.join(CHANGES)}.",
            "intended_change",
        )
    if values.get("starts_on") and values.get("ends_on") and values["ends_on"] < values["starts_on"]:
        yield Reason("planning.dates", "The activity ends before it starts.", "Correct one of the two days.", "ends_on")
    yield from _partner_reasons(provider, values, organisation)


def _track(format: str) -> str:
    """A community event is community education: it carries no credit and is for everybody."""
    return Activity.Track.COMMUNITY if format == "community_event" else Activity.Track.CONTINUING


def _out_of_reach(actor: Actor, activity: Activity, changed: Mapping[str, Any]) -> Iterable[Reason]:
    """An activity moves only to where its editor plans, too."""
    if "organisation_id" not in changed:
        return
    there = Scope(provider_id=activity.provider_id, organisation_id=changed["organisation_id"], activity_id=activity.pk)
    if not may(actor, Permission.EDIT_PLANNING, there):
        yield Reason(
            "planning.organisation",
            "You do not plan for this organisation.",
            "Choose one of yours, or ask the office to move the activity.",
            "organisation_id",
        )


def _partner_reasons(
    provider: AccreditedProvider, values: Mapping[str, Any], organisation: Organisation | None
) -> Iterable[Reason]:
    if organisation is not None and organisation.provider_id != provider.pk:
        yield Reason(
            "planning.organisation",
            "This organisation is not one of the program's.",
            "Choose one from the list.",
            "organisation",
        )
    if (
        values.get("organisation_id")
        and not Organisation.objects.filter(provider=provider, pk=values["organisation_id"]).exists()
    ):
        yield Reason(
            "planning.organisation",
            "This organisation is not one of the program's.",
            "Choose one from the list.",
            "organisation",
        )
    if values.get("joint_provider_id"):
        partner = Organisation.objects.filter(provider=provider, pk=values["joint_provider_id"]).first()
        if partner is None:
            yield Reason(
                "gate.partner",
                "This joint provider is not one of the program's.",
                "Choose one from the list.",
                "joint_provider",
            )
        elif not partner.is_eligible:
            yield Reason(
                "gate.partner",
                f"{partner.name} is an ineligible company and cannot be a joint provider.",
                "Plan without this partner.",
                "joint_provider",
            )


def _link_reasons(
    provider: AccreditedProvider, gaps: Sequence[PracticeGap] | None, results: Sequence[ExpectedResult] | None
) -> Iterable[Reason]:
    if results is not None and not results:
        yield Reason(
            "R-DTC-1",
            "No expected result of the mission is chosen.",
            "Choose at least one result that this activity serves.",
            "expected_results",
        )
    owners = {gap.provider_id for gap in gaps or ()} | {result.provider_id for result in results or ()}
    if owners - {provider.pk}:
        yield Reason(
            "planning.foreign", "A gap or result belongs to another program.", "Choose from the lists.", "gaps"
        )
    for gap in gaps or ():
        if not gap.education_can_close:
            yield Reason(
                "planning.gap",
                f"“{gap.title}” is recorded as a gap that education cannot close.",
                "Choose another gap.",
                "gaps",
            )


def _replace_links(
    activity: Activity, gaps: Iterable[PracticeGap] | None, results: Iterable[ExpectedResult] | None
) -> bool:
    changed = False
    if gaps is not None:
        wanted = {gap.pk for gap in gaps}
        if wanted != set(activity.activity_gaps.values_list("gap_id", flat=True)):
            changed = True
            activity.activity_gaps.exclude(gap_id__in=wanted).delete()
            ActivityGap.objects.bulk_create(
                [ActivityGap(activity=activity, gap_id=pk) for pk in wanted], ignore_conflicts=True
            )
    if results is not None:
        wanted = {result.pk for result in results}
        if wanted != set(activity.activity_results.values_list("expected_result_id", flat=True)):
            changed = True
            activity.activity_results.exclude(expected_result_id__in=wanted).delete()
            rows = [ActivityResult(activity=activity, expected_result_id=pk) for pk in wanted]
            ActivityResult.objects.bulk_create(rows, ignore_conflicts=True)
    return changed
