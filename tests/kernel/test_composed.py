"""A question composed once says what the ORM says, for every value it is asked with."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.kernel.composed import Composed
from lifelong.kernel.guard import WriteOutsideDoor
from lifelong.kernel.insert import insert_values
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.surveys.actions import ANSWER, RESPONSE
from lifelong.loop.surveys.models import Answer, Response
from taught import attend, teach


def test_tuples_are_those_of_the_person_asked_about(cast: Cast) -> None:
    grants: Composed[Any] = Composed(
        lambda person: RoleGrant.objects.filter(person_id=person).order_by("id").values_list("role", "provider_id")
    )
    for who in ("director", "learner", "evaluator", "other_director"):
        of = RoleGrant.objects.filter(person=cast.person(who)).order_by("id").values_list("role", "provider_id")
        assert grants.rows(cast.person(who).pk) == list(of)
    assert grants.rows(cast.person("director").pk)
    assert grants.first(0) is None


def test_rows_come_with_what_they_point_at_and_cost_one_query(cast: Cast) -> None:
    taught = teach(cast.home)
    mark = attend(taught.session, cast.person("learner"))
    asked: Composed[Attendance] = Composed(
        lambda attendance, person: (
            Attendance.objects.select_related("session__activity", "evaluation_done")
            .only("recorded_at", "person_id", "session__title", "session__activity__title", "evaluation_done__done_on")
            .filter(pk=attendance, person_id=person)
        )
    )
    with CaptureQueriesContext(connection) as queries:
        found = asked.first(mark.pk, cast.person("learner").pk)
        assert found is not None
        assert (found.recorded_at, found.session.title) == (mark.recorded_at, taught.session.title)
        assert found.session.activity.title == taught.activity.title
        assert not hasattr(found, "evaluation_done")
    assert len(queries) == 1
    assert asked.first(mark.pk, cast.person("nurse").pk) is None


def test_a_value_without_a_place_in_the_statement_is_a_mistake_found_at_once(cast: Cast) -> None:
    lost: Composed[RoleGrant] = Composed(lambda person, other: RoleGrant.objects.filter(person_id=person))
    with pytest.raises(AssertionError, match="place"):
        lost.rows(1, 2)


@pytest.mark.parametrize(("model", "columns"), [(Response, RESPONSE), (Answer, ANSWER)])
def test_answers_are_written_with_every_column_of_their_table(model: Any, columns: tuple[str, ...]) -> None:
    assert set(columns) == {field.column for field in model._meta.local_concrete_fields}


def test_plain_values_too_are_written_by_actions_alone(cast: Cast) -> None:
    with pytest.raises(WriteOutsideDoor):
        insert_values(Answer, ANSWER, [(1, None, 1, "", None, "", "")])
