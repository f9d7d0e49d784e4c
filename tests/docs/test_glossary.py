"""The glossary and the code use the same words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "src" / "lifelong").rglob("*.py"))
# a word that means something else there
ALLOWED = {
    ("loop/credit/append_only.py", "vendor"): "Django's word for the database engine",
    ("kernel/insert.py", "vendor"): "Django's word for the database engine",
}

pytestmark = pytest.mark.files_only


def _forbidden() -> set[str]:
    line = re.search(r"^Forbidden in code: (.*)\.$", GLOSSARY, re.MULTILINE)
    assert line is not None
    return set(line.group(1).split(", "))


def _names_defined(source: str) -> set[str]:
    """What a file names itself: classes, functions, parameters, variables."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _words(name: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"_\1", name).lower()))
    return words | {word.removesuffix("s") for word in words}


def test_every_term_in_code_face_is_a_table() -> None:
    terms = set(re.findall(r"`([A-Z]\w+)`", GLOSSARY))
    assert len(terms) > 30
    assert terms - {model.__name__ for model in apps.get_models()} == set()


def test_forbidden_words_name_nothing() -> None:
    forbidden = _forbidden()
    found = {
        (file.relative_to(ROOT / "src" / "lifelong").as_posix(), name)
        for file in SOURCES
        for name in {*_names_defined(file.read_text(encoding="utf-8")), file.stem}
        if _words(name) & forbidden
    }
    assert found - set(ALLOWED) == set()


def test_the_search_for_forbidden_words_sees_parts_and_plurals() -> None:
    assert _words("TenantRow") & {"tenant"}
    assert _words("list_of_attendees") & {"attendee"}
    assert not _words("commitment") & {"commit"}
