"""One of everything, so that every address of the product resolves; and the walk over those addresses."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit.actions import claim_credit
from lifelong.loop.evaluation import actions as evaluation
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.integrity import actions as integrity
from lifelong.loop.needs import actions as needs
from lifelong.loop.needs.models import Measure, MeasureImport, MeasureUpload
from lifelong.loop.people.actions import link_phone
from lifelong.loop.planning.models import PlanningRole
from planned import a_gap, a_ready_course
from taught import PLAN, answers, attend, teach

FIGURES = b"measure_id,place,period_start,period_end,numerator,denominator\nSEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\nSEP-1,Example Hospital,2026-04-01,2026-06-30,61,100\n"


@dataclass
class World:
    """`values`: what stands for each placeholder of an address."""

    cast: Cast
    values: dict[str, Any]
    activity_ids: tuple[int, int]  # one in planning, one taught

    def signed_in(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        with writes_open("login"):
            client.force_login(self.cast.person(who))
        return client

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(address, name) of every page of the product that takes part in the walk."""
        for pattern, name in patterns():
            if pattern.startswith(("account/", "static/")):
                continue  # the login library's own pages; ours are the templates around them
            for activity_id in self.activity_ids if "activity_id" in pattern else self.activity_ids[:1]:
                address = filled_in(pattern, self.values | {"activity_id": activity_id})
                yield address, name


def patterns() -> Iterator[tuple[str, str]]:
    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str]]:
        for part in resolver.url_patterns:
            if isinstance(part, URLResolver):
                yield from walk(part, prefix + str(part.pattern))
            elif isinstance(part, URLPattern):
                yield prefix + str(part.pattern), part.name or ""

    yield from walk(get_resolver(), "")


def filled_in(pattern: str, values: dict[str, Any]) -> str:
    parts = []
    for part in pattern.split("<"):
        placeholder, closed, rest = part.partition(">")
        parts.append(f"{values[placeholder.partition(':')[2] or placeholder]}{rest}" if closed else part)
    return "/" + "".join(parts)


def make_world(cast: Cast) -> World:
    director, learner = cast.actor("director"), cast.actor("learner")
    course = a_ready_course(cast)
    taught = teach(cast.home, sessions=2, organisation=cast.department, evaluation_required=False)
    mark = attend(taught.session, cast.person("learner"))
    evaluation.submit(learner, mark, answers=answers(taught.activity), commitments=[PLAN])
    award = claim_credit(learner, mark, designation_id=taught.ama.pk, amount=Decimal("0.5"))
    open_mark = attend(taught.sessions[1], cast.person("learner"))
    needs.import_measures(director, cast.home, file=io.BytesIO(FIGURES), filename="own.csv")
    needs.upload_measures(director, cast.home, file=io.BytesIO(FIGURES.replace(b"61", b"62")), filename="more.csv")
    with writes_open("test"):
        role = PlanningRole.objects.create(
            activity=course, person=cast.person("speaker"), kind="faculty", asked_at=clock.now()
        )
        follow_up = FollowUp.objects.first() or FollowUp.objects.create(
            commitment=cast.person("learner").commitments.get(), wave=1, due_on=clock.today(), asked_at=clock.now()
        )
    _, token = integrity.request_disclosure(director, role)
    said = {
        "company": "Example Pharma",
        "nature": "consultant",
        "is_private_equity": False,
        "has_ended": False,
        "ended_on": None,
    }
    speaker = Actor(person_id=cast.person("speaker").pk, channel="link")
    disclosure = integrity.submit_disclosure(
        speaker, cast.person("speaker"), relationships=[said], nothing_to_disclose=False, attested=True, role=role
    )
    case = integrity.open_case(director, cast.home, kind="bias", summary="Seen in the answers.", activity=course)
    phone = link_phone(learner, cast.person("learner"), number="+15550101234")
    values = {
        "slug": "home", "serial": award.serial, "session_id": taught.sessions[1].pk, "code": "ABCD", "attendance_id": open_mark.pk,
        "token": token, "follow_up_id": follow_up.pk, "kind": "csv", "measure_id": Measure.objects.get().pk,
        "upload_id": MeasureUpload.objects.get().pk, "import_id": MeasureImport.objects.get().pk, "gap_id": a_gap(cast).pk, "gate": "G1",
        "role_id": role.pk, "designation_id": taught.ama.pk, "relationship_id": disclosure.relationships.get().pk,
        "person_id": cast.person("learner").pk, "case_id": case.pk, "award_id": award.pk, "commitment_id": follow_up.commitment_id,
        "phone_id": phone.pk, "key": "mission", "year": dt.date(2026, 11, 22).year,
    }  # fmt: skip
    return World(cast, Numbers(values), (course.pk, taught.activity.pk))


class Numbers(dict[str, Any]):
    """Whatever is not arranged above is number 1: the page says that it does not exist, which is an answer too."""

    def __missing__(self, key: str) -> int:
        return 1

    def __or__(self, other: Any) -> Numbers:
        return Numbers({**self, **other})
