"""The generated pages: what they hold, and that a stale one is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lifelong.entrypoints.cli import reference

pytestmark = pytest.mark.files_only


def test_there_are_233_requirements() -> None:
    ids = reference.requirement_ids()
    assert len(ids) == len(set(ids)) == 233
    assert ids[0] == "TUFTS-01" and ids[-1] == "WASHU-39"


def test_a_requirement_lists_the_tests_that_carry_its_mark(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_x.py").write_text(
        "import pytest\n\n@pytest.mark.requirement('TUFTS-10', 'HMS-47')\ndef test_a():\n    assert 1\n\ndef test_b():\n    assert 1\n"
    )
    found = reference.tests_by_requirement(folder)
    assert found == {"TUFTS-10": ["tests/test_x.py::test_a"], "HMS-47": ["tests/test_x.py::test_a"]}


def test_a_mark_for_a_whole_file_counts(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_y.py").write_text("import pytest\npytestmark = [pytest.mark.requirement('UCONN-02')]\n")
    assert reference.tests_by_requirement(folder) == {"UCONN-02": ["tests/test_y.py"]}


def test_pages_are_written_and_a_stale_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    monkeypatch.setattr(
        reference, "pages", lambda: {"roles.md": reference.roles_page, "settings.md": reference.settings_page}
    )
    run = CliRunner()
    assert run.invoke(reference.main, ["--check"]).exit_code == 1
    assert run.invoke(reference.main).exit_code == 0
    assert run.invoke(reference.main, ["--check"]).exit_code == 0
    (tmp_path / "roles.md").write_text("old")
    stale = run.invoke(reference.main, ["--check"])
    assert stale.exit_code == 1
    assert "roles.md" in stale.output and "settings.md" not in stale.output


def test_every_action_is_on_its_page() -> None:
    page = reference.actions_page()
    for name, verb in (
        ("claim_credit", "credit.awarded"),
        ("register_gap", "gap.registered"),
        ("publish", "activity.published"),
    ):
        assert f"| `{name}` |" in page and f"`{verb}`" in page


def test_a_table_keeps_its_columns_whatever_the_text() -> None:
    assert reference.table(("a",), [("x|y\nz",)]).splitlines()[-1] == "| x\\|y z |"
