"""The forms every office starts with (`defaults.toml`), and those it may begin its own from (`usual.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("defaults.toml")


@cache
def default_instruments() -> dict[str, dict[str, Any]]:
    """By key: title, kind, intro, is_anonymous and `questions` as `save_instrument` takes them."""
    return _forms(FILE)


@cache
def usual_forms() -> dict[str, dict[str, Any]]:
    """Templates by key, as above, with `about`: one sentence on what the form asks."""
    return _forms(FILE.with_name("usual.toml"))


@cache
def scales() -> dict[str, tuple[tuple[str, str], ...]]:
    """The ready scales: name -> (value, label) from the first option to the last."""
    raw = tomllib.loads(FILE.with_name("usual.toml").read_text(encoding="utf-8"))
    return {name: tuple((value, label) for value, label in scale["options"]) for name, scale in raw["scale"].items()}


def _forms(file: Path) -> dict[str, dict[str, Any]]:
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    scales = {name: scale["options"] for name, scale in raw["scale"].items()}
    return {
        form["key"]: {
            "kind": form["kind"],
            "title": form["title"],
            "intro": form["intro"],
            "is_anonymous": form.get("is_anonymous", True),
            **{name: form[name] for name in ("about", "is_matched", "passing_percent") if name in form},
            "questions": [_question(row, scales) for row in form["question"]],
        }
        for form in raw["instrument"]
    }


def _question(row: dict[str, Any], scales: dict[str, list[list[str]]]) -> dict[str, Any]:
    options = row.get("options") or scales.get(row.get("scale", ""), [])
    key, value = row.get("show_if", ("", ""))
    return {
        "key": row["key"],
        "kind": row["kind"],
        "text": row["text"],
        "help": row.get("help", ""),
        "is_required": row.get("is_required", False),
        "options": [_option(*option) for option in options],
        "rows": _rows(row),
        "show_if_key": key,
        "show_if_value": value,
        "moore_level": row.get("moore_level", ""),
        "kirkpatrick": row.get("kirkpatrick", ""),
        **{name: row[name] for name in ("correct_value", "rationale", "is_objective_measure") if name in row},
    }


def _option(value: str, label: str, feedback: str = "") -> dict[str, str]:
    return {"value": value, "label": label} | ({"feedback": feedback} if feedback else {})


def _rows(row: dict[str, Any]) -> list[dict[str, str]]:
    if "rows_from" in row:
        return [{"key": f"from:{row['rows_from']}", "label": ""}]
    return [{"key": key, "label": label} for key, label in row.get("rows", ())]
