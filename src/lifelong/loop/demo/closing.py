"""What became of the closed courses of the fictional year: the body's answer, codes for free text, a test, teams, the shared report.

Everything is done by the actions an office uses; only where an act lies in the past are its rows written as the act would have.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from lifelong.formats import pars
from lifelong.kernel.access import Actor
from lifelong.loop.demo import corpus
from lifelong.loop.demo.activities import Planned
from lifelong.loop.demo.rows import Written, in_bulk
from lifelong.loop.demo.year import CLOSED
from lifelong.loop.evaluation import coding, coding_reads, further
from lifelong.loop.evaluation.further_reads import people_of
from lifelong.loop.evaluation.models import ActivityForm, CodingRound, FormDone, TeamMember
from lifelong.loop.outcomes import actions as outcomes
from lifelong.loop.outcomes import sharing
from lifelong.loop.outcomes.models import SharedReport
from lifelong.loop.people.models import LearnerProfile, Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting import actions as reporting
from lifelong.loop.reporting.models import Batch, Record
from lifelong.loop.reporting.pars_records import body_for
from lifelong.loop.reporting.records import awards_of_year, keep_records
from lifelong.loop.surveys.actions import keep_response, publish_instrument, save_instrument
from lifelong.loop.surveys.defaults import usual_forms
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Instrument
from lifelong.loop.surveys.tokens import pseudonym

TESTED, CODED, IN_TEAM = 24, 40, 4  # people of the test, texts that are coded, people of a team
# how often an item is known before; after each of the closed courses, how often it is kept and how often it is gained: one taught nothing new
KNOWN_BEFORE, AFTER = 0.48, ((0.95, 0.68), (0.84, 0.02), (0.92, 0.5))
UNKNOWN_PEOPLE = 2  # completions that the body refuses
ACTIVE_BODY_NUMBERS = 202_600_001  # where the built-in test body begins to count


@dataclass(frozen=True, slots=True)
class Office:
    """Who does it."""

    director: Person
    coordinator: Person
    evaluator: Person


def close_courses(w: Written, planned: list[Planned], office: Office) -> list[Activity]:
    """The courses whose follow-ups are over, from the body's answer to the shared report. Returns them."""
    courses = [(plan, activity) for plan, activity, *_ in planned if not plan.is_series]
    done = [courses[number][1] for number in CLOSED if number < len(courses) - 1]
    _complete_licences(done, corpus.STATES.get(w.provider.slug, "MA"))
    this_year = dt.date(w.plan.today.year, 1, 1)
    more = [
        a
        for _, a in courses
        if a.published_at and a not in done and this_year <= (a.ends_on or this_year) < w.plan.today
    ]
    for year in sorted({a.starts_on.year for a in done if a.starts_on}):
        tell_body(w, [a for a in done if a.starts_on and a.starts_on.year == year], more[:2], year)
    gap_of = {activity.pk: plan.gap for plan, activity in courses}
    for activity, after in zip(done, AFTER, strict=False):
        _test(w, activity, office, corpus.TEST_ITEMS[gap_of[activity.pk]], after)
    if done:
        _teams(w, done[0], office)
        _code_comments(w, done[0], office)
    for number, activity in enumerate(done):
        _close(activity, office, corpus.SUMMARIES[number % len(corpus.SUMMARIES)])
        _share(activity, number, office)
    return done


def _complete_licences(closed: list[Activity], home: str) -> None:
    """Before a course is closed the office has asked for the licences that were missing; colleagues from abroad hold one here."""
    of_courses = LearnerProfile.objects.filter(person__attendances__session__activity__in=closed)
    for profile in of_courses.filter(Q(licence_number="") | Q(licence_state="")).distinct():
        LearnerProfile.objects.filter(pk=profile.pk).update(
            licence_number=profile.licence_number or f"D{profile.pk:06d}", licence_state=profile.state or home
        )


# --- the body


