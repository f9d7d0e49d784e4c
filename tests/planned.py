"""A course as an office would have planned it, step by step through the real actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cast import Cast
from lifelong.kernel.access import SYSTEM, Actor
from lifelong.kernel.guard import writes_open
from lifelong.loop.designation import actions as designation
from lifelong.loop.integrity import actions as integrity
from lifelong.loop.needs import actions as needs
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.people.models import Person
from lifelong.loop.planning import actions as planning
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import Accreditation, ExpectedResult


def a_gap(cast: Cast, **changes: Any) -> PracticeGap:
    director = cast.actor("director")
    source = needs.add_source(
        director,
        cast.home,
        kind="guideline",
        title="Sepsis guideline",
        citation="Example Society. Sepsis. 2026.",
        publisher="Example Society",
    )
    values: dict[str, Any] = {
        "title": "Sepsis bundle in the first hour",
        "description": "One of two patients with sepsis receives the whole bundle in the first hour; the guideline asks for all.",
        "kind": "quality",
        "cause": "Recognition at triage is late.",
        "priority": 1,
        "priority_reason": "Mortality is high.",
        "needs": [("competence", "Nurses and physicians recognise early sepsis differently.")],
        "sources": [source.pk],
    }
    return needs.register_gap(director, cast.home, **(values | changes))


def results(cast: Cast, *keys: str) -> list[ExpectedResult]:
    return list(ExpectedResult.objects.filter(provider=cast.home, key__in=keys or ("performance",)))


def an_activity(cast: Cast, **changes: Any) -> Activity:
    values: dict[str, Any] = {
        "title": "Sepsis workshop",
        "format": "live_course",
        "expected_results": results(cast),
        "format_rationale": "Teams practise together what they do together.",
        "intended_change": "performance",
        "intended_change_text": "Start the bundle within one hour of triage.",
        "outcome_plan": "SEP-1 of the hospital, six months later.",
    }
    return planning.create_activity(cast.actor("director"), cast.home, **(values | changes))


def day(hour: int, minute: int = 0, on: dt.date = dt.date(2027, 3, 3)) -> dt.datetime:
    """Wall time on the day of the course."""
    return dt.datetime.combine(on, dt.time(hour, minute))


def disclosed(person: Person) -> None:
    """The person answers the disclosure: nothing to disclose."""
    link = Actor(person_id=person.pk, channel="link")
    integrity.submit_disclosure(link, person, relationships=[], nothing_to_disclose=True, attested=True)


def a_ready_course(cast: Cast, **changes: Any) -> Activity:
    """A one-day course with everything done but publication."""
    director = cast.actor("director")
    with writes_open("test"):
        Accreditation.objects.get_or_create(
            provider=cast.home,
            body="ACCME",
            defaults={"kind": "direct", "statement": "accme_direct", "confirmed": True},
        )
    activity = an_activity(cast, gaps=[a_gap(cast)], **changes)
    planning.set_terms(director, activity, taxonomy="audience", keys=["physicians"])
    planning.set_terms(director, activity, taxonomy="competency", keys=["patient_care"])
    planning.set_objectives(
        director, activity, objectives=[{"text": "Start the bundle within one hour", "kind": "skill"}]
    )
    morning = planning.add_session(director, activity, title="Recognise", starts_at=day(9), ends_at=day(10, 30))
    later = planning.add_session(director, activity, title="Treat", starts_at=day(11), ends_at=day(12))
    planning.add_reference(director, activity, citation="Example Society. Sepsis. 2026.", kind="guideline")
    planner = planning.add_role(director, activity, person=cast.person("coordinator"), kind="planner")
    roles = [planner] + [
        planning.add_role(director, activity, person=cast.person("speaker"), kind="faculty", session=session)
        for session in (morning, later)
    ]
    for person in ("coordinator", "speaker"):
        disclosed(cast.person(person))
    for role in roles:
        integrity.start_role(SYSTEM, role)
    designation.review_content(
        cast.actor("reviewer"), activity, is_valid=True, is_balanced=True, is_free_of_marketing=True
    )
    return activity
