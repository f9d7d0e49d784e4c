"""The registers of the fictional year, by the actions of the office: only those a program keeps."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel.access import Actor
from lifelong.loop.demo import corpus
from lifelong.loop.demo.closing import Office
from lifelong.loop.demo.rows import in_bulk
from lifelong.loop.improvement import actions, registers
from lifelong.loop.improvement.models import FacultyItem, StandardElement
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.outcomes import actions as outcomes
from lifelong.loop.outcomes.models import ReachCount
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider, Organisation, Term


def write_registers(provider: AccreditedProvider, today: dt.date, office: Office, people: list[Person]) -> None:
    """What the office keeps beside its activities: projects of quality, work for the community, registers, standing."""
    actor = actor_of(office.director)
    activities = list(Activity.objects.filter(provider=provider, published_at__isnull=False).order_by("number"))
    quality_projects(provider, actor, activities, today)
    if Term.objects.filter(provider=provider, taxonomy="format", key="community_event").exists():
        community(provider, office.director, today)
    kept = registers.kept_by(provider)
    if "innovation" in kept:
        innovations(provider, actor, activities)
    if "collaboration" in kept:
        title, partner, purpose, role, results = corpus.COLLABORATION
        actions.keep_collaboration(
            actor, provider, title=title, partner=partner, purpose=purpose, role=role, effective_from=today - dt.timedelta(days=400),
            results=results, activities=[activities[0].pk],
        )  # fmt: skip
    if "research" in kept:
        research(provider, actor, activities, today)
    if "faculty" in kept:
        faculty(provider, actor, people, activities, today)
    if "elements" in kept:
        elements(provider, actor, activities)
    for kind, title, by_whom, days in corpus.DISTINCTIONS:
        actions.keep_distinction(
            actor, provider, title=title, kind=kind, by_whom=by_whom, on=today - dt.timedelta(days=days)
        )


def quality_projects(provider: AccreditedProvider, actor: Actor, activities: list[Activity], today: dt.date) -> None:
    """Projects of the hospitals to which activities are tied; the first ran through all three stages of performance improvement."""
    owner = Organisation.objects.filter(provider=provider, kind="hospital").order_by("pk").first()
    gaps = list(PracticeGap.objects.filter(provider=provider).select_related("measure", "place").order_by("pk"))
    for number, (title, aim, found) in enumerate(corpus.QUALITY_PROJECTS):
        gap = gaps[number]
        opened = today - dt.timedelta(days=300)
        row = outcomes.register_project(
            actor, provider, title=title, aim=aim, opened_on=opened, owner_id=owner.pk if owner else None, measure_id=gap.measure_id,
            place_id=gap.place_id,
        )  # fmt: skip
        for activity in [one for one in activities if one.activity_gaps.filter(gap=gap).exists()][:3]:
            outcomes.tie_activity(actor, row, activity=activity)
        for at, (stage, words) in enumerate(zip("ABC", found, strict=False)):
            outcomes.finish_stage(
                actor, row, stage=stage, done_on=opened + dt.timedelta(days=20 + 110 * at), found=words
            )


def community(provider: AccreditedProvider, director: Person, today: dt.date) -> None:
    """Talks for the public: no credit, heads counted at the door."""
    number = Activity.objects.filter(provider=provider).order_by("-number").values_list("number", flat=True)[0]
    for at, (title, summary, days, heads, how) in enumerate(corpus.COMMUNITY_TALKS):
        on = today - dt.timedelta(days=days)
        begins = dt.datetime.combine(on, dt.time(22), dt.UTC)
        activity = in_bulk(
            Activity,
            [
                Activity(
                    provider=provider, number=number + 1 + at, title=title, sort_title=title.lower(), summary=summary, track=Activity.Track.COMMUNITY,
                    format="community_event", format_rationale="Questions of neighbours, answered in plain words.", intended_change_text="People know when to call for help.",
                    starts_on=on, ends_on=on, time_zone=provider.time_zone, place=provider.place, created_at=begins - dt.timedelta(days=40),
                    created_by=director, published_at=begins - dt.timedelta(days=30), evaluation_required=False,
                )
            ],
        )[0]  # fmt: skip
        in_bulk(
            Session,
            [Session(activity=activity, number=1, title=title, starts_at=begins, ends_at=begins + dt.timedelta(minutes=75), room="Public library", is_from_rule=False)],
        )  # fmt: skip
        in_bulk(ReachCount, [ReachCount(activity=activity, on=on, people=heads, how=how, counted_by=director)])


def innovations(provider: AccreditedProvider, actor: Actor, activities: list[Activity]) -> None:
    for title, origin, approach, source, evidence, strength, effect, decision, reason in corpus.INNOVATIONS:
        row = actions.keep_innovation(
            actor, provider, title=title, origin=origin, approach=approach, source=source, evidence=evidence, strength=strength,
            effect_on_mission=effect, activities=[activities[1].pk] if decision != "reject" else [],
        )  # fmt: skip
        if decision:
            actions.decide_innovation(actor, row, decision=decision, reason=reason)


def research(provider: AccreditedProvider, actor: Actor, activities: list[Activity], today: dt.date) -> None:
    """Two studies: our own, with an approval and a first paper on its way, and one of others that waits for its approval."""
    for kind, title, lead, question, support, number, where in corpus.STUDIES:
        row = actions.keep_project(
            actor, provider, title=title, kind=kind, lead=lead, question=question, support=support,
            ethics_board="Board for research with people" if number else "", ethics_number=number,
            ethics_until=today + dt.timedelta(days=200) if number else None, activities=[one.pk for one in activities[:4]] if number else [],
        )  # fmt: skip
        for step, place, days in where:
            actions.add_dissemination(actor, row, step=step, on=today - dt.timedelta(days=days), where=place)


def faculty(
    provider: AccreditedProvider, actor: Actor, people: list[Person], activities: list[Activity], today: dt.date
) -> None:
    """Courses for teachers, the pathway of leaders, and two colleagues on it."""
    about_teaching = [one.pk for one in activities if one.title in corpus.ABOUT_TEACHING]
    for track, title, about, position in corpus.FACULTY_ITEMS:
        activity = about_teaching[0] if about_teaching and track == "teaching" and position == 1 else None
        actions.keep_faculty_item(
            actor, provider, title=title, track=track, about=about, position=position, activity_id=activity
        )
    for number, person in enumerate(people[:2]):
        actions.enrol(actor, provider, person=person)
        for step in person.pathway_steps.filter(item__provider=provider).order_by("item__position")[: 2 - number]:
            actions.complete_step(actor, step, done_on=today - dt.timedelta(days=120 - 40 * step.item.position))


def elements(provider: AccreditedProvider, actor: Actor, activities: list[Activity]) -> None:
    """A short list in own words with made-up codes; an office imports the list of the body. Some are served, some are not."""
    for body, lines in corpus.ELEMENTS.items():
        data = "code,title\n" + "".join(f'{code},"{title}"\n' for code, title in lines)
        actions.import_elements(actor, provider, body=body, data=data.encode())
    item = FacultyItem.objects.filter(provider=provider, track="teaching").first()
    for at, row in enumerate(StandardElement.objects.filter(provider=provider)):
        if at % 3 == 0:
            actions.map_element(actor, row, activity_id=activities[at % len(activities)].pk)
        elif at % 3 == 1 and item is not None:
            actions.map_element(actor, row, item_id=item.pk)