def tell_body(w: Written, closed: list[Activity], open_ones: list[Activity], year: int) -> None:
    """What PARS was told of these courses, and its answers: it has one activity already, and does not know two people."""
    refused = {str(open_ones[-1].number)} if len(open_ones) > 1 else set()
    activities = [*closed, *open_ones]
    mine = {activity.pk for activity in activities}
    awards = [award for award in awards_of_year(w.provider, year) if award.activity_id in mine]
    keep_records(w.provider, activities, awards, w.plan.today)
    body = body_for(w.provider)
    batch = _made(w.provider, body, year)
    lines = [
        _activity_line(str(record.number), at, refused)
        for at, record in enumerate(Activity.objects.filter(records__batch=batch).order_by("records__pk"))
    ]
    _answered(batch, lines)
    if not Record.objects.filter(provider=w.provider, year=year, kind="learner", state="ready").exists():
        return  # a small year in which nobody who came may be reported
    batch = _made(w.provider, body, year)
    unknown = list(batch.records.filter(activity__in=open_ones).order_by("pk").values_list("pk", flat=True))
    _answered(batch, [_person_line(row, unknown[:UNKNOWN_PEOPLE]) for row in batch.records.select_related("award")])


def _made(provider: AccreditedProvider, body: str, year: int) -> Batch:
    batch: Batch = reporting.make_batch(actor_of(_reporter(provider)), provider, body=body, year=year)
    reporting.mark_sent(actor_of(_reporter(provider)), batch)
    return batch


def _reporter(provider: AccreditedProvider) -> Person:
    found: Person = Person.objects.get(email=f"credit_officer@{provider.slug}.demo.example")
    return found


def _answered(batch: Batch, lines: list[pars.Line]) -> None:
    reporting.take_answer(
        actor_of(_reporter(batch.provider)), batch, answer=pars.write_answer(pars.Answer(tuple(lines)))
    )


def _activity_line(reference: str, at: int, refused: set[str]) -> pars.Line:
    number = f"{ACTIVE_BODY_NUMBERS + at:09d}"
    if reference not in refused:
        return pars.Line(pars.Kind.ACTIVITY, reference, pars.Outcome.ACCEPTED, number)
    why = pars.Refusal(pars.Failure.EXISTS, f"The activity is on record as {number}.", "provider_activity_id")
    return pars.Line(pars.Kind.ACTIVITY, reference, pars.Outcome.REFUSED, refusals=(why,))


def _person_line(row: Record, unknown: list[int]) -> pars.Line:
    assert row.award is not None, "a completion is always of an award"
    reference = f"ccid:{row.provider.slug}:{row.award.serial}"
    if row.pk not in unknown:
        return pars.Line(pars.Kind.COMPLETION, reference, pars.Outcome.ACCEPTED)
    why = pars.Refusal(pars.Failure.NO_MATCH, "No licensed person matches this name, birthday and licence.", "licence")
    return pars.Line(pars.Kind.COMPLETION, reference, pars.Outcome.REFUSED, refusals=(why,))


# --- test, teams, codes


def _form(w: Written, use: str, office: Office, activity: Activity, key: str = "", **changed: object) -> Instrument:
    """The usual form of this use, published and asked in the activity."""
    usual = {name: value for name, value in usual_forms()[use].items() if name != "about"}
    actor = actor_of(office.evaluator)
    form: Instrument = save_instrument(actor, w.provider, key=key or use, **{**usual, **changed})
    publish_instrument(actor, form)
    further.choose_form(actor, activity, use=use, instrument=form)
    return form


def _test(
    w: Written, activity: Activity, office: Office, cases: tuple[corpus.Case, ...], after: tuple[float, float]
) -> None:
    """A test before and after, its items tied to the objectives; answered by some who came."""
    objectives = list(activity.objectives.order_by("position"))
    questions = [
        {"key": f"item_{at + 1}", "kind": "choice", "text": text, "is_required": True, "correct_value": "a", "rationale": why,
         "options": [{"value": value, "label": label} for value, label in zip("abcd", answers, strict=True)],
         "moore_level": "3a", "is_objective_measure": True, "objective_id": objectives[min(at, len(objectives) - 1)].pk}
        for at, (text, answers, why) in enumerate(cases)
    ]  # fmt: skip
    form = _form(
        w, "test", office, activity, key=f"test-{activity.number}", questions=questions, activity_id=activity.pk
    )
    items = list(form.questions.all())
    people = list(people_of(activity)[:TESTED])
    first = activity.starts_on or w.plan.today
    done = []
    for person in people:
        code = pseudonym(form.key, activity.pk, person.pk)
        knew = [w.rng.random() < KNOWN_BEFORE for _ in items]
        knows = [w.rng.random() < after[0 if known else 1] for known in knew]
        for part, on, known in (("before", first - dt.timedelta(days=4), knew), ("after", first, knows)):
            given = [
                Given(item.pk, choice="a" if one else w.rng.choice("bcd"))
                for item, one in zip(items, known, strict=True)
            ]
            keep_response(
                form.pk, given, subject_type=part, subject_id=activity.pk, activity_id=activity.pk, on=on, pseudonym=code, is_summed=False
            )  # fmt: skip
            right = sum(one.choice == "a" for one in given)
            passed = on if part == "after" and 100 * right >= 70 * len(items) else None
            done.append(FormDone(activity=activity, person=person, part=part, done_on=on, passed_on=passed))
    in_bulk(FormDone, done)


