"""The ledger: it refuses change, and whoever changes it all the same is found at the exact entry."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cast import Cast, make_cast
from lifelong.kernel.guard import WriteOutsideDoor, writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import Problem
from lifelong.loop.credit import append_only, ledger
from lifelong.loop.credit.actions import claim_credit, new_serial
from lifelong.loop.credit.models import Award, LedgerSeal
from lifelong.loop.evaluation.actions import submit
from taught import Taught, answers, attend, teach

ENTRIES = 12


def award_many(cast: Cast, taught: Taught, number: int) -> None:
    """Awards straight into the table: one a learner and activity is the rule, so each reverses the one before."""
    with writes_open("test"):
        previous = None
        for _ in range(number):
            row = Award.objects.create(
                provider=cast.home, person=cast.person("learner"), activity=taught.activity, session=taught.session, designation=taught.ama,
                serial=new_serial(), credit_system="ama", amount=Decimal("0.25"), earned_on=taught.activity.starts_on,
                awarded_at=taught.session.ends_at, rule_book_version="test", evidence="rotating_code", reverses=previous, reason="Dr. Ünïcode",
            )  # fmt: skip
            previous = row


def sealed(cast: Cast, number: int = ENTRIES) -> None:
    award_many(cast, teach(cast.home), number)
    with writes_open("test"):
        assert ledger.seal_waiting(5) == 5
        while ledger.seal_waiting(5):
            continue


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def around_everything(statement: str) -> None:
    """As somebody who owns the server would: triggers down, keys unchecked."""
    append_only.remove(connection)
    if connection.vendor == "sqlite":
        sql("PRAGMA defer_foreign_keys = ON")
    for part in statement.split(";"):
        sql(part)


def test_an_untouched_ledger_holds(cast: Cast) -> None:
    sealed(cast)
    report = ledger.verify()
    assert (report.ok, report.entries, report.first_bad_seq, report.unsealed) == (True, ENTRIES, None, 0)
    award_many(cast, teach(cast.home), 1)
    assert ledger.verify().unsealed == 1


TABLES = ("lifelong_award", "lifelong_ledgerseal", "kernel_auditevent")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_the_database_itself_refuses_to_change_what_is_append_only(cast: Cast, table: str, statement: str) -> None:
    """A04, with direct SQL."""
    sealed(cast, 6)
    with writes_open("test"):
        AuditEvent.objects.create(at=Award.objects.all()[0].awarded_at, verb="test", channel="web", subject_type="")
    column = {"lifelong_award": "amount", "lifelong_ledgerseal": "digest", "kernel_auditevent": "verb"}[table]
    append_only.install(connection)  # as the migration does
    append_only.install(connection)
    assert append_only.missing(connection) == []
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement.format(table=table, column=column))
    assert ledger.verify().ok


def test_only_a_demonstration_can_be_emptied(cast: Cast, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="append-only"):
        call_command("flush", interactive=False)


def test_the_models_refuse_it_too(cast: Cast) -> None:
    sealed(cast, 6)
    row = Award.objects.order_by("id")[0]
    ways: list[Callable[[], object]] = [
        row.save, row.delete, lambda: Award.objects.update(amount=1), lambda: Award.objects.all().delete(),
        lambda: LedgerSeal.objects.update(digest="x"), lambda: AuditEvent.objects.all().delete(),
    ]  # fmt: skip
    with writes_open("test"):
        for way in ways:
            with pytest.raises(WriteOutsideDoor):
                way()


AWARD = "(SELECT award_id FROM lifelong_ledgerseal WHERE seq = {seq})"
SWAPPED = (
    "UPDATE lifelong_ledgerseal SET seq = 100 WHERE seq = 4; UPDATE lifelong_ledgerseal SET seq = 4 WHERE seq = 5; "
    "UPDATE lifelong_ledgerseal SET seq = 5 WHERE seq = 100"
)


@pytest.mark.parametrize(
    ("tampering", "seq", "word"),
    [
        (f"UPDATE lifelong_award SET amount = 9 WHERE id = {AWARD.format(seq=7)}", 7, "altered"),
        (f"UPDATE lifelong_award SET serial = 'X' || substr(serial, 2) WHERE id = {AWARD.format(seq=3)}", 3, "altered"),
        (f"UPDATE lifelong_award SET reason = '' WHERE id = {AWARD.format(seq=1)}", 1, "altered"),
        ("UPDATE lifelong_ledgerseal SET digest = 'ab' WHERE seq = 6", 6, "altered"),
        ("DELETE FROM lifelong_ledgerseal WHERE seq = 9", 9, "missing"),
        ("DELETE FROM lifelong_ledgerseal WHERE seq = 1", 1, "missing"),
        (SWAPPED, 4, "swapped"),
        ("DELETE FROM lifelong_ledgerseal WHERE seq > 2", 3, "checkpoint"),
    ],
)
def test_tampering_is_named_at_its_first_entry(cast: Cast, tampering: str, seq: int, word: str) -> None:
    """A04, with the triggers taken down."""
    sealed(cast)
    assert ledger.checkpoint() is not None
    around_everything(tampering)
    report = ledger.verify()
    assert (report.ok, report.first_bad_seq) == (False, seq)
    assert word in report.sentence


def test_a_ledger_rewritten_and_sealed_anew_is_found_by_its_checkpoint(cast: Cast) -> None:
    sealed(cast)
    ledger.checkpoint()
    around_everything("UPDATE lifelong_award SET amount = 9; DELETE FROM lifelong_ledgerseal")
    with writes_open("test"):
        ledger.seal_waiting(100)
    report = ledger.verify()
    assert (report.ok, report.first_bad_seq) == (False, 1)
    assert "rewritten" in report.sentence
    assert ledger.verify(Path("/nowhere")).ok, "without a checkpoint nobody could tell"


def test_a_forged_checkpoint_vouches_for_nothing(cast: Cast) -> None:
    sealed(cast)
    file = ledger.checkpoint()
    assert file is not None
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "seq": 500}))
    assert ledger.checkpoints() == []
    file.write_text(json.dumps(told))
    assert [point.seq for point in ledger.checkpoints()] == [ENTRIES]


def test_an_award_left_behind_by_the_sealer_is_swept_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "LOOK_BACK", 2)
    sealed(cast)
    first = Award.objects.order_by("id").values_list("pk", flat=True)[0]
    around_everything("DELETE FROM lifelong_ledgerseal WHERE seq < 12")
    with writes_open("test"):
        assert ledger.seal_waiting() == 1
        assert ledger.seal_waiting(sweep=True) == ENTRIES - 2
    assert LedgerSeal.objects.filter(award_id=first).exists()


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain() -> None:
    cast = make_cast()
    award_many(cast, teach(cast.home), 60)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with writes_open("test"):
                for _ in range(12):
                    with transaction.atomic():
                        ledger.seal_waiting(3)
        except BaseException as fault:
            failures.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    report = ledger.verify()
    assert (report.ok, report.entries) == (True, 60)


@pytest.mark.django_db(transaction=True)
def test_claims_at_the_same_moment_are_one_award() -> None:
    """A01, A06: eight tabs press the button; then two overlapping sessions are claimed at once."""
    cast = make_cast()
    rooms = [teach(cast.home, "Room A", ended_hours_ago=4), teach(cast.home, "Room B", ended_hours_ago=3.5)]
    learner = cast.actor("learner")
    attended = [attend(room.session, cast.person("learner")) for room in rooms]
    for room, attendance in zip(rooms, attended, strict=True):
        submit(learner, attendance, answers=answers(room.activity))
    serials: list[str] = []
    refused: list[str] = []

    def claim(which: int) -> None:
        try:
            serials.append(
                claim_credit(
                    learner, attended[which], designation_id=rooms[which].ama.pk, amount=Decimal("1.00")
                ).serial
            )
        except Problem as problem:
            refused.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(index % 2,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Award.objects.count() == 1
    assert len(set(serials)) == 1
    assert (len(serials), set(refused)) == (4, {"claim.overlap"})


def test_the_form_of_an_entry_does_not_depend_on_the_database(cast: Cast) -> None:
    sealed(cast, 6)
    values = list(Award.objects.order_by("id").values_list(*ledger.FIELDS)[0])
    form = ledger.canonical(values)
    values[9] = Decimal("0.250000")  # as another database may return it
    assert ledger.canonical(values) == form
    assert b'"0.25"' in form
    assert b"\\u00dc" in form


def test_checking_is_quick(cast: Cast) -> None:
    """Goal: 50,000 entries a second on one core; here at least the hashing of one entry stays under twenty microseconds."""
    sealed(cast, 6)
    values = Award.objects.order_by("id").values_list(*ledger.FIELDS)[0]
    began = time.perf_counter()
    for _ in range(2000):
        ledger._link(ledger.GENESIS, ledger.canonical(values))
    assert (time.perf_counter() - began) / 2000 < 0.000_1
