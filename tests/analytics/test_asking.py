"""Questions asked of a program's own snapshot: counted by hand, small cells hidden, and refused in sentences."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings

from cast import Cast, make_person
from lifelong.analytics import asking, snapshot, taking, year
from lifelong.analytics.allowed import SnapshotError
from lifelong.analytics.asking import ask, measure_named, without_small
from lifelong.analytics.engine import Answer
from lifelong.analytics.measure import MeasureError, all_measures, parse
from lifelong.entrypoints.cli import main as command_line
from lifelong.entrypoints.jobs.nightly import take_snapshots
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.loop.credit.actions import claim_credit, correct_award, reverse_award
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.people.reads import actor_of
from taught import PLAN, answers, attend, teach

KEY = b"k" * 32
LEAST = 5


@pytest.fixture
def taken(cast: Cast, tmp_path: Path) -> tuple[Path, int]:
    """Six physicians and two nurses came, all evaluated, one planned a change; nobody claimed credit. The folder, and the year."""
    taught = teach(cast.home)
    with writes_open("test"):
        people = [make_person(f"doctor{n}", provider=cast.home) for n in range(6)]
        people += [make_person(f"carer{n}", "nurse", cast.home) for n in range(2)]
    for number, person in enumerate(people):
        plans = [] if number else [PLAN]
        submit(actor_of(person), attend(taught.session, person), answers=answers(taught.activity), commitments=plans)
    taken_at = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    snapshot.take(tmp_path / "day", cast.home, key=KEY, taken_at=taken_at)
    return tmp_path / "day", taught.session.starts_at.year


def test_a_snapshot_answers_the_named_questions(taken: tuple[Path, int]) -> None:
    folder, of = taken
    said = ask(folder, measure_named("completion_and_response"), of=of, least=LEAST)
    ((_, claims, completed, response),) = said.answer.rows
    assert (claims, completed, response, said.hidden) == (8, 0, None, 0), "answers without a name tell no response rate"
    for name in all_measures():
        found = ask(folder, measure_named(name), of=of, least=LEAST)
        assert found.answer.columns == measure_named(name).columns, name


def test_a_corrected_claim_counts_what_is_left_of_it_and_one_taken_back_nothing(cast: Cast, tmp_path: Path) -> None:
    taught, officer = teach(cast.home), cast.actor("credit_officer")
    with writes_open("test"):
        people = [make_person(f"doctor{n}", provider=cast.home) for n in range(6)]
    for number, person in enumerate(people):
        mark = attend(taught.session, person)
        submit(actor_of(person), mark, answers=answers(taught.activity))
        award = claim_credit(actor_of(person), mark, designation_id=taught.ama.pk, amount=Decimal(1))
        if number == 0:
            correct_award(officer, award, amount=Decimal("0.75"), reason="Left early")
        if number == 1:
            reverse_award(officer, award, reason="Was in another room")
    snapshot.take(tmp_path / "day", cast.home, key=KEY, taken_at=dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC))
    of = taught.session.starts_at.year
    ((_, claims, share, _),) = ask(
        tmp_path / "day", measure_named("completion_and_response"), of=of, least=1
    ).answer.rows
    assert (claims, round(float(share) * 6)) == (6, 5)
    credits = ask(tmp_path / "day", measure_named("credits_by_profession"), of=of, least=1).answer
    assert sum(dict(zip(credits.columns, row, strict=True))["credits"] for row in credits.rows) == 4.75


def test_another_year_counts_nobody(taken: tuple[Path, int]) -> None:
    assert ask(taken[0], measure_named("completion_and_response"), of=1999, least=LEAST).answer.rows == ()


def test_rollups_of_a_snapshot_answer_the_same_and_hide_the_same(taken: tuple[Path, int], tmp_path: Path) -> None:
    folder, of = taken
    asking.roll_up(folder, tmp_path / "rollups", of=of)
    for name in ("completion_and_response", "learners_by_state", "repeat_learners", "follow_up"):
        direct = ask(folder, measure_named(name), of=of, least=LEAST)
        kept = ask(tmp_path / "rollups", measure_named(name), of=of, least=LEAST)
        assert (direct.answer.rows, direct.hidden) == (kept.answer.rows, kept.hidden), name
    with pytest.raises(MeasureError, match="exists already"):
        asking.roll_up(folder, tmp_path / "rollups", of=of)


def test_a_broken_snapshot_is_refused_and_leaves_nothing(taken: tuple[Path, int], tmp_path: Path) -> None:
    (taken[0] / "awards.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"awards\.parquet is missing"):
        year.of_snapshot(taken[0], tmp_path / "year", 2026)
    assert not (tmp_path / "year").exists()
    with pytest.raises(SnapshotError, match="is no snapshot"):
        year.of_snapshot(tmp_path, tmp_path / "year", 2026)


# --- small cells ----------------------------------------------------------------------------------------------------------

HEAD = (
    "-- name: n\n-- question: q\n-- unit: u\n-- caveat: c\n-- columns: state profession learners\n-- counts: learners\n"
)


def told(cells: dict[tuple[str | None, str | None], int]) -> asking.Told:
    measure = parse(HEAD + "SELECT 1", "n.sql")
    return without_small(Answer(measure, measure.columns, tuple((*key, n) for key, n in cells.items())), LEAST)


def test_hidden_cells_cannot_be_recovered_from_sums() -> None:
    """Whoever knows the sum of a state, of a profession or of everything learns of no group smaller than may be shown."""
    chance = random.Random(7)
    for _ in range(200):
        cells: dict[tuple[str | None, str | None], int] = {
            (f"S{s}", f"P{p}"): chance.choice([0, 1, 2, 3, 5, 8, 20, 90]) for s in range(4) for p in range(4)
        }
        shown = {row[:2] for row in told(cells).answer.rows}
        known = [list(cells)] + [
            [key for key in cells if key[place] == value] for place in (0, 1) for value in {key[place] for key in cells}
        ]
        for line in known:
            gone = [cells[key] for key in line if key not in shown]
            assert not gone or sum(gone) >= LEAST or len(gone) == len(line), (cells, line)


def test_large_cells_are_all_told_and_margins_stay() -> None:
    cells: dict[tuple[str | None, str | None], int] = {("VT", "nurse"): 9, ("VT", "other"): 30, ("VT", None): 39}
    assert told(cells).hidden == 0
    small = told({**cells, ("VT", "dentist"): 1, ("VT", None): 40})
    assert [row[:2] for row in small.answer.rows] == [("VT", "other"), ("VT", None)] and small.hidden == 2


def test_a_measure_cannot_count_what_it_does_not_answer() -> None:
    with pytest.raises(MeasureError, match="counts people, which no column is"):
        parse(HEAD.replace("counts: learners", "counts: people") + "SELECT 1", "n.sql")


# --- by night and by hand -------------------------------------------------------------------------------------------------


@pytest.fixture
def at_home(settings: LazySettings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path / "analytics"


def test_each_night_every_program_with_activities_has_its_own_snapshot_for_a_week(
    taken: tuple[Path, int], at_home: Path, cast: Cast
) -> None:
    for day in range(1, 10):
        (at_home / "home" / f"2020-01-0{day}").mkdir(parents=True)
    take_snapshots()
    days = taking.taken_days(cast.home)
    assert len(days) == taking.KEPT_DAYS and snapshot.check(days[0]) == [] and days[1].name == "2020-01-09"
    assert not (at_home / "elsewhere").exists(), "it holds no activity"
    assert AuditEvent.objects.get(verb="snapshot.taken").provider_id == cast.home.pk
    before = days[0].stat().st_mtime_ns
    take_snapshots()
    assert taking.newest(cast.home).stat().st_mtime_ns == before, "once a day"
    shutil.rmtree(days[0])
    take_snapshots()
    assert (days[0] / "manifest.json").exists()


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["lifelong", "analytics", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    return (ended.value.code if isinstance(ended.value.code, int) else 0), said.out, said.err


def test_the_command_line_takes_and_asks(
    taken: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, of = taken
    code, out, _ = run(monkeypatch, capsys, "snapshot", "--provider", "home", "--out", tmp_path / "mine", "--json")
    assert code == 0 and json.loads(out)["program"] == "home" and snapshot.check(tmp_path / "mine") == []
    code, out, _ = run(monkeypatch, capsys, "rollup", folder, "--out", tmp_path / "kept", "--year", of)
    assert code == 0 and "Rollups are in" in out
    for source in (tmp_path / "mine", tmp_path / "kept"):
        code, out, _ = run(monkeypatch, capsys, "ask", "completion_and_response", "--from", source, "--year", of)
        measure = measure_named("completion_and_response")
        assert code == 0 and measure.question in out and measure.unit in out and measure.caveat in out and "8" in out
    code, out, _ = run(monkeypatch, capsys, "ask", "completion_and_response", "--from", folder, "--year", of, "--json")
    found = json.loads(out)
    assert found["rows"][0]["claims"] == 8 and found["caveat"] and found["hidden"] == 0
    assert "learners_by_state" in run(monkeypatch, capsys, "questions")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ask", "no_such"), "no_such: there is no such question."),
        (("ask", "follow_up", "--provider", "home"), "No snapshot of Home School was taken yet."),
        (("snapshot", "--provider", "home", "--out", "."), ". exists already."),
        (
            ("snapshot", "--provider", "home", "--out", "x", "--as", "learner@example.org"),
            "Your role does not include this: export.",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    cast: Cast,
    at_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setenv("LIFELONG_PROVIDER", "home")
    code, _, err = run(monkeypatch, capsys, *words, "--json")
    told = json.loads(err)
    assert code == 2 and told["sentence"] == says and told["next_step"]
