"""The command line as a person or a script meets it: answers, refusals, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cast import Cast
from lifelong.entrypoints.cli import main as command_line

Run = Callable[..., tuple[int, str, str]]
TABLE = """measure_id,place,period_start,period_end,numerator,denominator
SEPSIS_BUNDLE,Example General,2026-01-01,2026-03-31,88,160
SEPSIS_BUNDLE,Example General,2026-04-01,2026-06-30,91,
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command line in this process: exit code, standard output, error stream."""

    def asked(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lifelong", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        said = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err

    return asked


def answer(run: Run, *words: str) -> dict[str, Any]:
    code, out, err = run(*words, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def refusal(run: Run, *words: str) -> dict[str, Any]:
    code, out, err = run(*words, "--json")
    assert code == 2, out
    found: dict[str, Any] = json.loads(err)
    assert found["sentence"].endswith((".", "?")) and found["next_step"]
    return found


# --- who asks, and where --------------------------------------------------------------------------------------------------


def test_help_does_not_wait_for_django() -> None:
    code = "import sys; from lifelong.entrypoints.cli.main import cli; cli.main(['gap', 'register', '--help'], standalone_mode=False); assert 'django' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--description" in done.stdout


@pytest.mark.django_db
def test_an_unknown_program_person_or_command_is_a_sentence(run: Run, cast: Cast) -> None:
    assert refusal(run, "gap", "list", "--provider", "nowhere")["code"] == "program.unknown"
    assert refusal(run, "gap", "list", "--provider", "home", "--as", "nobody@example.org")["code"] == "person.unknown"
    code, _, err = run("gap", "fly")
    assert code == 2 and "Traceback" not in err


@pytest.mark.django_db
def test_people_act_with_their_own_rights(run: Run, cast: Cast) -> None:
    words = ["gap", "source", "A guideline", "--kind", "guideline", "--citation", "Example 2025", "--provider", "home"]
    assert refusal(run, *words, "--as", cast.person("leader").email)["code"] == "not_allowed"
    assert refusal(run, *words, "--as", cast.person("other_director").email)["code"] == "not_allowed"
    assert answer(run, *words, "--as", cast.person("coordinator").email)["source"]


@pytest.mark.django_db
def test_another_programs_lists_do_not_exist(run: Run, cast: Cast) -> None:
    found = refusal(run, "measures", "list", "--provider", "home", "--as", cast.person("other_director").email)
    assert found["code"] == "not_found"


@pytest.mark.django_db
def test_ones_own_affairs_need_a_person(run: Run, cast: Cast) -> None:
    code, _, err = run("credit", "claim", "1.00")
    assert code == 2 and "--as EMAIL" in err


def test_a_script_that_types_wrongly_gets_the_same_shape(run: Run) -> None:
    found = refusal(run, "gap", "register", "Late", "--provider", "home")
    assert found["code"] == "usage" and "--description" in found["sentence"]
    assert found["next_step"] == "Run ./lifelong gap register --help."


@pytest.mark.django_db
def test_an_amount_with_a_comma_is_refused_with_the_point(run: Run, cast: Cast) -> None:
    code, _, err = run("credit", "claim", "0,75", "--as", cast.person("learner").email)
    assert code == 2 and "0.75" in err


@pytest.mark.slow  # two processes on an empty folder
@pytest.mark.files_only
def test_an_installation_that_is_not_set_up_says_so(tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": "", "LIFELONG_HOME": str(tmp_path)}
    words = [sys.executable, "-m", "lifelong", "gap", "list", "--provider", "home"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "./lifelong migrate" in done.stderr and "Traceback" not in done.stderr


# --- measures and gaps ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_import_says_what_it_took_and_why_not_the_rest(run: Run, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(TABLE)
    first = answer(run, "measures", "import", str(file), "--provider", "home")
    assert (first["rows_read"], first["points_kept"], first["refused"]) == (2, 1, 1)
    assert first["refusals"][0]["line"] == 3 and first["refusals"][0]["next_step"]
    again = answer(run, "measures", "import", str(file), "--provider", "home")
    assert again["points_kept"] == 1
    shown = answer(run, "measures", "show", "SEPSIS_BUNDLE", "--provider", "home")
    assert [row["value"] for row in shown["figures"]] == [55.0]


@pytest.mark.django_db
def test_a_file_with_patients_is_refused_whole(run: Run, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("patient_name,measure_id,place\nA,SEPSIS_BUNDLE,Example General\n")
    refusal(run, "measures", "import", str(file), "--provider", "home")
    assert answer(run, "measures", "list", "--provider", "home")["measures"] == []


@pytest.mark.django_db
def test_a_gap_without_reason_is_refused_with_every_reason(run: Run, cast: Cast) -> None:
    found = refusal(run, "gap", "register", "Late", "--description", "x", "--kind", "weather", "--provider", "home")
    assert len(found["reasons"]) > 2
    assert {reason["field"] for reason in found["reasons"]} >= {"priority_reason"}


# --- ledger, demo, analysis -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_empty_ledger_holds(run: Run) -> None:
    assert answer(run, "ledger", "verify")["ok"] is True
    assert answer(run, "ledger", "seal")["sealed"] == 0


@pytest.mark.django_db
def test_the_time_of_a_real_installation_is_not_moved(run: Run, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFELONG_DEMO", "0")
    assert refusal(run, "demo", "advance", "--days", "45")["code"] == "demo.not_a_demo"
    monkeypatch.setenv("LIFELONG_DEMO", "0")
    code, _, err = run("demo", "load")
    assert code == 2 and err.startswith("demo.not_a_demo")


@pytest.mark.django_db
def test_a_transcript_of_nobody_is_refused(run: Run) -> None:
    code, _, err = run("transcript", "nobody@example.org")
    assert code == 2 and err.startswith("person.unknown")


def plan(folder: Path, rows: int) -> Path:
    lines = [f"p{n},{50 + n % 7},{55 + n % 5}" for n in range(rows)]
    (folder / "scores.csv").write_text("who,before,after\n" + "\n".join(lines) + "\n")
    file = folder / "plan.toml"
    file.write_text(
        'title = "Scores"\nquestion = "Did scores rise?"\nmethod = "paired_means"\ndata = "scores.csv"\n'
        'primary_outcome = "mean_difference"\n[columns]\nid = "who"\npre = "before"\npost = "after"\n'
    )
    return file


@pytest.mark.slow  # loads the statistics packages
@pytest.mark.files_only
def test_a_plan_is_run_without_a_database(run: Run, tmp_path: Path) -> None:
    found = answer(run, "outcomes", "analyse", str(plan(tmp_path, 40)))
    assert found["primary"]["value"] == pytest.approx(4.125)
    code, out, _ = run("outcomes", "analyse", str(plan(tmp_path, 40)))
    assert code == 0 and "Did scores rise?" in out


@pytest.mark.files_only
def test_a_wrong_plan_is_refused_by_its_key(run: Run, tmp_path: Path) -> None:
    file = plan(tmp_path, 40)
    file.write_text(file.read_text().replace("paired_means", "paired_meens"))
    found = refusal(run, "outcomes", "analyse", str(file))
    assert found["code"] == "plan.wrong" and found["field"] == "method"
    assert "paired_means" in found["next_step"]


@pytest.mark.files_only
def test_an_override_at_the_command_line_is_printed(run: Run, tmp_path: Path) -> None:
    file = plan(tmp_path, 4)
    refused = refusal(run, "outcomes", "analyse", str(file))
    code, out, _ = run("outcomes", "analyse", str(file), "--accept", refused["code"])
    assert code == 0 and f"Overridden when it was run, not in the plan: {refused['code']}" in out
    file.write_text("accept = []\n" + file.read_text())
    assert refusal(run, "outcomes", "analyse", str(file), "--accept", refused["code"])["code"] == "plan.accept"