def _teams(w: Written, activity: Activity, office: Office) -> None:
    """Three teams of several professions; two have answered."""
    _form(w, ActivityForm.Use.TEAM.value, office, activity)
    people = list(people_of(activity).order_by("profile__profession", "pk"))
    count = len(corpus.TEAMS)
    mixed = [people[at::count] for at in range(count)]
    for name, members in zip(corpus.TEAMS, mixed, strict=True):
        if len(members) < IN_TEAM:
            return
        step = len(members) // IN_TEAM
        emails = [person.email for person in members[::step][:IN_TEAM]]
        team = further.make_team(actor_of(office.coordinator), activity, name=name, emails=emails)
        if name != corpus.TEAMS[-1]:
            member = TeamMember.objects.select_related("team__activity__provider").filter(team=team).order_by("pk")[0]
            answers = {"team_skill": {"before": "2", "now": "4"}, "team_roles": "4", "team_change": corpus.TEAM_CHANGE}
            further.answer_for_team(Actor(person_id=member.person_id, name=""), member, answers=answers)


def _code_comments(w: Written, activity: Activity, office: Office) -> None:
    """Comments of a course, coded by two people who mostly agree; what they saw differently is settled but for one."""
    evaluator, second = actor_of(office.evaluator), actor_of(office.coordinator)
    codes = [{"label": label, "meaning": meaning, "words": words} for label, meaning, words in corpus.CODES]
    book = coding.save_codebook(evaluator, w.provider, title="What learners take home", codes=codes)
    coding.publish_codebook(evaluator, book)
    if len(coding_reads.texts_to_code(evaluator, activity=activity, campaign=None, question_key="reflection")) < 5:
        return
    row: CodingRound = coding.open_round(
        evaluator, w.provider, codebook=book, question_key="reflection", activity=activity
    )
    row.texts.filter(position__gte=CODED).delete()
    code_of = {code.label: code.pk for code in book.codes.all()}
    other = list(code_of.values())
    for text in row.texts.select_related("round__codebook"):
        meant = [
            code_of[label] for label, _, words in corpus.CODES if any(one in text.text for one in words.split(", "))
        ]
        seen = meant if w.rng.random() < 0.88 else [w.rng.choice(other)]
        coding.code_text(evaluator, text, codes=meant)
        coding.code_text(second, text, codes=seen)
    for waiting in coding_reads.to_settle(row)[1:]:
        text = row.texts.get(pk=waiting.text.pk)
        coding.settle_text(evaluator, text, codes=waiting.first)


# --- closing and sharing


def _close(activity: Activity, office: Office, summary: tuple[str, str, str]) -> None:
    text, limits, next_gap = summary
    outcomes.write_summary(actor_of(office.evaluator), activity, text=text, limits=limits, next_gap=next_gap)
    outcomes.close_activity(actor_of(office.director), activity)


def _share(activity: Activity, number: int, office: Office) -> None:
    """Planners and leaders have the link; planners have opened it, leaders only that of the first course."""
    for person, reader in sharing.readers_of(activity):
        shared: SharedReport = outcomes.share_report(actor_of(office.evaluator), activity, person=person, reader=reader)
        sharing.mark_sent(shared)
        if reader == "planner" or number == 0:
            outcomes.open_report(actor_of(person), shared)
