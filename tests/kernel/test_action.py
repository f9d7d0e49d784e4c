"""The one door: permission, audit row, effects, and nothing without it."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine

from cast import Cast
from lifelong.kernel import clock, files
from lifelong.kernel.access import NOBODY, Permission
from lifelong.kernel.action import FOLLOWS, action
from lifelong.kernel.effects import HANDLERS, perform, perform_all
from lifelong.kernel.guard import WriteOutsideDoor
from lifelong.kernel.models import AuditEvent, Effect
from lifelong.kernel.problems import NotAllowed, problem
from lifelong.loop.program.models import AccreditedProvider, Organisation


@action(needs=Permission.MANAGE_PROGRAM, audit="organisation.added")
def add_organisation(
    actor: object, provider: AccreditedProvider, *, name: str, then_refuse: bool = False
) -> Organisation:
    row = Organisation.objects.create(provider=provider, name=name, kind="department")
    if then_refuse:
        raise problem("test.refused", "No.", "Try another name.")
    return row


def test_a_write_leaves_one_audit_row(cast: Cast) -> None:
    row = add_organisation(cast.actor("director"), cast.home, name="Radiology")
    event = AuditEvent.objects.get(verb="organisation.added")
    assert (event.person_id, event.subject_id, event.provider_id) == (cast.person("director").pk, row.pk, cast.home.pk)


@pytest.mark.parametrize("who", ["learner", "coordinator", "other_director", "series_coordinator"])
def test_without_the_permission_nothing_is_written(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        add_organisation(cast.actor(who), cast.home, name="Radiology")
    with pytest.raises(NotAllowed):
        add_organisation(NOBODY, cast.home, name="Radiology")
    assert not AuditEvent.objects.exists()
    assert not Organisation.objects.filter(name="Radiology").exists()


def test_a_refusal_inside_leaves_nothing_half_written(cast: Cast) -> None:
    with pytest.raises(Exception, match="No."):
        add_organisation(cast.actor("director"), cast.home, name="Radiology", then_refuse=True)
    assert not Organisation.objects.filter(name="Radiology").exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("way", ["save", "update", "bulk", "delete"])
def test_models_refuse_any_other_way_in(cast: Cast, way: str) -> None:
    row = Organisation(provider=cast.home, name="Back door", kind="department")
    with pytest.raises(WriteOutsideDoor):
        if way == "save":
            row.save()
        elif way == "update":
            Organisation.objects.update(name="x")
        elif way == "bulk":
            Organisation.objects.bulk_create([row])
        else:
            cast.department.delete()


def test_an_effect_that_fails_waits_and_is_done_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def flaky(subject_id: int) -> None:
        calls.append(subject_id)
        if len(calls) == 1:
            raise RuntimeError("the first time fails")

    monkeypatch.setitem(FOLLOWS, "organisation.added", ("flaky",))
    monkeypatch.setitem(HANDLERS, "flaky", flaky)
    row = add_organisation(cast.actor("director"), cast.home, name="Radiology")
    perform_all()
    effect = Effect.objects.get()
    assert effect.state == "waiting"
    assert effect.attempts == 1
    import time_machine

    with time_machine.travel(effect.due_at):
        perform_all()
        perform_all()
    assert calls == [row.pk, row.pk]
    assert Effect.objects.get().state == "done"


def test_work_that_somebody_is_at_is_not_done_by_a_second_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of a batch may end while its last mail is being sent: the next worker leaves that mail alone."""
    sent: list[int] = []

    def mail(subject_id: int) -> None:
        sent.append(subject_id)
        with time_machine.travel(clock.now() + dt.timedelta(minutes=2), tick=False):
            assert not perform(Effect.objects.get().pk)

    monkeypatch.setitem(FOLLOWS, "organisation.added", ("mail",))
    monkeypatch.setitem(HANDLERS, "mail", mail)
    monkeypatch.setattr("lifelong.kernel.effects.ALONE", {"mail"})
    row = add_organisation(cast.actor("director"), cast.home, name="Radiology")
    assert perform_all() == 1
    assert sent == [row.pk]
    assert Effect.objects.get().state == Effect.State.DONE


def test_the_same_bytes_are_kept_once_even_at_the_same_moment(
    tmp_path: Path, settings: Any, writing: None, db: None
) -> None:
    settings.STORED_FILES = tmp_path
    meet, faults = threading.Barrier(2), list[Exception]()
    rename = Path.rename

    def together(self: Path, target: Path) -> Path:
        meet.wait(5)
        return rename(self, target)

    def keep() -> None:
        try:
            files.keep_bytes(b"the same", tmp_path / "aa" / "aabb")
        except Exception as fault:  # a thread's fault is told by the test
            faults.append(fault)

    threads = [threading.Thread(target=keep) for _ in range(2)]
    with mock.patch.object(Path, "rename", together):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
    assert [one.name for one in (tmp_path / "aa").iterdir()] == ["aabb"]
    assert files.read(files.store(b"also kept", "a.txt", "text/plain")) == b"also kept"
