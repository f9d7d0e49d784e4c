"""The forms every office starts with, read from `defaults.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("defaults.toml")


@cache
def default_instruments() -> dict[str, dict[str, Any]]:
    """By key: title, kind, intro, is_anonymous and `questions` as `save_instrument` takes them."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    scales = {name: scale["options"] for name, scale in raw["scale"].items()}
    return {
        form["key"]: {
            "kind": form["kind"],
            "title": form["title"],
            "intro": form["intro"],
            "is_anonymous": form.get("is_anonymous", True),
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
        "options": [{"value": value_, "label": label} for value_, label in options],
        "rows": [{"key": f"from:{row['rows_from']}", "label": ""}] if "rows_from" in row else [],
        "show_if_key": key,
        "show_if_value": value,
        "moore_level": row.get("moore_level", ""),
    }
