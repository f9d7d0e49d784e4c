"""An analysis plan: a small TOML file, fixed before the data. A wrong plan is refused with its key, what is wrong, what to do."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifelong.methods.registry import METHODS
from lifelong.methods.spec import Method, Option, Role
from lifelong.rules.verdict import Reason

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "Not Available", "Not Applicable")
FAMILIES = ("holm", "bh", "bonferroni", "hochberg")


@dataclass(frozen=True, slots=True)
class PlanKey:
    """One key of a plan, as the reference page prints it."""

    name: str
    kind: str
    required: bool
    doc: str


PLAN_KEYS = (
    PlanKey("title", "text", True, "Name of the analysis, printed on the result."),
    PlanKey("question", "text", False, "What the analysis is to answer, in one sentence."),
    PlanKey("method", "text", True, "One of the methods below."),
    PlanKey("data", "text", True, "Data file below the data folder: .csv, .tsv (also .gz) or .parquet."),
    PlanKey("primary_outcome", "text", True, "Name of the one estimate or effect size that answers the question."),
    PlanKey(
        "fixed_at",
        "date or time",
        False,
        "When the plan was fixed, before the data: 2026-09-01T09:00:00Z. Without it the result says that it was not.",
    ),
    PlanKey("accept", "list of text", False, "Codes of refusals to override; each is printed in the result."),
    PlanKey(
        "missing",
        "list of text",
        False,
        "Values that mean no answer; replaces the usual ones: " + ", ".join(repr(m) for m in MISSING) + ".",
    ),
    PlanKey("encoding", "text", False, "Encoding of a text file; utf-8 if not stated."),
    PlanKey("comment", "text", False, "Lines that begin with this character are skipped."),
    PlanKey(
        "separator",
        "text",
        False,
        'Character between cells of a text file; "," for .csv and tab for .tsv if not stated.',
    ),
    PlanKey("decimal", "text", False, 'Decimal sign of the numbers: "." (default) or ",".'),
    PlanKey("columns", "table", True, 'Which column plays which role: `pre = "score_before"`.'),
    PlanKey("options", "table", False, "Choices of the method."),
    PlanKey(
        "recode",
        "table",
        False,
        'Other words for cells, before anything else: `recode.q5 = { "Strongly agree" = 5, Agree = 4 }`, or for several columns `recode."q1..q9"`. Cells that are not named stay.',
    ),
    PlanKey("where", "table", False, 'Keep rows whose column equals a value, or one of a list: `infection = "CDI"`.'),
    PlanKey("family", "text", False, f"With `secondary`: how their p-values are adjusted: {', '.join(FAMILIES)}."),
    PlanKey(
        "secondary",
        "list of tables",
        False,
        "Further outcomes by the same method: `name`, and the `columns`, `options`, `where` that differ.",
    ),
)


class PlanError(Exception):
    """The plan cannot be run as written. `key` is the dotted key, `reason` carries sentence and next step."""

    def __init__(self, key: str, sentence: str, next_step: str) -> None:
        super().__init__(f"{key}: {sentence} {next_step}")
        self.key, self.sentence, self.next_step = key, sentence, next_step

    @property
    def reason(self) -> Reason:
        return Reason("plan.wrong", self.sentence, self.next_step, self.key)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of the method: its columns, options and rows. The primary outcome has the name of its estimate."""

    name: str
    columns: Mapping[str, Any]
    options: Mapping[str, Any]
    where: Mapping[str, tuple[str, ...]]

    def declaration(self, method: Method) -> Any:
        """The method's own declaration filled in."""
        return method.spec(**self.columns, **self.options)


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan. `sha256` is the hash of its content, not of its spacing or comments."""

    title: str
    question: str
    method: Method
    data: str
    primary: Outcome
    secondary: tuple[Outcome, ...]
    family: str
    accept: tuple[str, ...]
    missing: tuple[str, ...]
    encoding: str
    comment: str | None
    recode: Mapping[str, Mapping[str, str]]
    separator: str | None
    decimal: str
    fixed_at: datetime | date | None
    sha256: str


def _nearest(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(known)}."


def plan_hash(raw: Mapping[str, Any]) -> str:
    """SHA-256 of the plan's content in canonical JSON: keys sorted, no spaces, times in ISO form."""
    text = json.dumps(
        raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=lambda value: value.isoformat()
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _where(text: str, error: str) -> str:
    """The line at fault with its words. TOML itself names none when the text ends too early: then it is the last one."""
    lines = text.splitlines()
    named = re.search(r"at line (\d+)", error)
    last = max((at for at, line in enumerate(lines, start=1) if line.strip()), default=1)
    number = min(int(named[1]), len(lines)) if named and lines else last
    words = lines[number - 1].strip()[:60] if lines else ""
    return f"Correct line {number}: {words!r}." if words else f"Correct line {number}."


def read_plan(text: str) -> Plan:
    """Check a plan's text. Raises `PlanError` at the first thing that is wrong; looks at no data."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError("plan", f"The file is not TOML: {error}.", _where(text, str(error))) from None
    _check_keys(raw)
    method = _method(raw["method"])
    outcome = _outcome("", raw, method)
    secondary = tuple(_secondary(i, entry, raw, method) for i, entry in enumerate(raw.get("secondary", ())))
    names = [entry.name for entry in secondary]
    if len(set(names)) < len(names):
        raise PlanError("secondary", "Two secondary outcomes have the same name.", "Name each once.")
    _check_family(raw, secondary)
    primary = str(raw["primary_outcome"])
    if not method.can_yield(primary):
        raise PlanError(
            "primary_outcome", f"{method.name} has no estimate called {primary!r}.", _nearest(primary, method.yields)
        )
    return Plan(
        title=str(raw["title"]),
        question=str(raw.get("question", "")),
        method=method,
        data=str(raw["data"]),
        primary=Outcome(primary, outcome.columns, outcome.options, outcome.where),
        secondary=secondary,
        family=str(raw.get("family", "")),
        accept=_accept(raw, method),
        missing=tuple(_text_list(raw.get("missing", list(MISSING)), "missing")),
        encoding=str(raw.get("encoding", "utf-8")),
        comment=raw.get("comment"),
        recode=_recode(raw.get("recode", {})),
        separator=raw.get("separator"),
        decimal=str(raw.get("decimal", ".")),
        fixed_at=_fixed_at(raw),
        sha256=plan_hash(raw),
    )


def _check_keys(raw: Mapping[str, Any]) -> None:
    kinds: dict[str, Any] = {
        "text": str,
        "table": dict,
        "list of text": list,
        "list of tables": list,
        "date or time": (date, datetime),
    }
    known = {key.name: key for key in PLAN_KEYS}
    for name, value in raw.items():
        if name not in known:
            raise PlanError(name, f"{name} is not a key of a plan.", _nearest(name, list(known)))
        if not isinstance(value, kinds[known[name].kind]):
            raise PlanError(name, f"{name} must be a {known[name].kind}.", f"Write it as: {known[name].doc}")
    for key in PLAN_KEYS:
        if key.required and not raw.get(key.name):
            raise PlanError(key.name, f"The plan has no {key.name}.", f"Add it: {key.doc}")
    for name, example in (("comment", "#"), ("separator", ";")):
        if raw.get(name) is not None and len(raw[name]) != 1:
            raise PlanError(name, f"{name} must be one character.", f'Write for example {name} = "{example}".')
    if raw.get("decimal", ".") not in (".", ","):
        raise PlanError("decimal", "decimal must be a point or a comma.", 'Write decimal = ",".')


def _method(name: str) -> Method:
    if name not in METHODS:
        raise PlanError("method", f"There is no method {name!r}.", _nearest(name, list(METHODS)))
    return METHODS[name]


def _outcome(at: str, raw: Mapping[str, Any], method: Method) -> Outcome:
    columns = _columns(at, raw.get("columns", {}), method)
    options = _options(at, raw.get("options", {}), method)
    where = {}
    for name, value in raw.get("where", {}).items():
        values = value if isinstance(value, list) else [value]
        if not values or any(isinstance(v, (list, dict)) for v in values):
            raise PlanError(
                f"{at}where.{name}", "A filter is one value or a list of values.", 'Write for example state = "CT".'
            )
        where[name] = tuple(_as_text(v) for v in values)
    return Outcome("", columns, options, where)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _columns(at: str, given: Mapping[str, Any], method: Method) -> dict[str, Any]:
    roles = {role.name: role for role in method.roles}
    for name in given:
        if name not in roles:
            raise PlanError(
                f"{at}columns.{name}", f"{method.name} has no column {name!r}.", _nearest(name, list(roles))
            )
    for role in roles.values():
        if not role.optional and role.name not in given:
            raise PlanError(
                f"{at}columns.{role.name}", f"{method.name} needs the column {role.name}.", f"Name it: {role.doc}"
            )
    return {name: _column(f"{at}columns.{name}", value, roles[name]) for name, value in given.items()}


def _column(key: str, value: Any, role: Role) -> Any:
    if role.many:
        names = _text_list(value, key)
        if not names:
            raise PlanError(key, "The list of columns is empty.", role.doc)
        return tuple(names)
    if not isinstance(value, str) or not value:
        raise PlanError(key, f"{key} must be the name of one column.", role.doc)
    return value


def _text_list(value: Any, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise PlanError(key, f"{key} must be a list of texts.", 'Write for example ["a", "b"].')
    return value


def _options(at: str, given: Mapping[str, Any], method: Method) -> dict[str, Any]:
    known = {entry.name: entry for entry in method.options}
    for name in given:
        if name not in known:
            raise PlanError(
                f"{at}options.{name}", f"{method.name} has no option {name!r}.", _nearest(name, list(known))
            )
    for entry in known.values():
        if entry.required and entry.name not in given:
            raise PlanError(
                f"{at}options.{entry.name}", f"{method.name} needs the option {entry.name}.", f"State it: {entry.doc}"
            )
    return {name: _option(f"{at}options.{name}", value, known[name]) for name, value in given.items()}


def _option(key: str, value: Any, entry: Option) -> Any:
    """The value in the type the method expects, or a refusal that says which type that is."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "text": isinstance(value, str),
        "number": number,
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "flag": isinstance(value, bool),
        "texts": isinstance(value, list)
        and all(isinstance(v, (str, int, float, date)) and not isinstance(v, bool) for v in value),
        "numbers": isinstance(value, list)
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value),
        "table": isinstance(value, dict),
        "moment": number or isinstance(value, (str, date)),
    }[entry.kind]
    if not fits:
        words = {
            "flag": "true or false",
            "texts": "a list of texts",
            "numbers": "a list of numbers",
            "moment": "a number or an ISO date",
            "integer": "a whole number",
        }
        raise PlanError(key, f"{key} must be {words.get(entry.kind, 'a ' + entry.kind)}.", entry.doc)
    for single in value if isinstance(value, list) else [value]:
        if isinstance(single, float) and not math.isfinite(single):
            raise PlanError(key, f"{key} must be a finite number.", entry.doc)
        if entry.choices and single not in entry.choices:
            raise PlanError(
                key, f"{key} cannot be {single!r}.", f"Choose from: {', '.join(repr(c) for c in entry.choices)}."
            )
    if isinstance(value, list) and not value and (entry.choices or entry.required):
        known = f"Choose from: {', '.join(repr(c) for c in entry.choices)}." if entry.choices else entry.doc
        raise PlanError(key, f"{key} is an empty list.", known)
    if number and ((entry.low is not None and value < entry.low) or (entry.high is not None and value > entry.high)):
        raise PlanError(
            key,
            f"{key} = {value} is out of range.",
            f"It lies between {entry.low} and {entry.high if entry.high is not None else 'any'}.",
        )
    if entry.kind == "texts":
        return tuple(_as_text(v) for v in value)
    if entry.kind == "numbers":
        return tuple(float(v) for v in value)
    return _as_text(value) if isinstance(value, date) else value


