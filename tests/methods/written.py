"""Plans and data written by a test."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lifelong.methods.run import run_plan
from methods.reference import TODAY, check_documented


def table(header: str, rows: Iterable[Iterable[Any]]) -> str:
    return "\n".join([header, *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]) + "\n"


def write(folder: Path, data: str, plan: str, name: str = "data.csv") -> Path:
    (folder / name).write_text(data, encoding="utf-8")
    file = folder / "plan.toml"
    file.write_text(plan, encoding="utf-8")
    return file


def answer(folder: Path, data: str, plan: str, **more: Any) -> dict[str, Any]:
    return check_documented(run_plan(write(folder, data, plan), today=TODAY, **more))


def plan(method: str, primary: str, columns: str, options: str = "", top: str = "") -> str:
    return f'title = "T"\nmethod = "{method}"\ndata = "data.csv"\nprimary_outcome = "{primary}"\n{top}\n[columns]\n{columns}\n[options]\n{options}\n'


def codes(result: dict[str, Any], part: str = "warnings") -> set[str]:
    return {entry["rule"] for entry in result["result"][part]}
