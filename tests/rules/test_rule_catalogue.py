"""Every rule has a function and a test, and every function that speaks of a rule speaks of one in the catalogue."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from lifelong.rules import verdict
from lifelong.rules.books import load_book
from lifelong.rules.catalogue import rule, rules, rules_at
from lifelong.rules.verdict import Reason, Severity, Verdict

PACKAGE = Path(verdict.__file__).parent
ID = re.compile(r"R-[A-Z0-9]+-[0-9n]|(attendance|claim|gate)\.[a-z_]+")
NOT_RULES = {entry.key for body in ("lifelong",) for entry in load_book(body).entries} - {"claim.amount"}


def _texts(path):
    """All text constants of a module, docstrings left out, with f-string pieces."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in documentation
    ]


def _spoken():
    """Rule ids that the code gives as reasons, with the codes that attendance builds from their last word."""
    found = {text for path in PACKAGE.glob("*.py") for text in _texts(path) if ID.fullmatch(text)} - NOT_RULES
    return found | {"attendance.cancelled", "attendance.not_registered"}


def test_the_code_speaks_of_exactly_the_rules_of_the_catalogue():
    assert _spoken() == {found.id for found in rules()}


@pytest.mark.parametrize("found", rules(), ids=lambda found: found.id)
def test_every_rule_has_a_function_a_sentence_a_source_and_a_test(found):
    assert found.decided_by().__doc__, f"{found.function} does not say what it decides"
    assert found.sentence.endswith(".") and found.source and found.gate in {"", *(f"G{n}" for n in range(1, 14))}
    others = (path for path in Path(__file__).parent.glob("test_rule_*.py") if path.name != Path(__file__).name)
    tests = "".join(path.read_text(encoding="utf-8") for path in others)
    assert f'"{found.id}"' in tests, f"no test in tests/rules names {found.id}: add a row to its table"


def test_no_rule_is_listed_twice():
    ids = [found.id for found in rules()]
    assert len(ids) == len(set(ids))


def test_the_function_of_an_accreditation_rule_names_its_id():
    silent = [r.id for r in rules() if r.id.startswith("R-") and r.id not in (r.decided_by().__doc__ or "")]
    assert silent == []


def test_one_rule_is_found_by_its_id():
    assert rule("R-S3-4").severity is Severity.BLOCK and "before the role starts" in rule("R-S3-4").sentence
    with pytest.raises(KeyError, match="R-X-1"):
        rule("R-X-1")


def test_the_rules_before_a_gate_are_listed():
    assert {found.id for found in rules_at("G5")} == {"R-S4-1", "R-S4-2"}


def test_a_verdict_holds_unless_a_reason_blocks():
    warn = Reason("R-S3-6", "Old.", "Ask.", severity=Severity.WARN)
    block = Reason("R-S3-1", "Missing.", "Ask.")
    assert Verdict() and Verdict((warn,)) and not Verdict((warn, block))
    assert Verdict((warn, block)).blocking == (block,)
    assert verdict.verdict([None, warn, None]).reasons == (warn,)


def test_rules_are_pure():
    """No Django, clock, network, database or environment in this package."""
    forbidden = re.compile(
        r"\b(django|socket|urllib|requests|sqlite3|os\.environ|getenv|datetime\.now|date\.today|time\.time)\b"
    )
    for path in PACKAGE.glob("*.py"):
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_numbers_that_decide_live_in_the_books():
    """In functions of this package stand no numbers beyond those that counting itself needs."""
    counting = {0, 1, 2, 100}  # 100: percent
    elsewhere = {
        "attendance.py": {64},  # longest text that is looked at
        "months.py": {12},  # months a year
        "designation.py": {40},  # as much of a wrong number as is quoted back
        "claim.py": {4},  # four times the longest amount is still read, to say what is wrong
    }
    for path in PACKAGE.glob("*.py"):
        numbers = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
        }
        if path.name in ("books.py", "catalogue.py"):
            continue  # cache sizes
        assert numbers <= counting | elsewhere.get(path.name, set()), path.name
