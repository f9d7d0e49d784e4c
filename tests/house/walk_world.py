"""One world for the walks: every kind of thing three times (own department, the other department, another provider), and everybody who may come.

A parameter of an address gets its value from `Side.things`. A new parameter name needs one line in one of the `_…_things` (or in
`SAME_EVERYWHERE`), a new secret link a token in `Side.tokens` under a word of its address.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cast import Cast, make_cast, make_person
from lifelong.kernel import clock, files
from lifelong.kernel.access import NOBODY, SYSTEM, Actor, Role, Scope
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit.models import Award
from lifelong.loop.evaluation.models import (
    ActivityForm,
    Code,
    Codebook,
    CodedText,
    CodingRound,
    Commitment,
    FollowUp,
    Observation,
    Team,
    TeamMember,
)
from lifelong.loop.improvement.models import (
    FacultyItem,
    Improvement,
    Innovation,
    MissionReport,
    PathwayStep,
    ReportPdf,
    ResearchExport,
    ResearchProject,
    ReviewMeeting,
    StandardElement,
    TeachingLog,
)
from lifelong.loop.integrity.models import (
    ComplianceCase,
    Disclosure,
    DisclosureRequest,
    IneligibleCompany,
    Relationship,
)
from lifelong.loop.integrity.reads import digest_of as disclosure_digest
from lifelong.loop.needs.models import (
    Measure,
    MeasureImport,
    MeasurePlace,
    MeasurePoint,
    MeasureUpload,
    NeedsSource,
    PracticeGap,
)
from lifelong.loop.outcomes.models import AnalysisPlan, OutcomeMeasure, QualityProject, SharedReport
from lifelong.loop.people.models import AccessToken, Affiliation, Person, PhoneNumber, RoleGrant
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Application, ApplicationCondition, PlanningRole
from lifelong.loop.program.models import AccreditedProvider, MissionGoal, Organisation, Term
from lifelong.loop.reporting.models import Batch, Record
from lifelong.loop.surveys.actions import publish_instrument, save_instrument
from lifelong.loop.surveys.defaults import usual_forms
from lifelong.loop.surveys.models import Campaign, Instrument, LearningGoal, Poll, SurveyInvitation
from lifelong.loop.surveys.tokens import digest_of as survey_digest
from taught import attend, teach

#: stands in every title and name of the other provider; nobody at home may ever read it
ZEBRA = "ZEBRA-CANARY"
#: stands in the titles of the other department; nobody whose role ends at the own department may read it in the office
YAK = "YAK-CANARY"
#: parameters that name no thing of anybody
SAME_EVERYWHERE = {
    "key": "contact",
    "taxonomy": "competency",
    "kind": "pdf",
    "gate": "G1",
    "code": "0000",
    "year": clock.now().year,
    "version": 1,
}
#: words of a profile that turn on every register
REGISTERS = ("innovation", "collaboration", "research", "lcme_acgme", "leadership_pathway")
ACTIVITY_ROLES = (Role.COURSE_DIRECTOR, Role.PLANNER, Role.FACULTY, Role.JOINT_PARTNER)


@dataclass(frozen=True)
class Thing:
    """The value of a parameter, and where the thing behind it belongs."""

    value: Any
    scope: Scope


@dataclass
class Side:
    """One corner of the world: its things by parameter name."""

    name: str
    provider: AccreditedProvider
    organisation: Organisation
    learner: Person
    things: dict[str, Thing] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # of secret links, by a word of their address


@dataclass
class World:
    cast: Cast
    home: Side
    neighbour: Side
    elsewhere: Side
    people: dict[str, Person]
    actors: dict[str, Actor]

    def at_home(self, who: str) -> bool:
        """Whether this person has nothing to do with the other provider."""
        return not who.startswith("other_")


def make_world() -> World:
    cast = make_cast()
    with writes_open("test"):
        far = Organisation.objects.create(provider=cast.elsewhere, name=f"{ZEBRA} Department", kind="department")
        Person.objects.filter(affiliations__provider=cast.elsewhere).update(given_name=ZEBRA, family_name=ZEBRA)
        cast.people["other_learner"] = make_person("other_learner", provider=cast.elsewhere)
        cast.people["other_learner"].family_name = ZEBRA
        cast.people["other_learner"].save()
        for name in ("learner", "nurse", "other_learner"):
            cast.people[name].profile.profession = "physician"
            cast.people[name].profile.save()
    home = _side("home", cast.home, cast.department, cast.people["learner"], "Sepsis rounds")
    neighbour = _side("neighbour", cast.home, cast.other_department, cast.people["nurse"], f"{YAK} rounds")
    elsewhere = _side("elsewhere", cast.elsewhere, far, cast.people["other_learner"], f"{ZEBRA} rounds")
    with writes_open("test"):
        for role in ACTIVITY_ROLES:
            person = make_person(role.value, provider=cast.home)
            activity_id = home.things["activity_id"].value
            RoleGrant.objects.create(
                person=person, role=role, provider=cast.home, activity_id=activity_id, granted_at=clock.now()
            )
            cast.people[role.value] = person
    people = {name: cast.people[name] for name in cast.people if name not in ("pharmacist", "student", "speaker")}
    people["community_member"] = cast.people["student"]  # the role that needs no grant
    actors = {name: actor_of(person) for name, person in people.items()}
    return World(cast, home, neighbour, elsewhere, people, actors | {"nobody": NOBODY})


def _side(name: str, provider: AccreditedProvider, organisation: Organisation, learner: Person, title: str) -> Side:
    side = Side(name, provider, organisation, learner)
    taught = teach(provider, title, organisation=organisation, sort_title=title.lower())
    mark = attend(taught.session, learner)
    with writes_open("test"):
        for make in (
            _needs_things, _planning_things, _learner_things, _form_things, _coded_things, _judged_things, _register_things,
            _people_things,
        ):  # fmt: skip
            side.things |= {key: Thing(value, scope) for key, value, scope in make(side, title, taught, mark)}
    return side


Found = list[tuple[str, Any, Scope]]


def _needs_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, provider, gap_title = clock.now(), side.provider, f"{title} gap"
    title = title.replace(YAK, "Surgical")  # figures and sources are the whole program's
    file = files.store(f"{title} figures".encode(), f"{title}.csv", "text/csv")
    taken = MeasureImport.objects.create(
        provider=provider, sha256=file.sha256, filename=f"{title}.csv", layout="own", imported_at=now
    )
    upload = MeasureUpload.objects.create(provider=provider, file=file, filename=f"{title}.csv", uploaded_at=now)
    measure = Measure.objects.create(
        provider=provider, key=f"m-{side.name}", title=f"{title}: bundle in time", unit="%", higher_is_better=True
    )
    place = MeasurePlace.objects.create(
        provider=provider, kind="hospital", code=f"h-{side.name}", name=f"{title} hospital", state="MA"
    )
    MeasurePoint.objects.create(
        provider=provider, measure=measure, place=place, release="2026-04", value=50, source=taken
    )
    source = NeedsSource.objects.create(provider=provider, kind="guideline", title=f"{title} guideline", added_at=now)
    gap = PracticeGap.objects.create(
        provider=provider, organisation=side.organisation, title=gap_title, description="Half receive it.", kind="quality", registered_at=now
    )  # fmt: skip
    return [
        ("upload_id", upload.pk, provider.scope), ("import_id", taken.pk, provider.scope), ("measure_id", measure.pk, provider.scope),
        ("place_id", place.pk, provider.scope), ("source_id", source.pk, provider.scope), ("gap_id", gap.pk, gap.scope),
    ]  # fmt: skip


def _planning_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, activity = clock.now(), taught.activity
    speaker = make_person(f"{side.name}_speaker", provider=side.provider)
    speaker.given_name = ZEBRA if side.name == "elsewhere" else "Sam"
    speaker.save()
    role = PlanningRole.objects.create(
        activity=activity, session=taught.session, person=speaker, kind="faculty", topic=title, asked_at=now
    )
    disclosure = Disclosure.objects.create(
        person=speaker, version=1, covers_from=now.date() - dt.timedelta(days=730), submitted_at=now, attested=True, nothing_to_disclose=False
    )  # fmt: skip
    company = IneligibleCompany.objects.create(name=f"{title} Devices")
    relationship = Relationship.objects.create(disclosure=disclosure, company=company, nature="consultant")
    side.tokens["disclosure"] = f"disclosure-of-{side.name}"
    DisclosureRequest.objects.create(
        role=role, token_digest=disclosure_digest(side.tokens["disclosure"]), sent_at=now, expires_at=now + dt.timedelta(days=30)
    )  # fmt: skip
    case = ComplianceCase.objects.create(
        provider=side.provider, activity=activity, kind="perceived_bias", opened_at=now, summary=f"{title}: bias seen"
    )
    asked = Application.objects.create(
        provider=side.provider,
        organisation=side.organisation,
        applicant=speaker,
        title=title,
        begun_at=now,
        gap_now=title,
    )
    condition = ApplicationCondition.objects.create(application=asked, text=title, due_on=now.date())
    at = activity.scope
    return [
        ("application_id", asked.pk, asked.scope), ("condition_id", condition.pk, asked.scope), ("activity_id", activity.pk, at), ("session_id", taught.session.pk, at), ("designation_id", taught.ama.pk, at), ("role_id", role.pk, at),
        ("speaker_id", speaker.pk, side.provider.scope), ("relationship_id", relationship.pk, at), ("case_id", case.pk, side.provider.scope),
    ]  # fmt: skip


def _learner_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, learner = clock.now(), side.learner
    instrument = taught.activity.evaluation.instrument
    side.tokens |= {what: f"{what}-of-{side.name}" for what in ("evaluate", "follow-up", "survey")}
    SurveyInvitation.objects.create(
        instrument=instrument, person=learner, subject_type="session", subject_id=taught.session.pk,
        token_digest=survey_digest(side.tokens["evaluate"]), invited_at=now,
    )  # fmt: skip
    plan = Commitment.objects.create(
        activity=taught.activity,
        session=taught.session,
        person=learner,
        text=f"{title}: I will begin sooner.",
        committed_on=now.date(),
    )
    later = FollowUp.objects.create(
        commitment=plan, wave=45, due_on=now.date(), asked_at=now, token_digest=survey_digest(side.tokens["follow-up"])
    )  # fmt: skip
    campaign = Campaign.objects.create(
        provider=side.provider, instrument=instrument, title=f"{title} survey", closes_on=now.date() + dt.timedelta(days=9),
        created_at=now, launched_at=now, seed=1,
    )  # fmt: skip
    SurveyInvitation.objects.create(
        instrument=instrument, person=learner, subject_type="campaign", subject_id=campaign.pk,
        token_digest=survey_digest(side.tokens["survey"]), invited_at=now,
    )  # fmt: skip
    award = Award.objects.create(
        provider=side.provider, person=learner, activity=taught.activity, session=taught.session, designation=taught.ama,
        serial=f"SERIAL{side.name.upper():0>20}", credit_system="ama", profession="physician", amount=Decimal("1.00"), earned_on=now.date(),
        awarded_at=now, rule_book_version="test", evidence="rotating_code",
    )  # fmt: skip
    phone = PhoneNumber.objects.create(person=learner, number=f"+1555010{learner.pk:04}")
    own, at = Scope(person_id=learner.pk), taught.activity.scope
    return [
        ("attendance_id", mark.pk, own), ("follow_up_id", later.pk, own), ("commitment_id", plan.pk, at), ("award_id", award.pk, award.scope),
        ("serial", award.serial, own), ("phone_id", phone.pk, own), ("instrument_id", instrument.pk, side.provider.scope),
        ("campaign_id", campaign.pk, side.provider.scope),
    ]  # fmt: skip


def _form_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    """A draft, and every further form of the activity: its test, its rating of speakers, a team, a checklist about the learner."""
    now, activity, learner, provider = clock.now(), taught.activity, side.learner, side.provider
    for name, usual in usual_forms().items():
        use = usual["kind"]
        if use == "poll" or use in ActivityForm.Use.values:
            asked = {key: value for key, value in usual.items() if key != "about"}
            row = publish_instrument(SYSTEM, save_instrument(SYSTEM, provider, key=f"{side.name}_{name}", **asked))
            if use != "poll" and not ActivityForm.objects.filter(activity=activity, use=use).exists():
                ActivityForm.objects.create(activity=activity, use=use, instrument=row)
    chosen = {form.use: form.instrument for form in activity.forms.select_related("instrument")}
    question = {"key": "relevance", "kind": "text", "text": "What was relevant?"}
    draft = save_instrument(
        SYSTEM, provider, key=f"{side.name}_draft", kind="needs", title=f"Draft of {side.name}", questions=[question]
    )
    team = Team.objects.create(activity=activity, name=f"{title} team")
    TeamMember.objects.create(team=team, person=learner)
    seen = Observation.objects.create(
        activity=activity, instrument=chosen["observer"], person=learner, observer=learner, observed_on=now.date(), feedback=f"{title}: well done."
    )  # fmt: skip
    poll_form = Instrument.objects.get(provider=provider, key=f"{side.name}_poll")
    poll = Poll.objects.create(instrument=poll_form, activity_id=activity.pk, session_id=mark.session_id, opened_at=now)
    goal = LearningGoal.objects.create(provider=provider, person=learner, text=f"{title} plan", made_on=now.date())
    return [
        ("draft_id", draft.pk, provider.scope), ("team_id", team.pk, Scope(person_id=learner.pk)),
        ("own_goal_id", goal.pk, Scope(person_id=learner.pk)),
        ("observation_id", seen.pk, activity.scope), ("poll_id", poll.pk, activity.scope),
    ]  # fmt: skip


def _coded_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, own = clock.now(), side.provider.scope
    book = Codebook.objects.create(provider=side.provider, title=f"{title} codes", version=1, published_at=now)
    Code.objects.create(codebook=book, position=1, key="timing", label="Timing", meaning="When treatment begins")
    opened = CodingRound.objects.create(
        provider=side.provider, codebook=book, title=f"{title}: what they learned", activity=taught.activity, question_key="reflection",
        opened_at=now,
    )  # fmt: skip
    text = CodedText.objects.create(round=opened, position=1, text=f"{title}: time matters.")
    return [("codebook_id", book.pk, own), ("round_id", opened.pk, own), ("text_id", text.pk, own)]


def _register_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, provider, own = clock.now(), side.provider, side.provider.scope
    for position, key in enumerate(REGISTERS):
        Term.objects.get_or_create(
            provider=provider, taxonomy="register", key=key, defaults={"label": key, "position": position}
        )
    common = {"provider": provider, "created_at": now}
    approach = Innovation.objects.create(title=f"{title} approach", origin="own", approach="Escape room", **common)
    research = ResearchProject.objects.create(
        title=f"{title} research", kind="own", lead=title, question="Does it last?", ethics_number="E-1", **common
    )
    file = files.store(f"{title} answers".encode(), f"{title}-answers.csv", "text/csv")
    left = ResearchExport.objects.create(
        project=research, year=now.year, columns="profession", rows=20, smallest_group=10, ethics_number="E-1", file=file, made_at=now
    )  # fmt: skip
    goal = MissionGoal.objects.create(
        provider=provider, kind="objective", key=side.name, text=title.replace(YAK, "Surgical"), position=0
    )
    element = StandardElement.objects.create(provider=provider, body="lcme", code=side.name, title=f"{title} element")
    item = FacultyItem.objects.create(title=f"{title} step", track="leadership", **common)
    step = PathwayStep.objects.create(item=item, person=side.learner)
    log = TeachingLog.objects.create(
        activity=taught.activity, person=side.learner, taught_on=now.date(), minutes=60, taught="residents", about=f"{title} teaching",
        learned="What a learner asked.", logged_at=now,
    )  # fmt: skip
    project = QualityProject.objects.create(
        provider=provider, title=f"{title} project", owner=side.organisation, opened_on=now.date(), registered_at=now
    )
    side.tokens["report/"] = f"report-of-{side.name}"
    SharedReport.objects.create(
        activity=taught.activity, person=side.learner, reader="planner", token_digest=survey_digest(side.tokens["report/"]),
        shared_at=now, opened_on=now.date(),
    )  # fmt: skip
    return [
        ("register_key", "innovation", own), ("entry_id", approach.pk, own), ("research_id", research.pk, own), ("export_id", left.pk, own),
        ("element_id", element.pk, own), ("goal_id", goal.pk, own), ("step_id", step.pk, own), ("project_id", project.pk, own),
        ("log_id", log.pk, own),
    ]  # fmt: skip


def _judged_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, provider, activity = clock.now(), side.provider, taught.activity
    year = SAME_EVERYWHERE["year"]
    file = files.store(f"{title} facts".encode(), f"{title}.json", "application/json")
    outcome = OutcomeMeasure.objects.create(
        activity=activity, label=f"{title}: time to antibiotics", moore_level="5", is_objective=True, added_at=now
    )  # fmt: skip
    plan = AnalysisPlan.objects.create(
        provider=provider, activity=activity, title=f"{title} plan", text="[plan]", plan_hash=side.name, fixed_at=now
    )
    batch = Batch.objects.create(
        provider=provider, body=f"PARS-{side.name}"[:20], kind="activity", year=year, file=file, made_at=now
    )
    record = Record.objects.create(
        provider=provider,
        body="PARS",
        kind="activity",
        activity=activity,
        state="ready",
        year=year,
        batch=batch,
        changed_at=now,
    )
    result = provider.expected_results.get(key="competence")
    if side.name == "elsewhere":
        provider.expected_results.update(label=f"{ZEBRA} result")
    better = Improvement.objects.create(
        provider=provider, expected_result=result, year=year, title=f"{title} sooner", opened_at=now
    )
    version = MissionReport.objects.filter(provider=provider, year=year).count() + 1
    report = MissionReport.objects.create(
        provider=provider, year=year, version=version, facts=file, snapshot=side.name, frozen_at=now
    )
    ReportPdf.objects.create(
        report=report, file=files.store(f"%PDF {title}".encode(), f"{title}.pdf", "application/pdf"), made_at=now
    )
    meeting = ReviewMeeting.objects.create(
        provider=provider, year=year, met_on=now.date() - dt.timedelta(days=version), members=title, looked_at=title, recorded_at=now
    )  # fmt: skip
    own = provider.scope
    return [
        ("meeting_id", meeting.pk, own), ("outcome_id", outcome.pk, activity.scope), ("plan_id", plan.pk, own), ("batch_id", batch.pk, own), ("record_id", record.pk, own),
        ("result_id", result.pk, own), ("improvement_id", better.pk, own), ("report_id", report.pk, own),
    ]  # fmt: skip


def _people_things(side: Side, title: str, taught: Any, mark: Any) -> Found:
    now, provider = clock.now(), side.provider
    leader, again = (make_person(f"{side.name}_{name}", provider=provider) for name in ("leader", "again"))
    grant = RoleGrant.objects.create(person=leader, role="leader", provider=provider, granted_at=now)
    again.merged_into, again.is_active = leader, False
    again.save()
    token = AccessToken.objects.create(
        person=side.learner, provider=provider, name=f"{title} kiosk", digest=side.name, created_at=now
    )
    if not Affiliation.objects.filter(person=side.learner, provider=provider).exists():
        Affiliation.objects.create(person=side.learner, provider=provider, sort_name=title.lower())
    own = provider.scope
    return [
        ("person_id", side.learner.pk, own), ("leader_id", leader.pk, own), ("duplicate_id", again.pk, own), ("grant_id", grant.pk, own), ("token_id", token.pk, own),
        ("organisation_id", side.organisation.pk, side.organisation.scope),
        ("term_key", "patient_care", own), ("list_key", "competency", own), ("question_key", "relevance", own),
    ]  # fmt: skip