def _secondary(i: int, entry: Any, raw: Mapping[str, Any], method: Method) -> Outcome:
    at = f"secondary[{i}]."
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise PlanError(
            f"{at}name", "A secondary outcome needs a name.", 'Write [[secondary]] and name = "objective 2".'
        )
    for key in entry:
        if key not in ("name", "columns", "options", "where"):
            raise PlanError(
                f"{at}{key}", f"{key} is not a key of a secondary outcome.", "Use name, columns, options, where."
            )
    merged = {part: {**raw.get(part, {}), **entry.get(part, {})} for part in ("columns", "options", "where")}
    outcome = _outcome(at, merged, method)
    return Outcome(entry["name"], outcome.columns, outcome.options, outcome.where)


def _check_family(raw: Mapping[str, Any], secondary: tuple[Outcome, ...]) -> None:
    family = raw.get("family")
    if secondary and family not in FAMILIES:
        raise PlanError(
            "family",
            "Several outcomes need a stated family.",
            f"Choose from: {', '.join(FAMILIES)}; holm to confirm, bh to explore.",
        )
    if family and not secondary:
        raise PlanError("family", "There are no secondary outcomes to adjust.", "Remove family, or add [[secondary]].")


def _recode(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    for name, words in raw.items():
        if not isinstance(words, dict) or not words or any(isinstance(new, (dict, list)) for new in words.values()):
            raise PlanError(
                f"recode.{name}",
                "A recoding lists words with what they become.",
                "Write for example { Yes = 1, No = 0 }.",
            )
    return {name: {str(old): _as_text(new) for old, new in words.items()} for name, words in raw.items()}


def _accept(raw: Mapping[str, Any], method: Method) -> tuple[str, ...]:
    codes = tuple(_text_list(raw.get("accept", []), "accept"))
    for code in codes:
        if code not in method.refusals:
            raise PlanError(
                "accept",
                f"{method.name} has no refusal {code!r} that can be overridden.",
                _nearest(code, method.refusals),
            )
    return codes


def _fixed_at(raw: Mapping[str, Any]) -> datetime | date | None:
    value = raw.get("fixed_at")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise PlanError("fixed_at", "The time has no zone.", "Write it in UTC: 2026-09-01T09:00:00Z.")
    return value if isinstance(value, (date, datetime)) else None
