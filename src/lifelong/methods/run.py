"""Run a plan: read, check, analyse, and say from which plan, data and versions the answer comes."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import warnings
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from statsmodels.tools.sm_exceptions import ModelWarning

from lifelong import __version__
from lifelong.methods.answers import test_of
from lifelong.methods.multiplicity import adjusted
from lifelong.methods.paragraph import methods_paragraph, statement
from lifelong.methods.plan import Outcome, Plan, PlanError, read_plan
from lifelong.methods.reading import data_path, read_table, recoded, select_rows, typed
from lifelong.methods.result import MethodResult, RefusedError
from lifelong.rules.verdict import Reason, Severity

SCHEMA = "lifelong.analysis/1"
PACKAGES = ("numpy", "scipy", "statsmodels", "pandas")

RESULT_FIELDS: dict[str, str] = {
    "schema": "Version of this layout.",
    "title": "From the plan.",
    "question": "From the plan.",
    "analysed_on": "Day of the run.",
    "plan.sha256": "Hash of the plan's content (spacing and comments do not count).",
    "plan.method": "Method that ran.",
    "plan.primary_outcome": "Name of the primary estimate.",
    "plan.fixed_at": "When the plan was fixed; null if it does not say.",
    "plan.fixed_before_data": "true or false if the data file's time was given to the run; null if unknown.",
    "plan.accept": "Refusals the plan overrides.",
    "data.file": "Data file as named in the plan.",
    "data.sha256": "Hash of the file's bytes.",
    "data.rows_read": "Rows in the file.",
    "data.rows_selected": "Rows that passed `where`.",
    "data.recoded": "Cells that the plan's `recode` changed, by column.",
    "versions": "Versions of the packages that computed the answer.",
    "statement": "The primary result in one sentence, in the strongest words the design allows.",
    "methods_paragraph": "Methods text written from what ran.",
    "primary": "The primary estimate: name, value, low, high, level, se, unit, how.",
    "result.method": "Method that ran.",
    "result.design": "Design of the data, in words.",
    "result.verb": "describes, associated with, consistent with, or estimated effect.",
    "result.estimates": "List of estimates: name, value, low and high at level, se, unit, how it was computed. null: does not exist.",
    "result.n": "Counts: people, pairs, rows, those left out.",
    "result.tests": "List of tests: name, statistic, p (two-sided unless `how` says else), df, how.",
    "result.effect_sizes": "Named effect sizes, in the shape of estimates.",
    "result.assumptions": "Conditions: name, held (true, false, or null when data cannot tell), detail.",
    "result.warnings": "What a reader must know: rule, sentence, next_step, field, severity.",
    "result.overridden": "Refusals that the plan overrode, in the same shape.",
    "result.tables": "Rows for charts and appendices, by name.",
    "result.details": "Single facts, by name.",
    "secondary": "One entry per secondary outcome: name, estimate, p, p_adjusted, result. Empty if there are none.",
    "family": "Adjustment of the secondary p-values; empty if there are none.",
}


def run_plan(
    path: str | Path, *, today: date, data_root: str | Path | None = None, data_modified_at: datetime | None = None
) -> dict[str, Any]:
    """Run the plan file at `path`; its data lie below `data_root` (the plan's folder if not given).

    `data_modified_at` (UTC) lets the result say whether the plan was fixed before the data. Returns plain values for JSON.
    Raises `PlanError` (the plan is wrong) or `RefusedError` (the method does not fit the data).
    """
    file = Path(path)
    try:
        plan = read_plan(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise PlanError("plan", "The plan is not UTF-8 text.", "Save it as UTF-8.") from None
    except FileNotFoundError:
        raise PlanError("plan", f"There is no file {file.name}.", "Check the name of the plan.") from None
    _check_fixed(plan, today)
    source = data_path(plan, Path(data_root) if data_root is not None else file.parent)
    table, changed = recoded(read_table(source, plan), plan)
    selected = select_rows(table, plan.primary.where, plan.missing)
    result = _analyse(plan, plan.primary, table)
    primary = _primary(plan, result)
    versions = package_versions()
    secondary = _secondary(plan, table)
    facts = {"rows_read": len(table), "rows_selected": len(selected)}
    answer = {
        "schema": SCHEMA,
        "title": plan.title,
        "question": plan.question,
        "analysed_on": today,
        "plan": {
            "sha256": plan.sha256,
            "method": plan.method.name,
            "primary_outcome": plan.primary.name,
            "fixed_at": plan.fixed_at,
            "fixed_before_data": _fixed_before(plan, data_modified_at),
            "accept": list(plan.accept),
        },
        "data": {
            "file": plan.data,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
            **facts,
            "recoded": changed,
        },
        "versions": versions,
        "statement": statement(plan, result, primary),
        "methods_paragraph": methods_paragraph(plan, result, versions, facts),
        "primary": primary,
        "result": result,
        "secondary": secondary,
        "family": plan.family,
    }
    return dict(plain(answer))


def _analyse(plan: Plan, outcome: Outcome, table: Any) -> MethodResult:
    frame, expanded = typed(select_rows(table, outcome.where, plan.missing), outcome, plan.method, plan)
    try:
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            result = plan.method.run(frame, expanded.declaration(plan.method), plan.accept)
        return _with_complaints(result, raised)
    except np.linalg.LinAlgError:
        reason = Reason(
            "model.not_estimable",
            "The data do not determine the model: a matrix is singular.",
            "Use fewer predictors or more rows.",
            "columns",
        )
        raise RefusedError(reason) from None


def _with_complaints(result: MethodResult, raised: list[warnings.WarningMessage]) -> MethodResult:
    """What a fit complained of belongs into the answer, not onto the screen; noise of the arithmetic is dropped."""
    words = {str(w.message).split("\n")[0] for w in raised if issubclass(w.category, ModelWarning)}
    if not words:
        return result
    reason = Reason(
        "model.convergence_warning",
        f"The fit reported: {'; '.join(sorted(words))}.",
        "Compare with a simpler model.",
        "",
        Severity.WARN,
    )
    return replace(result, warnings=(*result.warnings, reason))


def _primary(plan: Plan, result: MethodResult) -> Any:
    try:
        return result.estimate(plan.primary.name)
    except KeyError:
        raise PlanError(
            "primary_outcome",
            f"This analysis has no estimate called {plan.primary.name!r}.",
            f"It has: {', '.join(result.estimate_names[:20])}.",
        ) from None


def _secondary(plan: Plan, table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, outcome in enumerate(plan.secondary):
        try:
            result = _analyse(plan, outcome, table)
        except RefusedError as refused:
            reason = refused.reason
            sentence = f"Secondary outcome {outcome.name!r}: {reason.sentence}"
            raise RefusedError(replace(reason, sentence=sentence, field=f"secondary[{i}].{reason.field}")) from None
        except PlanError as wrong:
            raise PlanError(f"secondary[{i}].{wrong.key}", wrong.sentence, wrong.next_step) from None
        estimate = _primary(plan, result)
        test = test_of(result, plan.primary.name)
        if test is None:
            raise PlanError(
                "family",
                f"{plan.method.name} has no test of {plan.primary.name}, so there is no p-value to adjust.",
                "Choose a primary_outcome whose test the reference page names, or remove secondary and family.",
            )
        rows.append({"name": outcome.name, "estimate": estimate, "p": test.p, "p_adjusted": None, "result": result})
    for row, value in zip(rows, adjusted([row["p"] for row in rows], plan.family or "holm"), strict=True):
        row["p_adjusted"] = value
    return rows


def _check_fixed(plan: Plan, today: date) -> None:
    if plan.fixed_at is None:
        return
    day = plan.fixed_at.astimezone(UTC).date() if isinstance(plan.fixed_at, datetime) else plan.fixed_at
    if day > today:
        raise PlanError("fixed_at", f"The plan says it was fixed on {day}, after today ({today}).", "Correct the date.")


def _fixed_before(plan: Plan, data_modified_at: datetime | None) -> bool | None:
    if plan.fixed_at is None or data_modified_at is None:
        return None
    if isinstance(plan.fixed_at, datetime):
        return plan.fixed_at < data_modified_at
    return plan.fixed_at < data_modified_at.astimezone(UTC).date()


def package_versions() -> dict[str, str]:
    """Versions of what computes the answer; `unknown` for one that is not installed as a package."""
    found = {"lifelong": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def plain(value: Any) -> Any:
    """Values as JSON knows them: floats that do not exist become null, dates ISO text, records become tables."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(entry) for entry in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def to_json(answer: Mapping[str, Any]) -> str:
    """The answer as text: two spaces, keys in the order of the reference page, the same for the same plan, data and day."""
    return json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
