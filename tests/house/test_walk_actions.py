"""Every action, tried by everybody on things of the own department, the other department and another provider, before anything is written."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from walk_world import Side, World, make_world

import lifelong.loop
from lifelong.kernel.access import INCLUDES, SYSTEM, Actor, Grant, Permission, Role, Scope, may
from lifelong.kernel.action import ACTIONS, Declared
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed

pytestmark = pytest.mark.django_db
OWN = (Permission.RECORD_OWN, Permission.SEE_OWN)

for info in pkgutil.walk_packages(lifelong.loop.__path__, "lifelong.loop."):
    importlib.import_module(info.name)


@dataclass
class Thing:
    """Stands for whatever an action is about; it only knows where it belongs."""

    scope: Scope


class Reached(Exception):
    """The body would have run now."""


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def door_of(name: str) -> Callable[..., Any]:
    declared = ACTIONS[name]
    return getattr(importlib.import_module(declared.module), declared.name)  # type: ignore[no-any-return]


def cells(door: Callable[..., Any]) -> dict[str, Any]:
    """What the door closed over: its body, and how it finds the thing it asks about."""
    return dict(zip(door.__code__.co_freevars, door.__closure__ or (), strict=True))


@pytest.fixture
def without_body() -> Iterator[Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """The door of an action with a body that only says it was reached, and that asks about the thing it is given."""
    changed: list[tuple[Any, Any]] = []

    def emptied(door: Callable[..., Any]) -> Callable[..., Any]:
        def body(actor: Actor, *args: Any, **kwargs: Any) -> Any:
            raise Reached

        for cell, value in ((cells(door)["body"], body), (cells(door)["on"], lambda thing: thing)):
            changed.append((cell, cell.cell_contents))
            cell.cell_contents = value
        return door

    yield emptied
    for cell, value in changed:
        cell.cell_contents = value


def expected(actor: Actor, needs: Permission, scope: Scope) -> bool:
    """The rule in other words than `may`: a grant that includes the permission, where every part it names is the thing's."""
    if needs in OWN:
        return actor.person_id == scope.person_id and actor.person_id is not None
    parts = ("provider_id", "organisation_id", "activity_id")
    return any(
        needs in INCLUDES[grant.role]
        and (grant.role is Role.OPERATOR or grant.provider_id == scope.provider_id)
        and all(getattr(grant, part) in (None, getattr(scope, part)) for part in parts)
        for grant in actor.grants
    )


def things(side: Side) -> list[Scope]:
    """Of one side: the program itself, its department, an activity, a learner's part of it, and the learner."""
    at = side.things["activity_id"].scope
    own = Scope(at.provider_id, at.organisation_id, at.activity_id, side.learner.pk)
    return [side.provider.scope, side.organisation.scope, at, own, side.learner.scope]


@pytest.mark.parametrize("name", ACTIONS)
def test_the_door_of_an_action_opens_for_whom_it_should(
    world: World, without_body: Callable[..., Any], name: str
) -> None:
    declared: Declared = ACTIONS[name]
    door, wrong, before = without_body(door_of(name)), [], AuditEvent.objects.count()
    for side in (world.home, world.neighbour, world.elsewhere):
        for scope in things(side):
            for who, actor in world.actors.items():
                try:
                    door(actor, Thing(scope))
                except Reached:
                    went = True
                except NotAllowed:
                    went = False
                if went != expected(actor, declared.needs, scope):
                    wrong.append(f"{who} on {scope} of {side.name}: {'let in' if went else 'refused'}")
    assert wrong == []
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_asks_about_the_thing_it_is_given(name: str) -> None:
    """What is asked about is the first argument, unless the action says otherwise; nobody's action asks about nothing."""
    door = door_of(name)
    first = next(iter(list(inspect.signature(door).parameters.values())[1:]))
    on = cells(door)["on"].cell_contents
    if on is None:
        assert first.kind in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD), (
            f"{name}: the thing comes first, by position"
        )
    assert inspect.unwrap(door) is not door, f"{name}: the door wraps its body"


def test_nobody_learner_and_operator_hold_no_office_permission(world: World) -> None:
    for who in ("nobody", "stranger", "learner", "community_member", "operator"):
        actor = world.actors[who]
        held = [
            needs.value
            for needs in Permission
            if needs not in (*OWN, Permission.OPERATE) and may(actor, needs, world.home.provider)
        ]
        assert held == [], who


def test_a_role_of_another_provider_opens_nothing_here(world: World) -> None:
    strongest = Actor(
        person_id=1,
        grants=tuple(Grant(role, world.elsewhere.provider.pk) for role in Role if role is not Role.OPERATOR),
    )
    for needs in Permission:
        for scope in things(world.home):
            assert not may(strongest, needs, scope), (needs, scope)
    assert all(may(SYSTEM, needs, things(world.home)[0]) for needs in Permission)


def test_every_role_is_walked(world: World) -> None:
    held = {grant.role for actor in world.actors.values() for grant in actor.grants}
    assert set(Role) - held == {Role.LEARNER, Role.COMMUNITY_MEMBER}, "give somebody in walk_world.py the new role"
